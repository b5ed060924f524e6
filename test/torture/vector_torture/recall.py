"""Recall of an index next to that of others built anew on the same rows.

Graphs built of the same rows in another order find half a point more or less of a small table, so one
fresh index is no measure: there are several, of copies of the table in random orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psycopg

from .check import BY_INDEX, BY_TABLE
from .forms import Form
from .server import Server

QUERIES = 4000
FRESH = 8
SEARCH = {"ivfflat": {"ivfflat.probes": "4"}, "hnsw": {"hnsw.ef_search": "20"}}


@dataclass
class Comparison:
    """An old index, and fresh ones of the same rows. Sizes are in bytes."""

    old: float
    fresh: Sequence[float]
    old_size: int
    fresh_size: float

    @property
    def mean(self) -> float:
        return sum(self.fresh) / len(self.fresh)

    @property
    def growth(self) -> float:
        return self.old_size / self.fresh_size

    def problems(self, form: Form, most_loss: float) -> list[str]:
        if self.old >= self.mean - most_loss:
            return []
        return [f"{form.index}: recall {self.old:.4f}, fresh {self.mean:.4f}"]

    def __str__(self) -> str:
        return (f"{self.old:.4f} (fresh {self.mean:.4f}, "
                f"{min(self.fresh):.4f} to {max(self.fresh):.4f})")


def compare_with_fresh(server: Server, form: Form, seed: int) -> Comparison:
    queries = [form.vector(seed, 64 * number + 63 - number % 8, number)
               for number in range(QUERIES)]
    with server.connect() as connection:
        truth = distances(connection, form, queries, BY_TABLE)
        by_index = {**BY_TABLE, **BY_INDEX, **SEARCH[form.method], "enable_indexscan": "on"}

        def measure(measured: Form) -> tuple[float, int]:
            found = distances(connection, measured, queries, by_index)
            return share(found, truth), size_of(connection, measured)

        old, old_size = measure(form)
        fresh = []
        for number in range(FRESH):
            with fresh_copy(connection, form, number) as copy:
                fresh.append(measure(copy))
    return Comparison(old, [recall for recall, _ in fresh], old_size,
                      sum(size for _, size in fresh) / FRESH)


@contextmanager
def fresh_copy(connection: psycopg.Connection, form: Form, number: int) -> Iterator[Form]:
    """The same rows in a random order, with an index built at once."""
    copy = replace(form, kind=f"{form.kind}_fresh")
    connection.execute(f"CREATE TABLE {copy.table} AS SELECT * FROM {form.table} "
                       f"ORDER BY hashint8extended(id, {number})")
    copy.create_index(connection)
    yield copy
    connection.execute(f"DROP TABLE {copy.table}")


def distances(connection: psycopg.Connection, form: Form, queries: Sequence[str],
              settings: dict[str, str]) -> list[list[float]]:
    """Of the ten nearest rows to each query."""
    sql = (f"SELECT array(SELECT embedding <-> query FROM {form.table} "
           f"ORDER BY embedding <-> query LIMIT 10) "
           f"FROM unnest(%s::text[]::{form.type}[]) WITH ORDINALITY AS q (query, number) "
           "ORDER BY number")
    with connection.transaction():
        for name, value in settings.items():
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        is_by_index = settings.get("enable_indexscan") == "on"
        plan = connection.execute(f"EXPLAIN {sql}", (list(queries),)).fetchall()
        if is_by_index != any(form.index in line for line, in plan):
            raise RuntimeError(f"not the plan that is to be measured: {plan}")
        return [row for row, in connection.execute(sql, (list(queries),))]


def share(found: Sequence[Sequence[float]], truth: Sequence[Sequence[float]]) -> float:
    """What is found of the ten nearest; ties count as found."""
    hits = sum(sum(distance <= exact[-1] + 1e-6 for distance in nearest)
               for nearest, exact in zip(found, truth))
    return hits / sum(map(len, truth))


def size_of(connection: psycopg.Connection, form: Form) -> int:
    return connection.execute("SELECT pg_relation_size(%s)", (form.index,)).fetchone()[0]
