"""From the command line to the exit status."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .compare import compare_type
from .generate import rows_of
from .servers import Server

TYPES = ["vector", "halfvec", "sparsevec", "bit"]


def main(arguments: Sequence[str] | None = None) -> int:
    """0: no difference; 1: some."""
    parser = argparse.ArgumentParser(description="Compares values of two servers.")
    parser.add_argument("--pgvector", required=True, metavar="DSN")
    parser.add_argument("--vector", required=True, metavar="DSN")
    parser.add_argument("--rows", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--types", default=",".join(TYPES))
    options = parser.parse_args(arguments)
    servers = [Server("pgvector", options.pgvector), Server("vector", options.vector)]
    print(f"values: {options.rows} rows of each type, seed {options.seed}", flush=True)
    equal = [compare_type(name, rows_of(name, options.rows, options.seed), servers)
             for name in options.types.split(",")]
    return 0 if all(equal) else 1
