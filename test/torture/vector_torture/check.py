"""Whether an index agrees with its table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import psycopg

from .forms import Form

# A scan that ends when there is nothing left to visit.
EXHAUSTIVE = {
    "ivfflat": {"ivfflat.probes": "32768"},
    "hnsw": {"hnsw.ef_search": "200", "hnsw.iterative_scan": "relaxed_order",
             "hnsw.max_scan_tuples": "2147483647", "hnsw.scan_mem_multiplier": "100"},
}
BY_INDEX = {"enable_seqscan": "off", "enable_sort": "off"}
BY_TABLE = {"enable_indexscan": "off", "enable_bitmapscan": "off", "enable_seqscan": "on"}


@dataclass
class Verdict:
    """What is wrong with an index; `unreached` rows are in no search's reach."""

    problems: list[str] = field(default_factory=list)
    unreached: int = 0
    rows: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.problems


def set_local(connection: psycopg.Connection, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, true)", (name, value))


def rows_by_table(connection: psycopg.Connection, form: Form) -> list[tuple]:
    """(id, version) of all rows that the snapshot sees. REQUIRES: a transaction."""
    set_local(connection, BY_TABLE)
    return connection.execute(f"SELECT id, version FROM {form.table}").fetchall()


def rows_by_index(connection: psycopg.Connection, form: Form, query: str,
                  limit: int | None = None) -> list[tuple]:
    """(id, version) as the index scan gives them, exhaustive unless there is a limit."""
    set_local(connection, {**BY_TABLE, **BY_INDEX, "enable_indexscan": "on"})
    if limit is None:
        set_local(connection, EXHAUSTIVE[form.method])
    sql = (f"SELECT id, version FROM {form.table} ORDER BY embedding <-> '{query}'"
           + (f" LIMIT {limit}" if limit else ""))
    plan = connection.execute(f"EXPLAIN {sql}").fetchall()
    if not any(form.index in line for line, in plan):
        raise RuntimeError(f"{form.index} is not used: {plan}")
    return connection.execute(sql).fetchall()


def compare(connection: psycopg.Connection, form: Form, query: str) -> Verdict:
    """Table and index in one snapshot. Rows that a scan of hnsw does not reach are only counted."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        expected = rows_by_table(connection, form)
        found = Counter(rows_by_index(connection, form, query))
    verdict = Verdict(rows=len(expected))
    verdict.problems += [f"{form.index}: row {row} comes {times} times"
                         for row, times in found.items() if times > 1]
    verdict.problems += [f"{form.index}: row {row} is not in the table"
                         for row in found.keys() - set(expected)]
    verdict.unreached = len(set(expected) - found.keys())
    if verdict.unreached and form.method == "ivfflat":
        verdict.problems.append(f"{form.index}: {verdict.unreached} rows are not found")
    return verdict


def has_checker(connection: psycopg.Connection) -> bool:
    return connection.execute(
        "SELECT count(*) > 0 FROM pg_proc WHERE proname = 'vector_index_check'").fetchone()[0]


def structure(connection: psycopg.Connection, form: Form) -> list[str]:
    """What the extension's own checker says, if it has one."""
    if not has_checker(connection):
        return []
    found = connection.execute(
        "SELECT block, item, what, severity FROM vector_index_check(%s::regclass, true)",
        (form.index,)).fetchall()
    return [f"{form.index}: block {block}, item {item}: {what}"
            for block, item, what, severity in found if severity == "error"]


def check(connection: psycopg.Connection, form: Form, query: str) -> Verdict:
    """Everything: the structure, and the rows that a scan finds."""
    problems = structure(connection, form)
    verdict = compare(connection, form, query)
    verdict.problems = problems + verdict.problems
    return verdict


def check_after_vacuum(connection: psycopg.Connection, form: Form, query: str) -> Verdict:
    """As check(); but a vacuum with something to do has gone before, and all rows are reached.

    REQUIRES: no row has the id -1.
    """
    connection.execute(f"INSERT INTO {form.table} VALUES (-1, 1, %s)", (query,))
    connection.execute(f"DELETE FROM {form.table} WHERE id = -1")
    connection.execute(f"VACUUM (INDEX_CLEANUP on) {form.table}")
    verdict = check(connection, form, query)
    if verdict.unreached and form.method == "hnsw":
        verdict.problems.append(f"{form.index}: {verdict.unreached} rows are not reached")
    return verdict
