"""Clients that insert, update, delete and search at once, and a client that vacuums."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import psycopg

from .check import rows_by_index, rows_by_table
from .forms import CENTRES, Form
from .journal import Change, Journal
from .server import Server

LOST_CONNECTION = (None, "57P01", "57P02", "57P03", "08006", "08001")


class Load:
    """Threads, each with a session; the context ends them.

    Clients own the keys of one remainder each, so that each knows what its rows must be. A lost
    connection ends a thread and is no error. `errors` are all others. Readers look whether what
    index scans return is what their snapshots see; `violations` are rows where it is not so.
    """

    def __init__(self, server: Server, forms: Sequence[Form], journals: Sequence[Journal],
                 seed: int, keys: int, readers: int = 0) -> None:
        self.server, self.forms, self.journals = server, forms, journals
        self.seed, self.keys = seed, keys
        self.errors: list[str] = []
        self.violations: list[str] = []
        self.counts: Counter[str] = Counter()
        self.is_over = threading.Event()
        jobs: list[tuple[Callable[..., None], int]] = [(self.change, number)
                                                       for number in range(len(journals))]
        jobs += [(self.read_snapshots, number) for number in range(readers)]
        jobs.append((self.vacuum, 0))
        self.threads = [threading.Thread(target=self.guarded, args=job) for job in jobs]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def guarded(self, work: Callable[..., None], number: int) -> None:
        try:
            with self.server.connect(statement_timeout="600s") as connection:
                work(connection, number, random.Random(f"{self.seed} {number} {work.__name__}"))
        except psycopg.Error as error:
            if not (isinstance(error, psycopg.OperationalError)
                    and error.sqlstate in LOST_CONNECTION):
                self.errors.append(f"{error.sqlstate}: {error}")

    def vacuum(self, connection: psycopg.Connection, _: int, __: random.Random) -> None:
        while not self.is_over.is_set():
            for form in self.forms:
                connection.execute(f"VACUUM {form.table}")
                self.counts["vacuums"] += 1

    def read_snapshots(self, connection: psycopg.Connection, _: int, dice: random.Random) -> None:
        while not self.is_over.is_set():
            form = dice.choice(self.forms)
            queries = [form.vector(self.seed, dice.randrange(self.keys)) for _ in range(40)]
            with connection.transaction():
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                expected = dict(rows_by_table(connection, form)) if dice.random() < 0.5 else None
                results = [rows_by_index(connection, form, query, 10) for query in queries]
                results.append(rows_by_index(connection, form, queries[0]))
                expected = expected or dict(rows_by_table(connection, form))
            for rows in results:
                self.compare(form, rows, expected)
            if form.method == "ivfflat" and len(results[-1]) < len(expected):
                self.violations.append(f"{form.index}: {len(results[-1])} of {len(expected)} rows")

    def compare(self, form: Form, rows: Sequence[tuple], expected: Mapping[int, int]) -> None:
        self.counts["searches in snapshots"] += 1
        for key, version in rows:
            if expected.get(key) != version:
                self.violations.append(f"{form.index}: row {key} has version {version}, the "
                                       f"snapshot sees {expected.get(key)}")
        if len({key for key, _ in rows}) < len(rows):
            self.violations.append(f"{form.index}: a row comes twice: {sorted(rows)}")

    def change(self, connection: psycopg.Connection, number: int, dice: random.Random) -> None:
        while not self.is_over.is_set():
            form = dice.choice(self.forms)
            if dice.random() < 0.4:
                self.search(connection, form, dice)
            else:
                self.transaction(connection, form, number, dice)

    def search(self, connection: psycopg.Connection, form: Form, dice: random.Random) -> None:
        query = form.vector(self.seed, dice.randrange(self.keys))
        found = [key for key, in connection.execute(
            f"SELECT id FROM {form.table} ORDER BY embedding <-> '{query}' LIMIT 10")]
        self.counts["searches"] += 1
        if len(set(found)) < len(found):
            self.errors.append(f"{form.index}: a row comes twice: {sorted(found)}")

    def transaction(self, connection: psycopg.Connection, form: Form, number: int,
                    dice: random.Random) -> None:
        """Some changes at once; one in eight is rolled back."""
        journal = self.journals[number]
        changes = self.choose(journal, form, number, dice)
        with connection.transaction(force_rollback=dice.random() < 0.125) as transaction:
            for _, key, version in changes:
                self.apply(connection, form, key, version, journal.rows.get((form.table, key), 0))
            if not transaction.force_rollback:
                journal.attempt(changes)
        if not transaction.force_rollback:
            journal.done()
        self.counts["transactions"] += 1

    def choose(self, journal: Journal, form: Form, number: int,
               dice: random.Random) -> list[Change]:
        step = len(self.journals)
        keys = {dice.randrange(number, self.keys, step) for _ in range(dice.choice((1, 1, 1, 5)))}
        return [(form.table, key, 0 if journal.rows.get((form.table, key)) and dice.random() < 0.5
                 else dice.randrange(1, 1 << 30)) for key in sorted(keys)]

    def apply(self, connection: psycopg.Connection, form: Form, key: int, version: int,
              before: int) -> None:
        if version == 0:
            sql, values = f"DELETE FROM {form.table} WHERE id = %s", (key,)
        elif before == 0:
            sql = f"INSERT INTO {form.table} VALUES (%s, %s, %s)"
            values = (key, version, form.vector(self.seed, key, version))
        else:
            sql = f"UPDATE {form.table} SET version = %s, embedding = %s WHERE id = %s"
            values = (version, form.vector(self.seed, key, version), key)
        connection.execute(sql, values)


def first_keys(keys: int) -> list[int]:
    """Half of them, near all centres."""
    return [key for key in range(keys) if key // CENTRES % 2 == 0]


def make_tables(server: Server, forms: Sequence[Form], seed: int, keys: int) -> None:
    """Each form with version 1 of the first keys."""
    with server.connect() as connection:
        for form in forms:
            form.create(connection, seed, first_keys(keys))


def make_journals(server: Server, forms: Sequence[Form], keys: int, clients: int) -> list[Journal]:
    """Those of the tables as make_tables() leaves them."""
    return [Journal(server.place.directory / f"{server.name}.journal.{number}",
                    {(form.table, key): 1 for form in forms
                     for key in first_keys(keys) if key % clients == number})
            for number in range(clients)]


def settle(server: Server, forms: Sequence[Form], journals: Sequence[Journal]) -> list[str]:
    """Compares the tables with the journals of all clients: rows that are lost, or too many."""
    problems: list[str] = []
    shares: list[dict[tuple[str, int], int]] = [{} for _ in journals]
    with server.connect() as connection:
        for form in forms:
            for key, version in connection.execute(f"SELECT id, version FROM {form.table}"):
                shares[key % len(journals)][form.table, key] = version
    for journal, share in zip(journals, shares):
        problems += journal.settle(share)
    return problems
