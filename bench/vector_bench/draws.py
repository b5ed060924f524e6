"""Random numbers that are the same on every machine, bit by bit.

Raw words of PCG64 (numpy guarantees its stream, unlike those of its distributions), integers,
and float operations that IEEE 754 rounds correctly: no logarithm, no library's exponential.
"""

from __future__ import annotations

import math

import numpy as np

BELL_SD = math.sqrt(8 * (256**2 - 1) / 12)  # of bells(): 209.02
PAIRS = np.uint64(0x00FF00FF00FF00FF)
SUM_OF_FOUR = np.uint64(0x0001000100010001)


class Draws:
    """One stream, named by seed, purpose and number. Order and shape of the draws matter."""

    def __init__(self, seed: int, purpose: int, number: int = 0) -> None:
        sequence = np.random.SeedSequence(seed, spawn_key=(purpose, number))
        self._source = np.random.PCG64(sequence)

    def words(self, *shape: int) -> np.ndarray:
        """Uniform 64-bit words, uint64."""
        return self._source.random_raw(int(np.prod(shape))).reshape(shape)

    def bells(self, *shape: int) -> np.ndarray:
        """Nearly normal integers as float64: mean 0, sd BELL_SD, within -1020 ... 1020.

        Sums of the eight bytes of a word.
        """
        words = self.words(*shape)
        sums = (words & PAIRS) + ((words >> np.uint64(8)) & PAIRS)
        sums = (sums * SUM_OF_FOUR) >> np.uint64(48)
        return sums.astype(np.float64) - 1020

    def log_normals(self, count: int, sigma: float) -> np.ndarray:
        """exp(sigma * z) for nearly normal z of mean 0 and sd 1: (count,) float64.

        Four words each, for tails up to 9 sd; the exponential is (1 + x / 2^20)^(2^20).
        """
        parts = self.bells(count, 4)
        sums = parts[:, 0] + parts[:, 1] + parts[:, 2] + parts[:, 3]
        powers = 1 + sums * (sigma / (2 * BELL_SD)) / (1 << 20)
        for _ in range(20):
            powers = powers * powers
        return powers

    def choices(self, weights: np.ndarray, count: int) -> np.ndarray:
        """Numbers of (n,) int64 weights, each chosen in proportion to its weight: (count,)."""
        ends = np.cumsum(weights)
        return np.searchsorted(ends, (self.words(count) >> np.uint64(1)).astype(np.int64)
                               % ends[-1], side="right")

    def subsets(self, count: int, size: int, out_of: int) -> np.ndarray:
        """For each of `count` a choice of different numbers below `out_of`: (count, size)."""
        return np.argsort(self.words(count, out_of), axis=1, kind="stable")[:, :size]
