"""Synthetic sets as .fvecs files in a cache folder, made when they are first asked for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from .datasets import Dataset, read_vecs
from .progress import bar, say
from .synthetic import GENERATOR, base_chunks, query_chunks
from .synthetic_spec import SyntheticSpec


def default_cache() -> Path:
    """Below $XDG_CACHE_HOME, or ~/.cache where that is not an absolute path."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (folder if folder.is_absolute() else Path.home() / ".cache") / "vector-bench/synthetic"


def read_synthetic(spec: SyntheticSpec, cache: Path) -> Dataset:
    """The set from its files, which are made first where they are missing."""
    base, queries = paths_of(spec, cache)
    ensure(base, base_chunks(spec), spec.rows, spec.dimensions)
    ensure(queries, query_chunks(spec), spec.query_rows, spec.dimensions)
    return Dataset(str(spec), read_vecs(base), read_vecs(queries))


def paths_of(spec: SyntheticSpec, cache: Path) -> tuple[Path, Path]:
    """Files of base and queries. Sets that differ only in their queries share the base."""
    base = f"v{GENERATOR}," + spec.name("queries", "query_rows").replace(":", "-")
    queries = f"{base},queries={spec.queries},query_rows={spec.query_rows}"
    return cache / f"{base}_base.fvecs", cache / f"{queries}_query.fvecs"


def ensure(path: Path, chunks: Iterable[np.ndarray], rows: int, dimensions: int) -> None:
    """Writes the (n, d) chunks to the file unless it is there. Never leaves a part of it."""
    if path.exists():
        return
    say(f"generating {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    file = tempfile.NamedTemporaryFile(dir=path.parent, prefix="part-", delete=False)
    try:
        with file, bar(None, "synthetic data", "rows", rows) as progress:
            for chunk in chunks:
                file.write(encode(chunk, dimensions))
                progress.update(len(chunk))
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
    except BaseException:
        os.unlink(file.name)
        raise


def encode(values: np.ndarray, dimensions: int) -> bytes:
    """Rows of .fvecs for the (n, d) values."""
    rows = np.zeros(len(values), [("dimensions", "<i4"), ("values", "<f4", (dimensions,))])
    rows["dimensions"] = dimensions
    rows["values"] = values
    return rows.tobytes()
