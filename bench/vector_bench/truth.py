"""True neighbours and recall.

A returned row counts as right when its exact distance is not above that of the
k-th true neighbour (times 1 + 1e-6): rows at equal distance are equally right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .datasets import Dataset
from .metrics import distances, pairwise, stored
from .progress import bar

BLOCK_CELLS = 1 << 23  # distances held at a time, 64 MB
SPOT_CHECKS = 10  # queries recomputed when neighbours are given


@dataclass(frozen=True)
class Truth:
    """The k-th smallest exact distance of every query, (q,) float64."""

    limits: np.ndarray
    source: str


def brute_force(metric: str, base: np.ndarray, queries: np.ndarray, k: int,
                type_name: str = "vector") -> np.ndarray:
    """The k nearest base rows of every query, nearest first: (q, k) int64. Exact."""
    count = queries.shape[0]
    queries = stored(queries, type_name)
    best = np.full((count, k), np.inf)
    ids = np.full((count, k), -1, dtype=np.int64)
    step = max(1, BLOCK_CELLS // max(count, base.shape[1]))
    for start in bar(range(0, base.shape[0], step), "exact neighbours", "block"):
        rows = stored(base[start:start + step], type_name)
        found = np.hstack([best, pairwise(metric, queries, rows)])
        numbers = np.hstack([ids, np.tile(np.arange(start, start + len(rows)), (count, 1))])
        nearest = np.argpartition(found, k - 1, axis=1)[:, :k]
        best = np.take_along_axis(found, nearest, axis=1)
        ids = np.take_along_axis(numbers, nearest, axis=1)
    return np.take_along_axis(ids, np.argsort(best, axis=1, kind="stable"), axis=1)


def truth_of(dataset: Dataset, metric: str, type_name: str, k: int, cache: Path) -> Truth:
    """Truth from the data set's own neighbours when they apply, else computed or cached."""
    if k > dataset.rows:
        raise ValueError(f"{k} neighbours are asked for, but there are {dataset.rows} rows")
    if neighbors_apply(dataset, metric, type_name, k):
        truth = Truth(limits_of(dataset, metric, type_name, dataset.neighbors[:, :k]), "given")
        spot_check(dataset, metric, type_name, k, truth)
        return truth
    path = cache / f"{key_of(dataset, metric, type_name, k)}.npz"
    if path.exists():
        with np.load(path) as file:
            return Truth(file["limits"], "computed earlier")
    neighbors = brute_force(metric, dataset.base, dataset.queries, k, type_name)
    limits = limits_of(dataset, metric, type_name, neighbors)
    cache.mkdir(parents=True, exist_ok=True)
    np.savez(path, limits=limits, neighbors=neighbors)
    return Truth(limits, "computed")


def neighbors_apply(dataset: Dataset, metric: str, type_name: str, k: int) -> bool:
    """Whether given neighbours hold for this metric, k and stored type."""
    if dataset.neighbors is None or dataset.neighbors.shape[1] < k:
        return False
    if dataset.neighbors_metric not in (None, metric):
        return False
    return keeps(dataset.base, type_name) and keeps(dataset.queries, type_name)


def keeps(values: np.ndarray, type_name: str) -> bool:
    """Whether a column of that type keeps all (n, d) values exactly."""
    step = max(1, BLOCK_CELLS // values.shape[1])
    blocks = (values[start:start + step] for start in range(0, len(values), step))
    return all(np.array_equal(block, stored(block, type_name)) for block in blocks)


def limits_of(dataset: Dataset, metric: str, type_name: str, neighbors: np.ndarray) -> np.ndarray:
    """The largest exact distance among the (q, k) neighbours of each query: (q,) float64."""
    queries = stored(dataset.queries, type_name)
    return np.array([distances(metric, stored(dataset.base[ids], type_name), query).max()
                     for ids, query in zip(neighbors, queries)])


def spot_check(dataset: Dataset, metric: str, type_name: str, k: int, truth: Truth) -> None:
    """Recomputes a few queries; raises ValueError when the given neighbours are not true."""
    few = Dataset(dataset.name, dataset.base, dataset.queries[:SPOT_CHECKS])
    neighbors = brute_force(metric, few.base, few.queries, k, type_name)
    limits = limits_of(few, metric, type_name, neighbors)
    if (truth.limits[:SPOT_CHECKS] > tolerant(limits)).any():
        raise ValueError(f"the given neighbours are not the nearest ones by metric {metric}")


def key_of(dataset: Dataset, metric: str, type_name: str, k: int) -> str:
    """A name for the truth of exactly these values."""
    digest = hashlib.sha256(f"{metric} {type_name} {k} {dataset.base.shape}".encode())
    step = max(1, (64 << 20) // dataset.dimensions)
    for start in range(0, dataset.rows, step):
        digest.update(np.ascontiguousarray(dataset.base[start:start + step]))
    digest.update(np.ascontiguousarray(dataset.queries))
    return digest.hexdigest()[:24]


def tolerant(limits: np.ndarray) -> np.ndarray:
    return limits + np.abs(limits) * 1e-6 + 1e-12


def recall(dataset: Dataset, metric: str, type_name: str, truth: Truth, k: int,
           returned: Sequence[Sequence[int]]) -> float:
    """Mean share of right rows among the k asked for; rows not returned count as wrong."""
    queries = stored(dataset.queries, type_name)
    limits = tolerant(truth.limits)
    right = 0
    for ids, query, limit in zip(returned, queries, limits):
        rows = stored(dataset.base[np.unique(np.asarray(ids, dtype=np.int64))], type_name)
        right += min(k, int((distances(metric, rows, query) <= limit).sum()))
    return right / (k * len(returned))
