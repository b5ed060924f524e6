"""Metrics: operator and operator class in SQL, exact distance in numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Metric:
    """A distance; smaller is nearer (the inner product is negated, as its operator does)."""

    name: str
    operator: str

    def opclass(self, type_name: str) -> str:
        return f"{type_name}_{self.name}_ops"


METRICS = {metric.name: metric for metric in (
    Metric("l2", "<->"), Metric("ip", "<#>"), Metric("cosine", "<=>"), Metric("l1", "<+>"))}

# Type name -> numpy type of its elements.
TYPES = {"vector": np.dtype(np.float32), "halfvec": np.dtype(np.float16)}


def stored(values: np.ndarray, type_name: str) -> np.ndarray:
    """The values as a column of that type keeps them, widened to float32; same shape."""
    return np.asarray(values).astype(TYPES[type_name]).astype(np.float32)


def distances(metric: str, rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Exact distances over the last axis; rows and queries are broadcast. float64."""
    rows = np.asarray(rows, dtype=np.float64)
    queries = np.asarray(queries, dtype=np.float64)
    if metric == "l2":
        return np.sqrt(np.square(rows - queries).sum(axis=-1))
    if metric == "l1":
        return np.abs(rows - queries).sum(axis=-1)
    products = (rows * queries).sum(axis=-1)
    if metric == "ip":
        return -products
    return cosine(products, norms(rows), norms(queries))


def pairwise(metric: str, queries: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Distances of all (q, d) queries to all (n, d) rows, good for ranking: (q, n) float64.

    By matrix product but for l1; l2 stays squared.
    """
    queries = np.asarray(queries, dtype=np.float64)
    rows = np.asarray(rows, dtype=np.float64)
    if metric == "l1":
        return np.stack([np.abs(rows - query).sum(axis=1) for query in queries])
    products = queries @ rows.T
    if metric == "l2":
        return np.square(queries).sum(axis=1)[:, None] + np.square(rows).sum(axis=1) - 2 * products
    if metric == "ip":
        return -products
    return cosine(products, norms(queries)[:, None], norms(rows))


def norms(rows: np.ndarray) -> np.ndarray:
    return np.sqrt(np.square(rows).sum(axis=-1))


def cosine(products: np.ndarray, norms_a: np.ndarray, norms_b: np.ndarray) -> np.ndarray:
    """Cosine distance from its parts; a zero vector is infinitely far, as no index holds it."""
    lengths = norms_a * norms_b
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(lengths > 0, 1 - products / lengths, np.inf)
