"""R5: kill -9 of the whole server at random moments, under load."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from . import load
from .check import check, check_after_vacuum
from .figure import Figure, Run
from .forms import FORMS, Form
from .recall import compare_with_fresh
from .server import Server

KEYS = 1600
CLIENTS = 8
MOST_LOSS = 0.005  # of recall


def run(run: Run) -> Iterator[Figure]:
    forms = [form for method in run.methods for form in FORMS[method]]
    storm = Storm(run, forms, run.rounds_or(5, 200))
    settings = {"fsync": "on", "checkpoint_timeout": "30s", "max_wal_size": "64MB"}
    with Server(run.place, "storm", settings).create() as server:
        load.make_tables(server, forms, run.seed, KEYS)
        journals = load.make_journals(server, forms, KEYS, CLIENTS)
        for number in range(storm.kills):
            storm.round(server, journals, number)
        recalls = storm.recalls(server)
    for method in run.methods:
        yield storm.figure(method, recalls[method])


class Storm:
    """Kills, and what was found after each."""

    def __init__(self, run: Run, forms: list[Form], kills: int) -> None:
        self.seed, self.forms, self.kills = run.seed, forms, kills
        self.dice = random.Random(run.seed)
        self.clean = {form.method: 0 for form in forms}
        self.unreached = {form.method: 0 for form in forms}
        self.problems: list[str] = []
        self.errors: list[str] = []

    def round(self, server: Server, journals: list[load.Journal], number: int) -> None:
        with load.Load(server, self.forms, journals, self.seed * 1000 + number, KEYS) as clients:
            time.sleep(self.dice.uniform(0.2, 3))
            server.kill()
        self.errors += clients.errors
        server.start()
        self.problems += load.settle(server, self.forms, journals)
        for method in self.clean:
            self.clean[method] += self.is_clean(server, method, number)

    def is_clean(self, server: Server, method: str, number: int) -> bool:
        """Checks as the crash has left it, then after a vacuum."""
        found: list[str] = []
        with server.connect() as connection:
            for form in self.forms:
                if form.method == method:
                    query = form.vector(self.seed, number)
                    before = check(connection, form, query)
                    self.unreached[method] = max(self.unreached[method], before.unreached)
                    found += before.problems + check_after_vacuum(connection, form, query).problems
        self.problems += [f"kill {number + 1}: {problem}" for problem in found]
        return not found

    def recalls(self, server: Server) -> dict[str, list[str]]:
        result: dict[str, list[str]] = {method: [] for method in self.clean}
        for form in self.forms:
            comparison = compare_with_fresh(server, form, self.seed)
            result[form.method].append(str(comparison))
            self.problems += comparison.problems(form, MOST_LOSS)
        return result

    def figure(self, method: str, recalls: list[str]) -> Figure:
        own = [problem for problem in self.problems if method in problem]
        lost = sum(problem.startswith("lost") for problem in own)
        phantom = sum(problem.startswith("phantom") for problem in own)
        return Figure(
            f"R5 kill storm, {method}",
            f"{self.kills} kills, {lost} lost, {phantom} phantom, {len(self.errors)} errors, "
            f"checker clean {self.clean[method]}/{self.kills}, "
            f"at most {self.unreached[method]} rows out of reach before a vacuum, "
            f"recall@10 {', '.join(recalls)}", own + self.errors)
