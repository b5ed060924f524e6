"""R10: backups under load, and recovery to points in time."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator, Sequence

from . import load
from .check import check, check_after_vacuum
from .figure import Figure, Run
from .forms import FORMS, Form
from .server import PORT, Server

KEYS = 1200
CLIENTS = 4


def run(run: Run) -> Iterator[Figure]:
    points = run.rounds_or(3, 20)
    for method in run.methods:
        yield recover_to_points(run, method, points)


def recover_to_points(run: Run, method: str, points: int) -> Figure:
    forms = FORMS[method]
    archive = run.place.directory / "archive"
    archive.mkdir()
    run.place.give(archive)
    settings = {"archive_mode": "on", "archive_command": f"'cp %p {archive}/%f'",
                "max_wal_senders": "4"}
    with Server(run.place, "origin", settings).create() as origin:
        load.make_tables(origin, forms, run.seed, KEYS)
        marks = run_and_mark(run, origin, forms, points)
        backup = run.place.directory / "backup"
        problems: list[str] = []
        for position, rows in marks:
            problems += recover(run, backup, archive, position, rows, forms)
        shutil.rmtree(backup)
    shutil.rmtree(archive)
    opened = points - sum(problem.startswith("cannot open") for problem in problems)
    return Figure(f"R10 recovery to a point, {method}",
                  f"{opened}/{points} points open, checker "
                  + ("clean" if not problems else f"found {len(problems)} problems"), problems)


def run_and_mark(run: Run, origin: Server, forms: Sequence[Form],
                 points: int) -> list[tuple[str, int]]:
    """A backup in the middle of load, then positions to recover to, with their numbers of rows."""
    dice = random.Random(run.seed)
    journals = load.make_journals(origin, forms, KEYS, CLIENTS)
    marks = []
    with load.Load(origin, forms, journals, run.seed, KEYS):
        time.sleep(0.5)
        run.place.run("pg_basebackup", "-h", origin.socket, "-p", PORT, "-U", "postgres",
                      "-D", run.place.directory / "backup", "--checkpoint=fast", "--no-sync",
                      "-X", "none")
        for number in range(points):
            time.sleep(dice.uniform(0.1, 1))
            marks.append(mark(origin, forms, f"point {number}"))
    origin.execute("SELECT pg_switch_wal()")
    origin.stop()  # archives the rest
    return marks


def mark(origin: Server, forms: Sequence[Form], name: str) -> tuple[str, int]:
    """A position in the WAL, between any changes, and how many rows there are."""
    with origin.connect() as connection, connection.transaction():
        tables = ", ".join(form.table for form in forms)
        connection.execute(f"LOCK {tables} IN SHARE MODE")
        rows = sum(connection.execute(f"SELECT count(*) FROM {form.table}").fetchone()[0]
                   for form in forms)
        connection.execute("SELECT pg_create_restore_point(%s)", (name,))
    return name, rows


def recover(run: Run, backup, archive, name: str, rows: int,
            forms: Sequence[Form]) -> list[str]:
    with Server(run.place, "recovered") as server:
        shutil.copytree(backup, server.data, copy_function=shutil.copy)
        for path in [server.data, *server.data.rglob("*")]:
            run.place.give(path)
        server.configure({"restore_command": f"'cp {archive}/%f %p'", "archive_mode": "off",
                          "recovery_target_name": f"'{name}'",
                          "recovery_target_action": "promote"})
        (server.data / "recovery.signal").touch()
        try:
            server.start()
            (is_recovering,), = server.execute("SELECT pg_is_in_recovery()")
            while is_recovering:
                time.sleep(0.05)
                (is_recovering,), = server.execute("SELECT pg_is_in_recovery()")
        except (RuntimeError, OSError) as error:
            return [f"cannot open {name}: {error}"]
        problems = []
        with server.connect() as connection:
            found = 0
            for form in forms:
                query = form.vector(run.seed, KEYS)
                verdict = check(connection, form, query)
                found += verdict.rows
                problems += verdict.problems
                problems += check_after_vacuum(connection, form, query).problems
        if found != rows:
            problems.append(f"{name}: {found} rows instead of {rows}")
        return [f"{name}: {problem}" for problem in problems] + server.crashes()
