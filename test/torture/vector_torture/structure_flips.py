"""R11: the checker finds single bits of the structure that are wrong."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import psycopg

from .check import has_checker
from .fields import Field, Pages
from .figure import Figure, Run
from .forms import FORMS, Form
from .page_flips import DamagedIndex, make_tablespaces
from .server import Server


def run(run: Run) -> Iterator[Figure]:
    for method in run.methods:
        flips = run.rounds_or(60, 1000)
        name = f"R11 checker, {method}"
        with Server(run.place, "structure").create() as server:
            with server.connect() as connection:
                if not has_checker(connection):
                    yield Figure(name, "skipped, the extension has no vector_index_check()",
                                 is_skipped=True)
                    continue
            make_tablespaces(server)
            checker = Checker(run.seed)
            for form in FORMS[method]:
                checker.damage_index(server, form, flips // len(FORMS[method]))
            yield checker.figure(name)


class Checker:
    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.results: Counter[str] = Counter()
        self.problems: list[str] = []

    def damage_index(self, server: Server, form: Form, flips: int) -> None:
        dice = random.Random(f"{self.seed} {form.index}")
        index = DamagedIndex(server, form, self.seed)
        found = self.findings(index)
        if found != "nothing":
            self.problems.append(f"{form.index} is sound, but there is {found}")
        by_name: dict[str, list[Field]] = {}
        for field in Pages(form, index.sound).fields():
            by_name.setdefault(field.name, []).append(field)
        for number in range(flips):
            # All kinds alike: else nearly all would be links of nodes.
            fields = by_name[sorted(by_name)[number % len(by_name)]]
            field = dice.choice(fields)
            bit = dice.randrange(field.first_bit, field.bits)
            self.try_bit(index, field, bit)

    def try_bit(self, index: DamagedIndex, field: Field, bit: int) -> None:
        pages = bytearray(index.sound)
        pages[field.at + bit // 8] ^= 1 << bit % 8
        index.replace(bytes(pages))
        found = self.findings(index)
        self.results[found] += 1
        if found == "nothing":
            block, offset = divmod(field.at, 8192)
            self.problems.append(
                f"{index.form.index}: not found: bit {bit} of {field.name}, block {block}, "
                f"offset {offset}")

    def findings(self, index: DamagedIndex) -> str:
        """The worst that the checker tells."""
        try:
            rows = index.connection.execute(
                "SELECT severity FROM vector_index_check(%s::regclass, true)",
                (index.form.index,)).fetchall()
        except psycopg.Error as error:
            if error.sqlstate in ("XX001", "XX002"):
                return "an error raised"
            self.problems.append(f"{index.form.index}: {error.sqlstate}: {error}")
            return f"SQLSTATE {error.sqlstate}"
        severities = {severity for severity, in rows}
        if "error" in severities:
            return "an error"
        return "a warning" if severities else "nothing"

    def figure(self, name: str) -> Figure:
        total = sum(self.results.values())
        results = ", ".join(f"{result} {count}" for result, count in sorted(self.results.items()))
        return Figure(name, f"{total - self.results['nothing']}/{total} flips of structure found "
                      f"({results})", self.problems)
