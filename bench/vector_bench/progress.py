"""Progress bars on a terminal; plain lines where there is none."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from tqdm import tqdm


def bar(items: Iterable | None, label: str, unit: str, total: float | None = None) -> tqdm:
    """A bar over the items, or one moved by hand when items is None; silent without terminal."""
    return tqdm(items, desc=label, unit=f" {unit}", total=total, disable=None, leave=False,
                dynamic_ncols=True, unit_scale=True)


def say(text: str) -> None:
    """One line beside any bar, on standard error."""
    tqdm.write(text, file=sys.stderr)


def shout(text: str) -> None:
    """A warning that must not be overlooked."""
    line = "!" * 78
    say(f"{line}\n!! {text}\n{line}")
