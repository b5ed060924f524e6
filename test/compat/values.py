#!/usr/bin/python3
"""Compares values, results and errors of two servers. See test/compat/run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from vector_compat.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
