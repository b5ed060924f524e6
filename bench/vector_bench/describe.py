"""What results.json says about the data."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .datasets import Dataset
from .metrics import norms
from .synthetic import GENERATOR
from .synthetic_spec import SyntheticSpec
from .truth import Truth

SAMPLE_ROWS = 10_000


def describe_data(dataset: Dataset, source: Path | SyntheticSpec, metric: str,
                  truth: Truth | None) -> dict[str, Any]:
    """Size, origin, lengths of vectors, and where the true neighbours come from."""
    return {"name": dataset.name, "rows": dataset.rows, "dimensions": dataset.dimensions,
            "queries": len(dataset.queries), "metric": metric, "source": origin(source),
            "base_norms": norm_statistics(dataset.base),
            "query_norms": norm_statistics(dataset.queries), "truth": truth and truth.source}


def origin(source: Path | SyntheticSpec) -> dict[str, Any]:
    """Every option of synthetic data; size and place of a file."""
    if isinstance(source, SyntheticSpec):
        return {"kind": "synthetic", "generator": GENERATOR, **asdict(source)}
    return {"kind": "file", "path": str(source.resolve()), "bytes": source.stat().st_size}


def norm_statistics(values: np.ndarray) -> dict[str, float]:
    """Mean, standard deviation and maximum of the lengths of the first (n, d) rows."""
    found = norms(np.asarray(values[:SAMPLE_ROWS], dtype=np.float64))
    return {"rows": len(found), "mean": float(found.mean()), "sd": float(found.std()),
            "max": float(found.max())}
