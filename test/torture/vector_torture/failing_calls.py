"""R21: the n-th allocation fails. R22: the n-th write to a relation fails.

Each statement runs again and again while n grows, until it ends before the n-th call; in the
bounded form n takes only some of the values.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import psycopg

from .check import EXHAUSTIVE, check, check_after_vacuum
from .faults import MEMORY, WRITE, Faults
from .figure import Figure, Run
from .forms import FORMS, Form
from .server import Server

ROWS = 600
SETTINGS = {
    # Not enough for the index: statements have to write pages themselves.
    "shared_buffers": "1MB", "bgwriter_lru_maxpages": "0", "checkpoint_timeout": "1h",
    "max_parallel_maintenance_workers": "0", "max_connections": "10", "enable_seqscan": "off",
    "backend_flush_after": "0", "max_wal_senders": "0",
}


def run(run: Run) -> Iterator[Figure]:
    faults = Faults(run.place)
    for method in run.methods:
        for name, kind, errors, expected in (
                ("R21 failing allocations", MEMORY, [0], {"53200"}),
                ("R22 failing writes", WRITE, [errno.ENOSPC, errno.EIO], {"53100", "58030"})):
            with Server(run.place, "faults", SETTINGS, faults.environment).create() as server:
                calls = FailingCalls(run, server, faults, kind, expected)
                for form in FORMS[method]:
                    for error in errors:
                        calls.try_form(form, error)
                yield calls.figure(f"{name}, {method}")


class FailingCalls:
    """One kind of call that fails, in each of the statements."""

    def __init__(self, run: Run, server: Server, faults: Faults, kind: int,
                 expected: set[str]) -> None:
        self.server, self.faults, self.kind, self.expected = server, faults, kind, expected
        self.seed, self.is_long = run.seed, run.is_long
        self.points = run.rounds_or(8, 1 << 30)
        self.states: Counter[str] = Counter()
        self.by_statement: Counter[str] = Counter()
        self.failed = self.clean = self.checks = 0
        self.problems: list[str] = []

    def connect(self) -> None:
        """A session that has loaded whatever the statements need."""
        self.connection = self.server.connect(statement_timeout="60s")

    def try_form(self, form: Form, error: int) -> None:
        self.connect()
        form = replace(form, copies=1)
        form.create(self.connection, self.seed, range(ROWS))
        self.connection.execute("DROP TABLE IF EXISTS filler")
        self.connection.execute(
            "CREATE TABLE filler WITH (fillfactor = 50) AS "
            "SELECT number, repeat('x', 1000) FROM generate_series(1, 800) number")
        for name, statement in self.statements(form).items():
            self.prepare(form)
            self.attempt(statement)  # once without faults
            self.try_statement(form, name, statement, error)
            self.look(form, name)
        self.connection.close()

    def statements(self, form: Form) -> dict[str, list[str]]:
        """Each leaves the tables so that it can run again."""
        query = form.vector(self.seed, ROWS)
        exhaustive = [f"SET LOCAL {name} = {value}"
                      for name, value in EXHAUSTIVE[form.method].items()]
        search = f"SELECT id FROM {form.table} ORDER BY embedding <-> '{query}'"
        copied = f"SELECT id + 100000, 1, embedding FROM {form.table} WHERE id < 30"
        return {
            "build": [f"REINDEX INDEX {form.index}"],
            "insert": ["BEGIN", f"INSERT INTO {form.table} {copied}", "ROLLBACK"],
            "search": ["BEGIN", *exhaustive, search, "COMMIT"],
            "vacuum": [f"VACUUM (INDEX_CLEANUP on, TRUNCATE off) {form.table}"],
        }

    def prepare(self, form: Form) -> None:
        """Something to do for a vacuum, and all buffers dirty, so that others must write them."""
        self.connection.execute(
            f"UPDATE {form.table} SET version = version + 1 WHERE id % 20 = 3")
        if self.kind == WRITE:
            self.connection.execute("UPDATE filler SET number = number + 1")

    def try_statement(self, form: Form, name: str, statement: list[str], error: int) -> None:
        countdown, tried = 1, 0
        while tried < self.points:
            if name in ("vacuum", "search") or self.kind == WRITE:
                self.prepare(form)
            pid = self.connection.info.backend_pid
            with self.faults.armed(pid, self.kind, countdown, error):
                state = self.attempt(statement)
            if self.faults.hits == 0:
                return
            self.count(f"{form.index}, {name}, call {countdown}", state)
            tried += 1
            countdown += 1 if self.is_long or tried < self.points // 2 else countdown // 2

    def attempt(self, statement: list[str]) -> str:
        """The SQLSTATE, or `none` where all is well, or `lost` where the session is."""
        try:
            for part in statement:
                self.connection.execute(part)
            return "none"
        except psycopg.Error as error:
            self.message = " ".join(str(error).split())
            if self.connection.closed or error.sqlstate is None:
                return "lost"
            return error.sqlstate
        finally:
            if not self.connection.closed and self.connection.info.transaction_status:
                self.rollback()

    def rollback(self) -> None:
        try:
            self.connection.execute("ROLLBACK")
        except psycopg.Error as error:
            self.problems.append(f"ROLLBACK: {error}")

    def count(self, where: str, state: str) -> None:
        self.failed += 1
        self.by_statement[where.split(", ")[1]] += 1
        self.states[state] += 1
        if state != "none" and state not in self.expected:
            self.problems.append(f"{where}: {state}: {self.message}")
        if state == "lost":
            if self.server.postmaster() is None:
                self.server.start()
            self.connect()

    def look(self, form: Form, name: str) -> None:
        query = form.vector(self.seed, 7)
        found = (check(self.connection, form, query).problems
                 + check_after_vacuum(self.connection, form, query).problems)
        self.checks += 1
        self.clean += not found
        self.problems += [f"after {name}: {problem}" for problem in found]

    def figure(self, name: str) -> Figure:
        crashes = self.server.crashes()
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.states.items()))
        calls = ", ".join(f"{name} {count}" for name, count in self.by_statement.items())
        return Figure(name, f"{self.failed} calls ({calls}), {len(crashes)} crashes; statements by "
                      f"result: {states}; checker clean {self.clean}/{self.checks}",
                      self.problems + crashes)
