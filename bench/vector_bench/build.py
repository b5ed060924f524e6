"""Building an index: seconds, bytes of the index, bytes of WAL."""

from __future__ import annotations

from dataclasses import dataclass

from .metrics import METRICS
from .servers import SCHEMA, Server
from .specs import IndexSpec
from .watched import OF_INDEX, run_watched

INDEX = "items_v"


@dataclass(frozen=True)
class Build:
    """One build; index_bytes counts all forks."""

    seconds: float
    index_bytes: int
    wal_bytes: int


def statement(index: IndexSpec, type_name: str, metric: str) -> str:
    """CREATE INDEX for the column v of the table items."""
    options = ", ".join(f"{name} = {value}" for name, value in index.options)
    return (f"CREATE INDEX {INDEX} ON {SCHEMA}.items USING {index.method} "
            f"(v {METRICS[metric].opclass(type_name)})" + (f" WITH ({options})" if options else ""))


def build_index(server: Server, index: IndexSpec, type_name: str, metric: str) -> Build:
    """Builds the index anew, right after a checkpoint."""
    drop_index(server)
    server.checkpoint()
    before = server.wal_position()
    seconds = run_watched(server, statement(index, type_name, metric), OF_INDEX)
    wal_bytes = server.wal_position() - before
    size = server.value(f"SELECT pg_total_relation_size('{SCHEMA}.{INDEX}')")
    return Build(seconds, int(size), wal_bytes)


def drop_index(server: Server) -> None:
    server.admin.execute(f"DROP INDEX IF EXISTS {SCHEMA}.{INDEX}")
