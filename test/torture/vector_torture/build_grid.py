"""R24: builds with every number of workers, next to memory in odd steps and many dimensions.

The grid is that of CVE-2026-3172, where a size wrapped around in a parallel build. Under a build
with AddressSanitizer (see docs/reliability.md) a report ends the server, which is a finding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import psycopg

from .check import BY_INDEX, BY_TABLE, set_local, structure
from .figure import Figure, Run
from .forms import Form, text_of
from .server import Server

WORKERS = (0, 1, 2, 3, 4)
KILOBYTES = (1024, 1979, 16411)
LONG_KILOBYTES = tuple(1024 + 64 * step for step in range(9)) + (1979, 2731, 4093, 8209, 16411,
                                                                 40961, 131101)
DIMS = (3, 65, 1999)
LONG_DIMS = (1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 257, 383, 500,
             511, 513, 768, 784, 1000, 1023, 1025, 1281, 1535, 1537, 1793, 1999, 2000)
LISTS, QUERIES, NEAREST = 20, 40, 10
MOST_LOSS = 0.005
SEARCH = {"ivfflat": {"ivfflat.probes": "5"}, "hnsw": {"hnsw.ef_search": "20"}}
TOO_LITTLE = "memory required is"  # of ivfflat: k-means has a least amount


def run(run: Run) -> Iterator[Figure]:
    settings = {"max_worker_processes": "16", "max_parallel_workers": "8",
                "max_parallel_maintenance_workers": "4"}
    dims = LONG_DIMS if run.is_long else DIMS
    kilobytes = LONG_KILOBYTES if run.is_long else KILOBYTES
    for method in run.methods:
        with Server(run.place, "grid", settings).create() as server:
            grid = Grid(server, method, run.seed)
            for count in dims[:run.rounds]:
                grid.build_all(count, kilobytes)
            yield grid.figure()


class Grid:
    def __init__(self, server: Server, method: str, seed: int) -> None:
        self.server, self.method, self.seed = server, method, seed
        self.builds = self.refused = 0
        self.recalls: dict[int, list[float]] = defaultdict(list)  # by workers, of equal builds
        self.problems: list[str] = []

    def build_all(self, dims: int, kilobytes: Sequence[int]) -> None:
        form = Form(self.method, f"grid_{dims}", dims,
                    f"lists = {LISTS}" if self.method == "ivfflat" else "m = 8")
        dice = np.random.default_rng([self.seed, dims])
        with self.server.connect(client_min_messages="error") as connection:
            queries = self.fill(connection, form, dice)
            truth = [self.nearest(connection, form, query, BY_TABLE) for query in queries]
        for memory in kilobytes:
            for workers in WORKERS:
                self.build(form, memory, workers, queries, truth)

    def fill(self, connection: psycopg.Connection, form: Form,
             dice: np.random.Generator) -> list[str]:
        """A table of rows around some centres, and queries."""
        rows = int(np.clip(100000 // form.dims, 300, 3000))
        centres = dice.normal(size=(LISTS, form.dims)) / 2
        form.create(connection, self.seed, (), index=False)
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY {form.table} FROM STDIN") as copy:
                for key in range(rows):
                    copy.write_row((key, 1, text_of(
                        centres[key % LISTS] + dice.normal(size=form.dims))))
        connection.execute(f"ANALYZE {form.table}")
        return [text_of(centres[number % LISTS] + dice.normal(size=form.dims))
                for number in range(QUERIES)]

    def nearest(self, connection: psycopg.Connection, form: Form, query: str,
                settings: dict[str, str]) -> list[float]:
        distance = f"embedding <-> '{query}'"
        with connection.transaction():
            set_local(connection, settings)
            return [row[0] for row in connection.execute(
                f"SELECT {distance} FROM {form.table} ORDER BY {distance} LIMIT {NEAREST}")]

    def build(self, form: Form, memory: int, workers: int, queries: Sequence[str],
              truth: Sequence[Sequence[float]]) -> None:
        where = f"{form.index}, {memory} kB, {workers} workers"
        try:
            with self.server.connect(client_min_messages="error", statement_timeout="300s",
                                     maintenance_work_mem=f"{memory}kB") as connection:
                connection.execute(f"ALTER TABLE {form.table} SET (parallel_workers = {workers})")
                self.builds += 1
                form.create_index(connection)
                self.problems += [f"{where}: {what}" for what in structure(connection, form)]
                self.recalls[workers].append(self.recall(connection, form, queries, truth))
                connection.execute(f"DROP INDEX {form.index}")
        except psycopg.Error as error:
            if TOO_LITTLE in str(error):
                self.refused += 1
            else:
                self.problems.append(f"{where}: {error.sqlstate}: {error}")

    def recall(self, connection: psycopg.Connection, form: Form, queries: Sequence[str],
               truth: Sequence[Sequence[float]]) -> float:
        settings = {**BY_TABLE, **BY_INDEX, "enable_indexscan": "on", **SEARCH[self.method]}
        found = 0
        for query, exact in zip(queries, truth):
            found += sum(distance <= exact[-1] + 1e-6
                         for distance in self.nearest(connection, form, query, settings))
        return found / (len(queries) * NEAREST)

    def figure(self) -> Figure:
        recalls = {workers: float(np.mean(values)) for workers, values in self.recalls.items()}
        least = min(recalls.values(), default=0)
        serial = recalls.get(0, 1)
        problems = self.problems + self.server.crashes()
        if least < serial - MOST_LOSS:
            problems.append(f"recall with 0 to 4 workers: {recalls}")
        return Figure(f"R24 grid of builds, {self.method}",
                      f"{self.builds} builds ({self.refused} refused: too little memory), "
                      f"{len(problems)} problems, recall@10 serial {serial:.4f}, parallel at least "
                      f"{least:.4f}", problems)
