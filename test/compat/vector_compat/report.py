"""Lines for figures, and the differences behind them."""

from __future__ import annotations

from dataclasses import dataclass, field

SHOWN = 5


def shortened(text: object) -> str:
    text = str(text)
    return text if len(text) < 200 else text[:190] + f"... ({len(text)} characters)"


@dataclass
class Figure:
    """Results of one thing that was compared."""

    name: str
    compared: int = 0
    errors: int = 0
    largest: float = 0.0
    set_aside: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def add_aside(self, reason: str) -> None:
        self.set_aside[reason] = self.set_aside.get(reason, 0) + 1

    def differs(self, where: object, one: object, other: object) -> None:
        self.differences.append(f"  {shortened(where)}\n    pgvector: {shortened(one)}\n"
                                f"    vector:   {shortened(other)}")

    def show(self) -> bool:
        """Prints the line; whether all was equal."""
        words = [f"{self.compared} compared"]
        if self.errors:
            words.append(f"{self.errors} of them errors")
        if self.largest:
            words.append(f"largest difference {self.largest:.1e}")
        words += [f"{count} set aside ({reason})" for reason, count in self.set_aside.items()]
        words.append(f"{len(self.differences)} DIFFERENT" if self.differences else "equal")
        print(f"{self.name}: {', '.join(words)}", flush=True)
        for text in self.differences[:SHOWN]:
            print(text, flush=True)
        return not self.differences
