"""R13: inserts, updates, deletes, searches and vacuum at once, mostly of equal vectors.
R14: what searches return, next to what their snapshots see."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from . import load
from .check import check, check_after_vacuum
from .figure import Figure, Run
from .forms import FORMS
from .server import Server

KEYS = 800
CLIENTS = 5
READERS = 2  # and one that vacuums


def run(run: Run) -> Iterator[Figure]:
    seconds = run.seconds_or(15, 3600)
    for method in run.methods:
        yield from race(run, method, seconds)


def race(run: Run, method: str, seconds: float) -> Iterator[Figure]:
    forms = [replace(form, copies=6) for form in FORMS[method]]
    with Server(run.place, "races").create() as server:
        load.make_tables(server, forms, run.seed, KEYS)
        journals = load.make_journals(server, forms, KEYS, CLIENTS)
        with load.Load(server, forms, journals, run.seed, KEYS, READERS) as clients:
            time.sleep(seconds)
        problems = load.settle(server, forms, journals)
        with server.connect() as connection:
            for form in forms:
                query = form.vector(run.seed, KEYS)
                problems += check(connection, form, query).problems
                problems += check_after_vacuum(connection, form, query).problems
    counts = ", ".join(f"{count} {name}" for name, count in sorted(clients.counts.items()))
    yield Figure(f"R13 races, {method}",
                 f"{seconds:.0f} s, {CLIENTS + READERS + 1} clients, {counts}: "
                 f"{len(clients.errors)} errors, checker "
                 + ("clean" if not problems else f"found {len(problems)} problems"),
                 clients.errors + problems)
    yield Figure(f"R14 snapshots, {method}",
                 f"{clients.counts['searches in snapshots']} searches, "
                 f"{len(clients.violations)} violations", clients.violations)
