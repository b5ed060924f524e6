"""When two floating point results of the same operands are equal enough.

Sums are taken in float4, in an order that is each library's own. So a result may differ by a
share of the sum of the magnitudes of its terms: `LIMIT`, for which terms are small and few;
sums of thousands of terms get the square root of their number on top. Results of small integers
must be the same bit by bit.

Two cases are beyond that, because partial sums leave the range of float4 in one order and not in
the other: `at_limit` names them, and they are counted, not compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LIMIT = 1e-6
LARGEST = 3.4028234e38
SMALLEST = 1.1754944e-38  # below, float4 loses digits


@dataclass(frozen=True)
class Operands:
    """Both values as the library reads them, of the same dimensions."""

    a: np.ndarray
    b: np.ndarray

    def terms(self, measure: str) -> np.ndarray:
        """Magnitudes of what is summed."""
        if measure in ("l2", "l2_squared"):
            return (self.a - self.b)**2
        if measure == "l1":
            return np.abs(self.a - self.b)
        if measure == "norm":
            return self.a**2
        return np.abs(self.a * self.b)

    def at_limit(self, measure: str) -> bool:
        """Whether overflow or underflow of a partial sum or product decides."""
        if measure in ("norm", "angle"):
            return False  # summed in float8; of elements up to 1
        sums = [self.terms(measure)]
        if measure == "cosine":
            sums += [self.a**2, self.b**2]
        return any(out_of_range(terms) for terms in sums)


def out_of_range(terms: np.ndarray) -> bool:
    total = float(terms.sum())
    small = terms[(terms > 0) & (terms < SMALLEST)]
    return total > LARGEST * (1 - 1e-5) or float(len(small)) * SMALLEST > total * LIMIT


def difference(measure: str, operands: Operands, one: float, other: float) -> float:
    """How far results are from each other, as a share of what their rounding may be."""
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf
    if measure == "angle":
        return abs(math.cos(math.pi * one) - math.cos(math.pi * other))
    if measure == "cosine":
        scale = 1.0
    elif measure == "product":
        scale = float(operands.terms(measure).sum())
    else:
        scale = max(abs(one), abs(other))
    return abs(one - other) / scale / max(1.0, math.sqrt(len(operands.a) / 100))
