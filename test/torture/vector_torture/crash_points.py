"""R6: the server crashes right behind each kind of record that an index writes.

Needs the library that `make crash-module` builds: its setting vector.crash_at ends the process
behind the n-th record of one kind, which is in the WAL by then. Which kinds there are the library
tells by itself, so that none can be forgotten. The bounded form crashes once at each; with a number
of rounds it is so often in each statement that comes to it, by each form of index.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import psycopg

from .check import check, check_after_vacuum, rows_by_table
from .figure import Figure, Run
from .forms import CENTRES, FORMS, Form
from .server import Server, wait_until

LIBRARY = "vector_crash"
ROWS = 900
SETTINGS = {"restart_after_crash": "on", "max_parallel_maintenance_workers": "0"}
POINT = re.compile(r"LOG:  (?:00000: )?crash point (\S+)")


def run(run: Run) -> Iterator[Figure]:
    tries = run.rounds or (5 if run.is_long else 0)
    for method in run.methods:
        name = f"R6 crash points, {method}"
        with Server(run.place, "crashes", SETTINGS).create() as server:
            if not use_library(server):
                yield Figure(name, "skipped, there is no library with crash points",
                             is_skipped=True)
                continue
            crashes = Crashes(server, run.seed, tries)
            for form in forms_of(method):
                crashes.crash_everywhere(form)
            yield crashes.figure(name)


def forms_of(method: str) -> Sequence[Form]:
    """Those of all tests, and one whose rows lie apart from their nodes, or in the table."""
    further = (Form("hnsw", "items", 2100, "m = 8") if method == "hnsw" else
               Form("ivfflat", "heap", 64, "lists = 12, vectors = heap"))
    return *FORMS[method], further


def use_library(server: Server) -> bool:
    """Functions of the extension are those of the other library from now on."""
    if not list(server.place.library_directory().glob(f"{LIBRARY}.*")):
        return False
    server.execute(f"UPDATE pg_proc SET probin = '$libdir/{LIBRARY}' "
                   "WHERE probin = '$libdir/vector'")
    return True


@dataclass(frozen=True)
class Step:
    """`before` commits, `statement` is to crash. Inserted and deleted keys count if it does not."""

    name: str
    before: Sequence[str]
    statement: str
    inserts: Sequence[int] = ()
    settings: Sequence[str] = ()


class Crashes:
    def __init__(self, server: Server, seed: int, tries: int) -> None:
        self.server, self.seed, self.tries = server, seed, tries  # 0: one for all that come to it
        self.dice = random.Random(seed)
        self.crashed: Counter[str] = Counter()
        self.points: set[str] = set()
        self.attempts = self.clean = 0
        self.problems: list[str] = []

    def crash_everywhere(self, form: Form) -> None:
        """Steps follow each other on one table, which so grows old."""
        self.form = replace(form, copies=1)
        self.next_key = count(ROWS)
        rows = ROWS // 8 if form.dims > 1000 else ROWS
        self.batch = rows // 6
        self.keys = set(range(rows))
        with self.server.connect() as connection:
            self.form.create(connection, self.seed, sorted(self.keys))
        passes = self.passes()
        for name, points in passes.items():
            self.points |= points.keys()
            for point, times in sorted(points.items()):
                for number in self.numbers(point, times):
                    self.crash_at(name, point, number)

    def numbers(self, point: str, times: int) -> list[int]:
        """Which of the records of a kind: the first, the last, others. None or more than once."""
        if self.tries == 0:
            return [] if point in self.crashed else [self.dice.randint(1, times)]
        return [1, times, *(self.dice.randint(1, times) for _ in range(self.tries))][:self.tries]

    # --- what is done to the index

    STEPS = ("insert", "vacuum", "insert into what is free", "rebuild", "rebuild in 1 MB")

    def step(self, name: str) -> Step:
        table, index = self.form.table, self.form.index
        if name.startswith("rebuild"):
            memory = "1MB" if "1 MB" in name else "64MB"
            return Step(name, (), f"REINDEX INDEX {index}",
                        settings=(f"SET maintenance_work_mem = '{memory}'",))
        vacuum = f"VACUUM (INDEX_CLEANUP on) {table}"
        if name == "insert":
            return self.insertion(name)
        arrivals = self.insertion(name)
        self.keys |= set(arrivals.inserts)
        before = [arrivals.statement, self.delete(self.victims())]
        if name == "vacuum":
            return Step(name, before, vacuum)
        return replace(self.insertion(name), before=[*before, vacuum])

    def insertion(self, name: str) -> Step:
        keys = [next(self.next_key) for _ in range(self.batch)]
        values = ", ".join(f"({key}, 1, '{self.form.vector(self.seed, key)}')" for key in keys)
        return Step(name, (), f"INSERT INTO {self.form.table} VALUES {values}", keys)

    def victims(self) -> list[int]:
        """All rows near one centre, so that lists become empty, and some of all."""
        centre = self.dice.randrange(CENTRES)
        near = [key for key in sorted(self.keys) if key % CENTRES == centre]
        rest = [key for key in sorted(self.keys) if key % CENTRES != centre]
        return near + self.dice.sample(rest, min(len(rest), self.batch // 2))

    def delete(self, keys: Sequence[int]) -> str:
        self.keys -= set(keys)
        return f"DELETE FROM {self.form.table} WHERE id IN ({', '.join(map(str, keys))})"

    # --- crashes

    def passes(self) -> dict[str, Counter[str]]:
        """How often each step comes to each point."""
        result = {}
        for name in self.STEPS:
            step = self.step(name)
            start = len(self.server.log.read_text(errors="replace"))
            self.perform(step, "?")
            text = self.server.log.read_text(errors="replace")[start:]
            result[name] = Counter(POINT.findall(text))
        return result

    def perform(self, step: Step, crash_at: str) -> bool:
        """Returns whether the server lived through it."""
        with self.server.connect(client_min_messages="error") as connection:
            for statement in *step.before, *step.settings:
                connection.execute(statement)
            connection.execute(f"SET vector.crash_at = '{crash_at}'")
            try:
                connection.execute(step.statement)
            except psycopg.OperationalError:
                if not connection.closed:
                    raise
                return False
        self.keys |= set(step.inserts)
        return True

    def crash_at(self, name: str, point: str, number: int) -> None:
        """The table is another one each time: where it has no n-th record, the first does."""
        restarts = self.server.restarts()
        for tried in number, *[1] * 10:
            if not self.perform(self.step(name), f"{point}:{tried}"):
                break
        else:
            return
        self.attempts += 1
        self.crashed[point] += 1
        wait_until(lambda: self.server.restarts() > restarts)
        wait_until(self.server.is_up)
        found = self.look()
        self.clean += not found
        self.problems += [f"{name}, {point}:{tried}: {problem}" for problem in found]

    def look(self) -> list[str]:
        """Rows and index as they must be, as recovery left them and as they are used on."""
        query = self.form.vector(self.seed, self.attempts)
        with self.server.connect() as connection:
            with connection.transaction():
                rows = {key for key, _ in rows_by_table(connection, self.form)}
            problems = [f"{self.form.index}: {what} rows {sorted(keys)[:5]}"
                        for what, keys in (("lost", self.keys - rows), ("phantom", rows - self.keys))
                        if keys]
            return (problems + check(connection, self.form, query).problems
                    + check_after_vacuum(connection, self.form, query).problems)

    def figure(self, name: str) -> Figure:
        missed = self.points - self.crashed.keys()
        problems = self.problems + [f"no crash at {point}" for point in sorted(missed)]
        lost = sum("lost rows" in problem for problem in self.problems)
        phantom = sum("phantom rows" in problem for problem in self.problems)
        return Figure(name, f"{self.attempts} crashes at {len(self.crashed)} of {len(self.points)} "
                      f"points, {lost} lost, {phantom} phantom, "
                      f"checker clean {self.clean}/{self.attempts}", problems)
