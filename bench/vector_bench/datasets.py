"""Data sets: .fvecs, .bvecs and .ivecs files, and the .hdf5 files of ann-benchmarks.

A row of an .?vecs file is an int32 number of dimensions, then that many values,
all little-endian: float32 in .fvecs, uint8 in .bvecs, int32 in .ivecs.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

ELEMENTS = {".fvecs": "<f4", ".bvecs": "u1", ".ivecs": "<i4"}
HDF5_METRICS = {"euclidean": "l2", "angular": "cosine"}


@dataclass(frozen=True)
class Dataset:
    """Base vectors (n, d), queries (q, d), and, where known, true neighbours (q, >=k).

    Base vectors may be mapped from a file: read them by blocks. Neighbours are row
    numbers into the uncut file and hold for `neighbors_metric` only.
    """

    name: str
    base: np.ndarray
    queries: np.ndarray
    neighbors: np.ndarray | None = None
    metric: str | None = None
    neighbors_metric: str | None = None
    is_cut: bool = False

    @property
    def rows(self) -> int:
        return self.base.shape[0]

    @property
    def dimensions(self) -> int:
        return self.base.shape[1]


def read_vecs(path: Path) -> np.ndarray:
    """The (n, d) values of an .?vecs file, mapped, not read."""
    if path.suffix not in ELEMENTS:
        raise ValueError(f"{path}: not one of {', '.join(ELEMENTS)}")
    with path.open("rb") as file:
        head = file.read(4)
    if len(head) < 4:
        raise ValueError(f"{path}: empty file")
    dimensions = int(np.frombuffer(head, "<i4")[0])
    row = np.dtype([("dimensions", "<i4"), ("values", ELEMENTS[path.suffix], (dimensions,))]) \
        if 0 < dimensions < 1 << 20 else None
    if row is None or path.stat().st_size % row.itemsize:
        raise ValueError(f"{path}: rows are not of one length")
    records = np.memmap(path, dtype=row, mode="r")
    if not (records["dimensions"] == dimensions).all():
        raise ValueError(f"{path}: rows are not of one length")
    return records["values"]


def read_hdf5(path: Path, rows: int | None) -> Dataset:
    """An ann-benchmarks file: train, test, neighbors, and the distance as an attribute."""
    import h5py

    with h5py.File(path, "r") as file:
        distance = file.attrs.get("distance", "euclidean")
        distance = distance.decode() if isinstance(distance, bytes) else str(distance)
        if distance not in HDF5_METRICS:
            raise ValueError(f"{path}: distance {distance!r} is not one of "
                             f"{', '.join(HDF5_METRICS)}")
        neighbors = file["neighbors"][:] if "neighbors" in file else None
        return Dataset(path.stem, file["train"][:rows], file["test"][:], neighbors,
                       HDF5_METRICS[distance], HDF5_METRICS[distance],
                       rows is not None and rows < file["train"].shape[0])


def read_files(data: Path, query_data: Path, truth: Path | None) -> Dataset:
    """Base, queries and perhaps neighbours of .?vecs files; the neighbours' metric is unknown."""
    name = data.stem.removesuffix("_base")
    return Dataset(name, read_vecs(data), read_vecs(query_data),
                   None if truth is None else read_vecs(truth))


def cut(dataset: Dataset, rows: int | None, queries: int | None) -> Dataset:
    """The first rows and queries. Neighbours of a cut base are no longer true ones."""
    kept = dataset.neighbors
    is_cut = dataset.is_cut or (rows is not None and rows < dataset.rows)
    return Dataset(dataset.name, dataset.base[:rows], dataset.queries[:queries],
                   None if kept is None or is_cut else kept[:queries],
                   dataset.metric, dataset.neighbors_metric, is_cut)


def checked(dataset: Dataset) -> Dataset:
    """The data set; raises ValueError when its parts do not fit together."""
    if dataset.queries.shape[1] != dataset.dimensions:
        raise ValueError(f"queries have {dataset.queries.shape[1]} dimensions, "
                         f"base vectors {dataset.dimensions}")
    neighbors = dataset.neighbors
    if neighbors is None:
        return dataset
    if neighbors.shape[0] != dataset.queries.shape[0]:
        raise ValueError(f"{neighbors.shape[0]} rows of neighbours for "
                         f"{dataset.queries.shape[0]} queries")
    if neighbors.min() < 0 or neighbors.max() >= dataset.rows:
        raise ValueError("neighbours are not row numbers of the base vectors")
    return dataset
