"""What a test is given, and what it gives back."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from .server import Place


@dataclass(frozen=True)
class Run:
    """`rounds` and `seconds` are the user's, else None and the test has its own."""

    place: Place
    methods: Sequence[str]
    seed: int = 1
    is_long: bool = False
    rounds: int | None = None
    seconds: float | None = None

    def rounds_or(self, short: int, long: int) -> int:
        return self.rounds or (long if self.is_long else short)

    def seconds_or(self, short: float, long: float) -> float:
        return self.seconds or (long if self.is_long else short)


@dataclass(frozen=True)
class Figure:
    """One line of the scoreboard; `details` tell of what is not as it should be."""

    name: str
    text: str
    details: Sequence[str] = ()
    is_skipped: bool = False

    @property
    def is_good(self) -> bool:
        return not self.details

    def show(self) -> None:
        mark = "" if self.is_good else "FAILED, "
        print(f"{self.name}: {mark}{self.text}", flush=True)
        for detail in self.details[:20]:
            print(f"  {detail}", file=sys.stderr, flush=True)
