"""R23: a table whose rows are replaced many times over, next to indexes built anew."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg

from .check import check_after_vacuum
from .figure import Figure, Run
from .forms import Form, usable
from .recall import compare_with_fresh
from .server import Server

STEPS = 5  # of a turnover
MOST_GROWTH = 1.3
MOST_LOSS = 0.005
CHURNED = {
    "ivfflat": (Form("ivfflat", "plain", 64, "lists = 16, quantizer = none", copies=0),
                Form("ivfflat", "coded", 64, "lists = 16", copies=0)),
    "hnsw": (Form("hnsw", "plain", 64, "quantizer = none", copies=0),
             Form("hnsw", "coded", 64, copies=0)),
}


def run(run: Run) -> Iterator[Figure]:
    turnovers = run.rounds_or(3, 10)
    rows = 10000 if run.is_long else 2000
    for method in run.methods:
        texts: list[str] = []
        problems: list[str] = []
        with Server(run.place, "churn").create() as server:
            with server.connect() as connection:
                forms = usable(CHURNED[method], connection)
            for form in forms:
                text, found = churn(run, server, form, turnovers, rows)
                texts.append(text)
                problems += found
        yield Figure(f"R23 churn, {method}", f"{turnovers} turnovers of {rows} rows: "
                     + "; ".join(texts), problems)


def churn(run: Run, server: Server, form: Form, turnovers: int, rows: int) -> tuple[str, list[str]]:
    with server.connect() as connection:
        form.create(connection, run.seed, range(rows))
        for turnover in range(turnovers):
            for step in range(STEPS):
                replace_some(connection, form, run.seed, range(step, rows, STEPS), turnover + 2)
        problems = check_after_vacuum(connection, form, form.vector(run.seed, 1)).problems
        comparison = compare_with_fresh(server, form, run.seed)
    problems += comparison.problems(form, MOST_LOSS)
    if comparison.growth > MOST_GROWTH:
        problems.append(f"{form.index}: {comparison.growth:.2f} times the size of a fresh index")
    return (f"{form.kind} recall@10 {comparison}, size {comparison.growth:.2f} of a fresh index",
            problems)


def replace_some(connection: psycopg.Connection, form: Form, seed: int, keys: range,
                 version: int) -> None:
    connection.execute(f"DELETE FROM {form.table} WHERE id %% {STEPS} = %s", (keys.start,))
    connection.execute(f"VACUUM {form.table}")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {form.table} FROM STDIN") as copy:
            for key in keys:
                copy.write_row((key, version, form.vector(seed, key, version)))
