"""Synthetic data: clustered vectors that resemble embeddings, the same on every machine.

A row is a cluster's centre, plus a step along a few directions of that cluster, plus noise in
all dimensions, brought to length 1 and multiplied by a log-normal factor. Clusters differ in
size and in spread. Directions come from a pool, in which variance falls off as 1/i: the centres
use all of it, so that some are near to each other, and each cluster has its own choice among the
first ones, so that neighbouring clusters overlap.

Until a row is divided by its length, all sums are sums of integers below 2^53, hence exact in
float64 in whatever order and with whatever instructions numpy and its BLAS add. Rows come in
chunks of fixed size, each with random numbers of its own, so the first rows of a large set are
the rows of a smaller one with the same options.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from .draws import BELL_SD, Draws
from .synthetic_spec import SyntheticSpec

GENERATOR = 1  # counts up whenever the numbers change
CHUNK_ROWS = 1024
POOL = 256
WEIGHTS = np.array([round(256 / math.sqrt(place + 1)) for place in range(POOL)], np.float64)
CENTRE = math.sqrt(sum(int(weight) ** 2 for weight in WEIGHTS))  # length, in bells
SIZE_SIGMA = 1.0  # of the log-normal sizes of clusters
SPREAD_SIGMA = 0.3  # and of their spreads
LENGTH = 1 << 22  # of rows before division, more or less; below 2^26 sums of squares are exact

# Purposes of random streams; those of another family of clusters begin at FAMILY.
POOLS, CENTRES, CHOICES, SIZES, SPREADS, OFFSET, ROWS, QUERIES, PARTNERS = range(9)
FAMILY = 100


class Model:
    """The distribution. `family` 0 is that of the base rows; others have other clusters."""

    def __init__(self, spec: SyntheticSpec, family: int = 0) -> None:
        self._spec = spec
        self._family = family
        count, steps = spec.clusters, spec.intrinsic
        self._pool = self._draws(POOLS).bells(POOL, spec.dimensions)
        self._centres = self._draws(CENTRES).bells(count, POOL) * WEIGHTS
        self._choices = self._draws(CHOICES).subsets(count, steps, min(POOL, 2 * steps))
        self._sizes = (self._draws(SIZES).log_normals(count, SIZE_SIGMA) * (1 << 20)).astype("i8")
        spreads = self._draws(SPREADS).log_normals(count, SPREAD_SIGMA) * (spec.spread * CENTRE)
        weights = WEIGHTS[self._choices]
        lengths = np.sqrt(np.square(weights).sum(axis=1))
        self._steps = np.rint(weights * (spreads / lengths)[:, None])
        self._noise = round(spec.noise * CENTRE * BELL_SD)
        expected = CENTRE * math.sqrt(1 + spec.spread * spec.spread + spec.noise * spec.noise)
        self._scale = LENGTH / (expected * BELL_SD * BELL_SD * math.sqrt(spec.dimensions))

    def _draws(self, purpose: int, number: int = 0) -> Draws:
        return Draws(self._spec.seed, purpose + FAMILY * self._family, number)

    def rows(self, purpose: int, chunk: int, sigma: float = 0) -> np.ndarray:
        """A chunk of rows, with a log-normal factor on their lengths: (CHUNK_ROWS, d) float64."""
        draws = self._draws(purpose, chunk)
        cluster = draws.choices(self._sizes, CHUNK_ROWS)
        steps = draws.bells(CHUNK_ROWS, self._spec.intrinsic) * self._steps[cluster]
        factors = draws.log_normals(CHUNK_ROWS, sigma)
        places = self._centres[cluster]
        places[np.arange(CHUNK_ROWS)[:, None], self._choices[cluster]] += steps
        rows = places @ self._pool
        rows += draws.bells(CHUNK_ROWS, self._spec.dimensions) * self._noise
        rows = np.rint(rows * self._scale)
        lengths = np.sqrt(np.maximum(np.square(rows).sum(axis=1), 1))
        return rows * (factors / lengths)[:, None]

    def offset(self) -> np.ndarray:
        """A vector of length 1 that has nothing to do with the clusters: (d,)."""
        values = self._draws(OFFSET).bells(self._spec.dimensions)
        return values / math.sqrt(max(1.0, np.square(values).sum()))


def base_chunks(spec: SyntheticSpec) -> Iterator[np.ndarray]:
    """The base rows, float32, a chunk at a time."""
    model = Model(spec)
    yield from cut(lambda chunk: model.rows(ROWS, chunk, spec.norms), spec.rows)


def query_chunks(spec: SyntheticSpec) -> Iterator[np.ndarray]:
    """The queries, float32, a chunk at a time; never rows of the base, which draw differently.

    same: like base rows. shifted: between two rows that nobody has, and off to one side by a
    vector of length 1. foreign: of other clusters in other directions, and off by the same.
    """
    model = Model(spec, family=1 if spec.queries == "foreign" else 0)
    offset = Model(spec).offset()

    def chunk_of(chunk: int) -> np.ndarray:
        if spec.queries == "same":
            return model.rows(QUERIES, chunk, spec.norms)
        if spec.queries == "foreign":
            return model.rows(QUERIES, chunk) + offset
        return (model.rows(QUERIES, chunk) + model.rows(PARTNERS, chunk)) * 0.5 + offset
    yield from cut(chunk_of, spec.query_rows)


def cut(chunk_of: Callable[[int], np.ndarray], rows: int) -> Iterator[np.ndarray]:
    """Chunks 0, 1, ... of float32 up to that many rows."""
    for start in range(0, rows, CHUNK_ROWS):
        yield chunk_of(start // CHUNK_ROWS)[:rows - start].astype(np.float32)
