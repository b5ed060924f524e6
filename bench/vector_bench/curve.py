"""Comparing at equal recall: interpolation on the recall-QPS curve."""

from __future__ import annotations

import math
from collections.abc import Sequence


def front(recalls: Sequence[float], rates: Sequence[float]) -> list[tuple[float, float]]:
    """Points that no other beats in both recall and rate, by rising recall."""
    points = sorted(zip(recalls, rates), reverse=True)
    result: list[tuple[float, float]] = []
    for recall, rate in points:
        if not result or rate > result[-1][1]:
            result.append((recall, rate))
    return result[::-1]


def is_bound(target: float, recalls: Sequence[float]) -> bool:
    """Whether every point is above the target, so that rate_at() is only a lower bound."""
    return bool(recalls) and min(recalls) > target


def rate_at(target: float, recalls: Sequence[float], rates: Sequence[float]) -> float | None:
    """QPS at the target recall: log(QPS) linear in recall between neighbouring points.

    The rate of the first point when all have a higher recall: see is_bound().
    None when none reaches the target.
    """
    points = front(recalls, rates)
    if not points or points[-1][0] < target:
        return None
    if points[0][0] >= target:
        return points[0][1]
    for (low, fast), (high, slow) in zip(points, points[1:]):
        if low <= target <= high:
            share = (target - low) / (high - low)
            return math.exp((1 - share) * math.log(fast) + share * math.log(slow))
    raise AssertionError("unreachable: the target lies between the first and the last point")
