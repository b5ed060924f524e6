"""Searching: recall over one session, QPS and latency by pgbench."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psycopg

from . import pgbench
from .build import INDEX
from .metrics import METRICS, stored
from .options import Options
from .pinning import chosen_core, pinned
from .progress import bar, shout
from .results import Point
from .servers import SCHEMA, Server

PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Workload:
    """The queries as text (what a client sends) and as scripts, the same for all servers."""

    operator: str
    k: int
    texts: list[str]
    scripts: list[Path]

    def select(self, parameter: str) -> str:
        return (f"SELECT id FROM {SCHEMA}.items "
                f"ORDER BY v {self.operator} {parameter} LIMIT {self.k}")

    def variables(self, position: int) -> dict[str, str]:
        """The variables of the position-th slice of queries, going round."""
        count = len(self.scripts)
        first = position * count
        return {f"q{number}": self.texts[(first + number) % len(self.texts)]
                for number in range(count)}


def make_workload(queries: np.ndarray, options: Options, metric: str, folder: Path) -> Workload:
    """Texts of the (q, d) queries and as many script files as one run of pgbench may have."""
    kept = stored(queries, options.type).astype("f2" if options.type == "halfvec" else "f4")
    texts = [pgbench.vector_text(row) for row in kept]
    workload = Workload(METRICS[metric].operator, options.limit, texts, [])
    for number in range(pgbench.slice_length(texts)):
        script = folder / f"search{number}.sql"
        script.write_text(workload.select(f":q{number}::{options.type}") + ";\n")
        workload.scripts.append(script)
    return workload


def returned_ids(server: Server, workload: Workload, type_name: str,
                 point: dict[str, str]) -> tuple[list[list[int]], bool]:
    """Ids returned for every query under the settings, and whether the index served them."""
    with server.connect(point) as connection:
        uses_index = index_is_used(connection, workload, type_name)
        query = workload.select(f"%s::{type_name}")
        label = " ".join(f"{name}={value}" for name, value in point.items()) or "search"
        found = [[row[0] for row in connection.execute(query, (text,), prepare=True)]
                 for text in bar(workload.texts, f"{server.name}: recall, {label}", "queries")]
    if not uses_index:
        shout(f"server {server.name}: the plan does NOT use the index ({label}): "
              "what follows measures something else. Try --set enable_seqscan=off.")
    return found, uses_index


def index_is_used(connection: psycopg.Connection, workload: Workload, type_name: str) -> bool:
    """Whether the plan of the prepared query scans the measured index."""
    connection.execute(f"PREPARE planned({type_name}) AS {workload.select('$1')}")
    text = workload.texts[0]
    row = connection.execute(f"EXPLAIN (FORMAT JSON) EXECUTE planned('{text}')").fetchone()
    nodes = [row[0][0]["Plan"]]
    while nodes:
        node = nodes.pop()
        if node.get("Index Name") == INDEX:
            return True
        nodes += node.get("Plans", [])
    return False


@dataclass(frozen=True)
class Target:
    """Where one run of pgbench goes: a server, the point measured, the number of clients."""

    server: Server
    point: Point
    clients: int

    @property
    def settings(self) -> dict[str, str]:
        return {self.point.setting: self.point.value} if self.point.setting else {}


def run_pgbench(target: Target, workload: Workload, options: Options, position: int,
                extra: Sequence[str] = ()) -> str:
    """One timed run with the position-th slice of the queries; what pgbench prints."""
    core = chosen_core(options.pin_core, options.pin)
    with pinned(target.server, core, target.clients) as pinning:
        target.point.pinning[target.clients] = str(pinning)
        return pgbench.Run(
            program=options.pgbench, server=target.server.name,
            conninfo=target.server.conninfo(target.settings), scripts=workload.scripts,
            length=["-T", str(options.seconds)], clients=target.clients, seed=position + 1,
            core=pinning.core, variables=workload.variables(position), extra=extra).execute()


def measure_rates(targets: Sequence[Target], workload: Workload, options: Options) -> None:
    """Adds QPS of every round to the points; a round goes over all targets before the next."""
    with bar(None, "QPS", "runs", options.rounds * len(targets)) as progress:
        for position in range(options.rounds):
            for target in targets:
                progress.set_description(
                    f"{target.server.name}: {target.point.label}, round {position + 1}")
                output = run_pgbench(target, workload, options, position)
                rates = target.point.qps.setdefault(target.clients, [])
                rates.append(pgbench.rate_of(output))
                progress.update()


def measure_latencies(targets: Sequence[Target], workload: Workload, options: Options) -> None:
    """Sets latency percentiles (microseconds) from one logged run a target."""
    for target in bar(targets, "latency", "runs"):
        with tempfile.TemporaryDirectory() as folder:
            prefix = Path(folder) / "log"
            run_pgbench(target, workload, options, 0, ("--log", f"--log-prefix={prefix}"))
            found = np.percentile(pgbench.latencies_of(prefix), PERCENTILES)
        target.point.latency_us[target.clients] = {
            f"p{percentile}": float(value) for percentile, value in zip(PERCENTILES, found)}
