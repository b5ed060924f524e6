"""R7: builds that are killed, cancelled or run out of time leave nothing behind, and end soon."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg

from .check import check
from .figure import Figure, Run
from .forms import FORMS, Form
from .server import Server, wait_until

ROWS = 8000
CRASHES = ("kill worker", "kill server")
WAYS = ("cancel", "timeout", "terminate", *CRASHES)
MOST_SECONDS = 1.0
OWN_SEGMENTS = 2  # of the server: the list of segments, and statistics


def run(run: Run) -> Iterator[Figure]:
    moments = run.rounds_or(10, 60)
    settings = {"max_parallel_maintenance_workers": "2", "maintenance_work_mem": "64MB",
                "restart_after_crash": "on", "dynamic_shared_memory_type": "mmap"}
    for method in run.methods:
        form = replace(FORMS[method][1], copies=0)
        with Server(run.place, "builds", settings).create() as server:
            yield Builds(server, form, run.seed).figure(moments)


class Builds:
    """Builds of one form, ended at random moments."""

    def __init__(self, server: Server, form: Form, seed: int) -> None:
        self.server, self.form, self.seed = server, form, seed
        self.dice = random.Random(seed)
        self.problems: list[str] = []
        self.latencies: list[float] = []
        self.ended = 0
        with server.connect() as connection:
            form.create(connection, seed, range(ROWS), index=False)
            connection.execute(f"ALTER TABLE {form.table} SET (parallel_workers = 2)")
            start = time.monotonic()
            form.create_index(connection)
            self.whole = time.monotonic() - start
            connection.execute(f"DROP INDEX {form.index}")
            connection.execute("CHECKPOINT")
        self.before = self.relation_files()

    def figure(self, moments: int) -> Figure:
        for number in range(moments):
            self.end_build(WAYS[number % len(WAYS)])
            self.look(number)
        self.rebuild()
        slowest = max(self.latencies, default=0)
        if slowest > MOST_SECONDS:
            self.problems.append(f"a build took {slowest:.2f} s to end")
        return Figure(f"R7 ended builds, {self.form.method}",
                      f"{self.ended} of {moments} builds ended ({', '.join(WAYS)}), at most "
                      f"{slowest * 1000:.0f} ms late, {len(self.problems)} problems", self.problems)

    def end_build(self, way: str) -> None:
        """Starts a build, ends it at a random moment in this way."""
        connection = self.server.connect(client_min_messages="error")
        pid = connection.info.backend_pid
        moment = self.dice.uniform(0, self.whole)
        if way == "timeout":
            connection.execute(f"SET statement_timeout = {int(moment * 1000) + 1}")
        over: list[float] = []
        restarts = self.server.restarts()
        builder = threading.Thread(target=self.build, args=(connection, over))
        start = time.monotonic()
        builder.start()
        time.sleep(moment)
        is_building = builder.is_alive()
        if is_building:
            self.act(way, pid)
        acted = start + moment
        builder.join()
        if way != "kill server" and over:
            self.latencies.append(over[0] - acted)
        if way == "kill server" and is_building:
            self.server.start()
        elif way == "kill worker" and over:
            wait_until(lambda: self.server.restarts() > restarts)
        wait_until(self.server.is_up)
        if way not in CRASHES and self.server.restarts() > restarts:
            self.problems.append(f"{way}: the server crashed")
        # A session that is terminated tells its client before it gives its files back.
        wait_until(lambda: not self.server.execute(
            f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"))
        if not over or way == "kill server":  # which may have been just too late
            self.server.execute(f"DROP INDEX IF EXISTS {self.form.index}")

    def build(self, connection: psycopg.Connection, over: list[float]) -> None:
        try:
            self.form.create_index(connection)
        except psycopg.Error as error:
            over.append(time.monotonic())
            self.ended += 1
            if error.sqlstate not in (None, "57014", "57P01", "57P02"):
                self.problems.append(f"{error.sqlstate}: {error}")
        finally:
            connection.close()

    def act(self, way: str, pid: int) -> None:
        if way == "cancel":
            self.server.execute(f"SELECT pg_cancel_backend({pid})")
        elif way == "terminate":
            self.server.execute(f"SELECT pg_terminate_backend({pid})")
        elif way == "kill server":
            self.server.kill()
        elif way == "kill worker":
            workers = self.server.execute(
                f"SELECT pid FROM pg_stat_activity WHERE leader_pid = {pid}")
            try:
                os.kill(workers[0][0] if workers else pid, signal.SIGKILL)
            except ProcessLookupError:  # it has ended by itself
                pass

    def look(self, number: int) -> None:
        """Nothing is left, and the table works."""
        with self.server.connect() as connection:
            rows, = connection.execute(f"SELECT count(*) FROM {self.form.table}").fetchone()
            left, = connection.execute("SELECT count(*) FROM pg_class WHERE relname = %s",
                                       (self.form.index,)).fetchone()
            connection.execute("CHECKPOINT")  # removes the files of dropped relations
        if rows != ROWS or left:
            self.problems.append(f"moment {number}: {rows} rows, {left} indexes")
        extra = self.temporary_files()
        if WAYS[number % len(WAYS)] not in CRASHES:
            extra |= self.relation_files() - self.before
        self.before |= self.relation_files()
        if extra:
            self.problems.append(f"moment {number}: files are left: {sorted(extra)}")

    def relation_files(self) -> set[str]:
        """After a crash PostgreSQL leaves the file of the relation that was being made."""
        return {str(path) for path in self.server.data.glob("base/5/[0-9]*")}

    def temporary_files(self) -> set[str]:
        """Spilled rows, and shared memory beyond the segments that the server always has."""
        spilled = {str(path) for path in self.server.data.glob("base/pgsql_tmp/*")}
        segments = {str(path) for path in self.server.data.glob("pg_dynshmem/*")}
        return spilled | (segments if len(segments) > OWN_SEGMENTS else set())

    def rebuild(self) -> None:
        with self.server.connect() as connection:
            self.form.create_index(connection)
            self.problems += check(connection, self.form, self.form.vector(self.seed, 1)).problems
