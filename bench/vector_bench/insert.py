"""Single-row INSERTs, and VACUUM after deleting a tenth of the rows.

The last rows of the data set are held back from the table and the index is built without
them; they wait in a side table. A transaction of pgbench fetches the next one into a client
variable and inserts it from there as a text parameter of a prepared statement. Only the
INSERT is counted: its mean latency is pgbench's own (-r).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import pgbench
from .build import build_index, drop_index
from .load import copy_rows, make_table
from .options import Options
from .pinning import chosen_core, pinned
from .progress import bar, say
from .results import Case
from .servers import SCHEMA, Server
from .specs import IndexSpec
from .watched import OF_VACUUM, run_watched

SCRIPT = f"""\
\\set i :i + 1
\\set row :first + :client_id * :share + :i - 1
SELECT id, v FROM {SCHEMA}.held_back WHERE id = :row \\gset
INSERT INTO {SCHEMA}.items (id, v) VALUES (:id, :v);
"""


@dataclass(frozen=True)
class Slice:
    """Rows first ... first + clients * share - 1, inserted in one run."""

    first: int
    clients: int
    share: int

    @property
    def rows(self) -> int:
        return self.clients * self.share


def slices(first: int, rows: int, clients: Sequence[int], rounds: int) -> list[list[Slice]]:
    """For each round and number of clients a slice of its own out of `rows` rows."""
    each = rows // (rounds * len(clients))
    result = []
    for _ in range(rounds):
        result.append([])
        for count in clients:
            result[-1].append(Slice(first, count, each // count))
            first += each
    return result


def hold_back(server: Server, values: np.ndarray, options: Options, index: IndexSpec,
              metric: str) -> None:
    """Moves the last insert_rows of the (n, d) values out of items and rebuilds the index."""
    first = len(values) - options.insert_rows
    say(f"server {server.name}: building {index.name} without the rows to insert")
    drop_index(server)
    make_table(server, "held_back", options.type, "default")
    copy_rows(server, "held_back", values[first:], options.type, first)
    server.admin.execute(f"ALTER TABLE {SCHEMA}.held_back ADD PRIMARY KEY (id)")
    server.admin.execute(f"VACUUM (FREEZE, ANALYZE) {SCHEMA}.held_back")
    server.admin.execute(f"DELETE FROM {SCHEMA}.items WHERE id >= {first}")
    server.admin.execute(f"VACUUM (FREEZE, ANALYZE) {SCHEMA}.items")
    build_index(server, index, options.type, metric)


def insert_slice(server: Server, case: Case, part: Slice, options: Options, script: Path) -> None:
    """Inserts one slice; adds rows a second and WAL bytes a row to the case."""
    variables = {"i": "0", "first": str(part.first), "share": str(part.share)}
    server.checkpoint()
    before = server.wal_position()
    with pinned(server, chosen_core(options.pin_core, options.pin), part.clients) as pinning:
        output = pgbench.Run(
            program=options.pgbench, server=server.name, conninfo=server.conninfo(),
            scripts=[script], length=["-t", str(part.share)], clients=part.clients,
            core=pinning.core, variables=variables, extra=["-r"]).execute()
    wal_bytes = server.wal_position() - before
    milliseconds = pgbench.insert_latency_of(output)
    case.insert_pinning[part.clients] = str(pinning)
    case.insert_rows_per_second.setdefault(part.clients, []).append(
        1000 * part.clients / max(milliseconds, 0.0005))  # pgbench prints whole microseconds
    case.insert_wal_bytes_per_row.setdefault(part.clients, []).append(wal_bytes / part.rows)


def measure_inserts(cases: Sequence[tuple[Server, Case]], rows: int, options: Options,
                    folder: Path) -> None:
    """Inserts into all servers round by round; `rows` is the number of rows afterwards."""
    script = folder / "insert.sql"
    script.write_text(SCRIPT)
    rounds = slices(rows - options.insert_rows, options.insert_rows, options.clients,
                    options.rounds)
    runs = [(server, case, part) for parts in rounds for part in parts for server, case in cases]
    for server, case, part in bar(runs, "inserts", "runs"):
        with server.blamed():
            insert_slice(server, case, part, options, script)


def measure_vacuum(server: Server) -> float:
    """Seconds of VACUUM by one process, after deleting every tenth row."""
    server.admin.execute(f"DELETE FROM {SCHEMA}.items WHERE id % 10 = 3")
    server.checkpoint()
    say(f"server {server.name}: vacuum")
    return run_watched(server, f"VACUUM (INDEX_CLEANUP on, PARALLEL 0) {SCHEMA}.items", OF_VACUUM)
