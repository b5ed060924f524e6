"""Random rows: two values of a type as text, a number array as text, two positions.

All of a type follow from the seed. Some texts are no values, on purpose.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

DENSE_KINDS = {"normal": 30, "integers": 25, "extreme": 10, "denormal": 6, "zeros": 8, "close": 10,
               "long": 1, "malformed": 10}
BIT_KINDS = {"normal": 60, "close": 20, "zeros": 10, "malformed": 10}
JUNK = ["", " ", "[", "]", "[]", "[ ]", "{}", "{", "{}/0", "{}/1000000001", "{1:1}/", "{1:}/3",
        "[1,]", "[,1]", "[1,,2]", "[1a]", "[1 2]", "[1]x", "[NaN]", "[1,inf]", "[-Infinity,2]",
        "[1e39]", "[65520]", "[65519]", "[1e-46,1]", "[0x1p-3,0X1F]", "[1e]", "[.]", "[.5,5.]",
        "\t[ 1 ,\n+2\f]\v", "[--1]", "[1e+]", "{1:NaN}/2", "{1:1e-46}/2", "{1:4e38}/2",
        "{0:1}/2", "{3:1}/2", "{3:0}/2", "{1:1,1:2}/3", "{1:1,1:0}/3", "{-1:1}/2", "{2:1,1:2}/3",
        "{ 1 : 2 , 3 : 4 } / 5 ", "{1:1}/3x", "{1:1}x/3", "{99999999999:1}/3", "{1;1}/3", "012", "2",
        "[nan]", "[+inf]", "[1e38,1e38,1e38]", "[1,2,3", "1,2,3]", "{1:1", "[1_0]", "[0x]", "[١]"]


@dataclass(frozen=True)
class Row:
    """What the expressions are given."""

    kind: str
    a: str
    b: str
    array: str
    start: int
    count: int


def rows_of(type_name: str, count: int, seed: int) -> list[Row]:
    random = np.random.default_rng([seed, zlib.crc32(type_name.encode())])
    kinds = BIT_KINDS if type_name == "bit" else DENSE_KINDS
    weights = np.array(list(kinds.values()), dtype=float)
    drawn = random.choice(list(kinds), size=count, p=weights / weights.sum())
    return [row_of(type_name, str(kind), random) for kind in drawn]


def row_of(type_name: str, kind: str, random: np.random.Generator) -> Row:
    pair = bits_pair if type_name == "bit" else number_pair
    a, b = pair(type_name, kind, random)
    start, count = random.choice([-2**31, -5, 0, 1, 2, 3, 7, 40, 2**31 - 1], size=2)
    if random.random() < 0.7:
        start, count = random.integers(-2, 10, size=2)
    return Row(kind, a, b, array_text(random), int(start), int(count))


def bits_pair(_: str, kind: str, random: np.random.Generator) -> tuple[str, str]:
    length = int(random.integers(0, 300))
    a = "".join(random.choice(["0", "1"], size=length))
    if kind == "malformed":
        return a + str(random.choice(["2", "x", " ", "", "0"])), a
    if kind == "zeros":
        return "0" * length, a if random.random() < 0.5 else "0" * length
    if kind == "close" and length > 0:
        i = int(random.integers(0, length))
        return a, a[:i] + "01"[a[i] == "0"] + a[i + 1:]
    return a, "".join(random.choice(["0", "1"], size=length))


def number_pair(type_name: str, kind: str, random: np.random.Generator) -> tuple[str, str]:
    length = int(random.integers(1000, 4000) if kind == "long" else random.integers(1, 40))
    if kind == "malformed":
        junk = str(random.choice(JUNK))
        good = literal(type_name, numbers(type_name, "normal", 3, random), random)
        if random.random() < 0.3:
            at = int(random.integers(0, len(good)))
            junk = good[:at] + str(random.choice(list(",[]{}:/ x1-.e"))) + good[at + 1:]
        return (junk, good) if random.random() < 0.7 else (good, junk)
    a = numbers(type_name, kind, length, random)
    b = numbers(type_name, kind, length, random)
    if kind == "close":
        b = a.copy()
        b[random.integers(0, length)] = random.choice([0, 1, -1, a[0]])
    if random.random() < 0.05:
        b = b[:max(1, length - 2)]
    huge = random.random() < 0.25
    return literal(type_name, a, random, huge), literal(type_name, b, random, huge)


def numbers(type_name: str, kind: str, length: int, random: np.random.Generator) -> np.ndarray:
    """Numbers that the type can hold."""
    if kind == "integers":
        return random.integers(-9, 10, size=length).astype(float)
    if kind in ("extreme", "denormal"):
        smallest, largest = (-9, 4.8) if type_name == "halfvec" else (-47, 38.5)
        if kind == "denormal":
            largest = smallest + 4
        signs = random.choice([-1, 1], size=length)
        return signs * np.power(10.0, random.uniform(smallest, largest, size=length))
    values = random.normal(size=length) * random.choice([1, 1, 1, 0.01, 100])
    if kind in ("zeros", "close"):
        values[random.random(length) < 0.6] = random.choice([0.0, -0.0])
        values = np.round(values, 1)
    return values


def literal(type_name: str, values: np.ndarray, random: np.random.Generator,
            huge: bool = False) -> str:
    """The text of a value, in one of many spellings; `huge`: a sparse one of most dimensions."""
    spelling = random.choice(["{:.9g}", "{:.3f}", "{!r}", "{:.8e}", " {:.9g} ", "{:+.7g}"])
    if np.abs(values).max(initial=0) > 1e6 or 0 < np.abs(values).max(initial=0) < 1e-3:
        spelling = "{:.9g}"
    texts = [spelling.format(float(value)) for value in values]
    if type_name != "sparsevec":
        return "[" + ",".join(texts) + "]"
    kept = [i for i in range(len(values)) if random.random() < 0.7]
    if random.random() < 0.2:
        random.shuffle(kept)
    dimensions = 1000000000 if huge else len(values)
    return "{" + ",".join(f"{i + 1}:{texts[i]}" for i in kept) + f"}}/{dimensions}"


def array_text(random: np.random.Generator) -> str:
    """An array of numbers, at times with elements or a shape that no vector can have."""
    length = int(random.choice([0, 1, 2, 3, 3, 3, 8]))
    texts = [str(value) for value in random.integers(-2000, 70000, size=length)]
    if random.random() < 0.5:
        texts = [f"{value:.8g}" for value in random.normal(size=length) * 10.0]
    for _ in range(int(random.choice([0, 0, 0, 1, 2]))):
        if length > 0:
            texts[random.integers(0, length)] = str(random.choice(
                ["NULL", "NaN", "Infinity", "-Infinity", "1e39", "1e-50", "65520", "65519.99",
                 "-65520", "1e-8", "3.4028236e38", "1e400", "2147483647", "-0", "0.1", "1e-45"]))
    text = "{" + ",".join(texts) + "}"
    return f"{{{text},{text}}}" if length and random.random() < 0.03 else text
