"""R22: a tablespace that runs full, in a small file system of its own."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg

from .check import check
from .figure import Figure, Run
from .forms import FORMS, Form
from .server import Server

SIZE = "6m"
ROWS = 1500
BATCH = 200
DISK_FULL = "53100"


def run(run: Run) -> Iterator[Figure]:
    fills = run.rounds_or(1, 30)
    for method in run.methods:
        name = f"R22 disk full, {method}"
        directory = run.place.directory / "small"
        try:
            with mounted(directory), Server(run.place, "full").create() as server:
                run.place.give(directory)
                server.execute(f"CREATE TABLESPACE small LOCATION '{directory}'")
                yield FullDisk(run, server, directory).figure(name, method, fills)
        except MountRefused as error:
            yield Figure(name, f"skipped, no file system can be mounted here: {error}",
                         is_skipped=True)


class MountRefused(Exception):
    pass


@contextmanager
def mounted(directory: Path) -> Iterator[None]:
    """A small file system in memory. Needs root."""
    directory.mkdir()
    options = f"size={SIZE},mode=700"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", directory],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        directory.rmdir()
        raise MountRefused(done.stderr.strip())
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)
        directory.rmdir()


class FullDisk:
    """Inserts and builds until there is no room, again and again."""

    def __init__(self, run: Run, server: Server, directory: Path) -> None:
        self.seed, self.server, self.directory = run.seed, server, directory
        self.states: Counter[str] = Counter()
        self.checks = self.clean = 0
        self.problems: list[str] = []

    def figure(self, name: str, method: str, fills: int) -> Figure:
        with self.server.connect() as connection:
            for form in FORMS[method]:
                form = replace(form, copies=1)
                form.create(connection, self.seed, range(ROWS))
                for _ in range(fills):
                    self.fill(connection, form)
        crashes = self.server.crashes()
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.states.items()))
        return Figure(name, f"{self.states[DISK_FULL]} times full, {len(crashes)} crashes; "
                      f"statements by result: {states}; checker clean {self.clean}/{self.checks}",
                      self.problems + crashes)

    def fill(self, connection: psycopg.Connection, form: Form) -> None:
        """Moves the index to the small disk and inserts until that is full, then builds there."""
        free = self.free()
        connection.execute(f"ALTER INDEX {form.index} SET TABLESPACE small")
        first = ROWS
        while self.attempt(connection, self.insert(form, first)) == "none" and first < 100 * ROWS:
            first += BATCH
        self.look(connection, form)
        self.attempt(connection, f"DELETE FROM {form.table} WHERE id % 3 = 0 AND id >= {ROWS}")
        self.attempt(connection, f"VACUUM {form.table}")
        self.attempt(connection, self.insert(form, first + BATCH))
        self.look(connection, form)
        self.attempt(connection, f"REINDEX INDEX {form.index}")  # two do not fit
        connection.execute(f"DELETE FROM {form.table} WHERE id >= {ROWS}")
        connection.execute(f"ALTER INDEX {form.index} SET TABLESPACE pg_default")
        connection.execute("CHECKPOINT")
        self.look(connection, form)
        if self.free() < free:
            self.problems.append(f"{form.index}: {free - self.free()} bytes are not given back")

    def insert(self, form: Form, first: int) -> str:
        """Rows of before, at new places."""
        noise = f"array_fill(random(), ARRAY[{form.dims}])::vector"
        return (f"INSERT INTO {form.table} SELECT {first} + i, 1, embedding + {noise} "
                f"FROM generate_series(0, {BATCH - 1}) i JOIN {form.table} ON id = i")

    def attempt(self, connection: psycopg.Connection, statement: str) -> str:
        try:
            connection.execute(statement)
            state = "none"
        except psycopg.Error as error:
            state = error.sqlstate or "lost"
            if state != DISK_FULL:
                self.problems.append(f"{statement}: {state}: {' '.join(str(error).split())}")
        self.states[state] += 1
        return state

    def free(self) -> int:
        disk = os.statvfs(self.directory)
        return disk.f_bfree * disk.f_bsize

    def look(self, connection: psycopg.Connection, form: Form) -> None:
        query = form.vector(self.seed, 7)
        found = check(connection, form, query).problems
        self.checks += 1
        self.clean += not found
        self.problems += found
