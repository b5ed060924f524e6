"""From the command line to the figures."""

from __future__ import annotations

import argparse
import importlib
import logging
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from .figure import Figure, Run
from .forms import METHODS
from .server import Place

# In this order; each module has run(Run) -> figures.
TESTS = ["kill_storm", "crash_points", "build_ends", "build_grid", "standby", "backups",
         "structure_flips", "page_flips", "races", "sqlsmith", "simd_levels", "memory",
         "failing_calls", "disk_full", "churn"]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="test/torture/run", allow_abbrev=False)
    parser.add_argument("test", nargs="*", metavar="test",
                        help=f"default: all, in this order: {', '.join(TESTS)}")
    parser.add_argument("--long", action="store_true", help="the long form of each")
    parser.add_argument("--method", choices=METHODS, help="only this index method")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, help="instead of the tests' own numbers")
    parser.add_argument("--seconds", type=float, help="instead of the tests' own durations")
    parser.add_argument("--bindir", type=Path, required=True,
                        help="programs of a PostgreSQL that has an extension vector")
    parser.add_argument("--server", type=Path, help="to start instead of bindir's postgres")
    parser.add_argument("--environment", action="append", default=[], metavar="NAME=VALUE",
                        help="for the servers: a library to preload, say")
    parser.add_argument("--directory", type=Path, required=True, help="for the servers' files")
    parser.add_argument("--user", default="postgres", help="runs the servers, if root runs this")
    options = parser.parse_args(arguments)
    unknown = set(options.test) - set(TESTS)
    if unknown:
        parser.error(f"no such test: {', '.join(sorted(unknown))}")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 all figures are good, 1 they are not, 130 interrupted."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.getLogger("psycopg").setLevel(logging.CRITICAL)  # connections are meant to be lost
    environment = dict(setting.split("=", 1) for setting in options.environment)
    run = Run(Place(options.bindir, options.directory, options.user, environment,
                    options.server),
              [options.method] if options.method else METHODS, options.seed, options.long,
              options.rounds, options.seconds)
    try:
        results = [is_good(name, run) for name in options.test or TESTS]
    except KeyboardInterrupt:
        return 130
    return 0 if all(results) else 1


def is_good(name: str, run: Run) -> bool:
    """Runs one test and shows its figures. What breaks it is a bad figure too."""
    start = time.monotonic()
    figures: list[Figure] = []
    try:
        for figure in importlib.import_module(f".{name}", __package__).run(run):
            figures.append(figure)
            figure.show()
    except Exception:  # whatever it is, the other tests are to run
        figures.append(Figure(name, "broke off", traceback.format_exc().splitlines()[-20:]))
        figures[-1].show()
    print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return all(figure.is_good for figure in figures)
