#!/usr/bin/python3
"""Measures vector indexes on one or more PostgreSQL servers; see README.md."""

import sys

from vector_bench.main import main

if __name__ == "__main__":
    sys.exit(main())
