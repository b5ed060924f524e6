"""Recall of an index next to that of one built anew on the same rows."""

from __future__ import annotations

import psycopg

from .check import BY_INDEX, BY_TABLE, set_local
from .forms import Form
from .server import Server

QUERIES = 800
SEARCH = {"ivfflat": {"ivfflat.probes": "4"}, "hnsw": {"hnsw.ef_search": "20"}}


def distances(connection: psycopg.Connection, form: Form, query: str) -> list[float]:
    distance = f"embedding <-> '{query}'"
    rows = connection.execute(
        f"SELECT {distance} FROM {form.table} ORDER BY {distance} LIMIT 10")
    return [row[0] for row in rows]


def recall(server: Server, form: Form, seed: int) -> float:
    """Share of the ten nearest found, ties counted as found, over seeded queries."""
    found = wanted = 0
    with server.connect() as connection:
        for number in range(QUERIES):
            query = form.vector(seed, 64 * number + 63 - number % 8, number)
            with connection.transaction():
                set_local(connection, BY_TABLE)
                truth = distances(connection, form, query)
                set_local(connection, {**BY_INDEX, **SEARCH[form.method], "enable_indexscan": "on"})
                nearest = distances(connection, form, query)
            wanted += len(truth)
            found += sum(distance <= truth[-1] + 1e-6 for distance in nearest)
    return found / wanted


def recall_against_fresh(server: Server, form: Form, seed: int,
                         most_loss: float) -> tuple[str, list[str]]:
    """The two as text, and a problem where the old one finds less by more than that."""
    old = recall(server, form, seed)
    server.execute(f"REINDEX INDEX {form.index}")
    fresh = recall(server, form, seed)
    problems = []
    if old < fresh - most_loss:
        problems.append(f"{form.index}: recall {old:.4f}, fresh {fresh:.4f}")
    return f"{old:.3f} (fresh {fresh:.3f})", problems
