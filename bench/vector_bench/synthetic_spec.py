"""How synthetic data are described on the command line: synthetic:500000x128,seed=2,..."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

PREFIX = "synthetic:"
SIZE = re.compile(r"([1-9]\d*)x([1-9]\d*)")
QUERY_KINDS = ("same", "shifted", "foreign")


@dataclass(frozen=True)
class SyntheticSpec:
    """A set that the generator makes; what the values mean is in synthetic.py.

    `spread` and `noise` are lengths in units of a centre's. `norms` is the sigma of the
    log-normal factor on the length of rows.
    """

    rows: int
    dimensions: int
    seed: int = 1
    clusters: int = 1000
    intrinsic: int = 32
    spread: float = 1.0
    noise: float = 0.2
    norms: float = 0.05
    queries: str = "same"
    query_rows: int = 1000

    def name(self, *omitted: str) -> str:
        """The text without its prefix; defaults and the omitted options are left out."""
        plain = asdict(SyntheticSpec(self.rows, self.dimensions))
        words = [f"{option}={'lognormal:' if option == 'norms' else ''}{text(value)}"
                 for option, value in asdict(self).items()
                 if value != plain[option] and option not in omitted]
        return ",".join([f"{self.rows}x{self.dimensions}", *words])

    def __str__(self) -> str:
        return PREFIX + self.name()


def text(value: int | float | str) -> str:
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


def number(convert: Callable[[str], int | float], low: float, high: float) -> Callable:
    """A function from text to a number from low to high; ValueError otherwise."""
    def parse(given: str) -> int | float:
        value = convert(given)
        if not low <= value <= high:
            raise ValueError(f"not from {low:g} to {high:g}")
        return value
    return parse


def norms(given: str) -> float:
    """The sigma of `lognormal:SIGMA`."""
    kind, _, sigma = given.partition(":")
    if kind != "lognormal":
        raise ValueError("not lognormal:SIGMA")
    return number(float, 0, 4)(sigma)


def query_kind(given: str) -> str:
    if given not in QUERY_KINDS:
        raise ValueError(f"not one of {', '.join(QUERY_KINDS)}")
    return given


OPTIONS = {"seed": number(int, 0, 2**63), "clusters": number(int, 1, 100_000),
           "intrinsic": number(int, 1, 256), "spread": number(float, 0, 100),
           "noise": number(float, 0, 100), "norms": norms, "queries": query_kind,
           "query_rows": number(int, 1, 1_000_000)}


def parse_synthetic(given: str) -> SyntheticSpec:
    """A spec from synthetic:ROWSxDIMENSIONS[,OPTION=VALUE ...]; ValueError says what is wrong."""
    size, *words = given.removeprefix(PREFIX).split(",")
    match = SIZE.fullmatch(size)
    if not given.startswith(PREFIX) or match is None:
        raise ValueError(f"{given!r} is not {PREFIX}ROWSxDIMENSIONS[,OPTION=VALUE ...]")
    spec = SyntheticSpec(int(match[1]), int(match[2]))
    if spec.rows >= 1 << 31 or spec.dimensions > 16_000:
        raise ValueError(f"{size}: more than 2^31 - 1 rows or 16000 dimensions")
    seen = set()
    for word in words:
        option, _, value = word.partition("=")
        if option not in OPTIONS or option in seen:
            raise ValueError(f"{word!r}: not one of {', '.join(OPTIONS)}, or given twice")
        seen.add(option)
        try:
            spec = replace(spec, **{option: OPTIONS[option](value)})
        except ValueError as error:
            raise ValueError(f"{option}: {error}") from None
    return spec
