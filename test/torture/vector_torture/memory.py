"""R20: memory of builds and searches next to maintenance_work_mem and work_mem."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg

from .check import EXHAUSTIVE
from .figure import Figure, Run
from .forms import FORMS, Form
from .server import Server

MEGABYTE = 1 << 20
SLACK = 16 * MEGABYTE
MOST_GROWTH = 64 << 10  # of a session, by many scans
BUILD_LIMITS = (2, 8, 32)
SEARCH_LIMITS = (1, 4)


def run(run: Run) -> Iterator[Figure]:
    scans = run.rounds_or(2000, 100000)
    rows = 60000 if run.is_long else 8000
    settings = {"shared_buffers": "128MB", "max_parallel_maintenance_workers": "0"}
    for method in run.methods:
        with Server(run.place, "memory", settings).create() as server:
            form = replace(FORMS[method][1], copies=0, dims=100)
            with server.connect() as connection:
                form.create(connection, run.seed, range(rows), index=False)
            measured = Memory(server, form, run.seed)
            yield measured.builds()
            yield measured.searches()
            yield measured.session(scans)


class Memory:
    """Private memory of backends at work."""

    def __init__(self, server: Server, form: Form, seed: int) -> None:
        self.server, self.form, self.seed = server, form, seed

    def builds(self) -> Figure:
        texts, problems = [], []
        for limit in BUILD_LIMITS:
            with self.server.connect(maintenance_work_mem=f"{limit}MB",
                                     client_min_messages="error") as connection:
                connection.execute(f"DROP INDEX IF EXISTS {self.form.index}")
                used = peak(connection, lambda: self.form.create_index(connection))
            texts.append(f"{limit} MB: {used / MEGABYTE:.1f} MB")
            problems += self.judge(f"build with {limit} MB", used, limit)
        return Figure(f"R20 memory of builds, {self.form.method}", ", ".join(texts), problems)

    def searches(self) -> Figure:
        texts, problems = [], []
        for limit in SEARCH_LIMITS:
            with self.server.connect(work_mem=f"{limit}MB", enable_seqscan="off") as connection:
                for name, value in EXHAUSTIVE[self.form.method].items():
                    if name != "hnsw.scan_mem_multiplier":
                        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
                used = peak(connection, lambda: connection.execute(self.search(1, None)))
            texts.append(f"{limit} MB: {used / MEGABYTE:.1f} MB")
            problems += self.judge(f"search with {limit} MB", used, limit)
        return Figure(f"R20 memory of searches, {self.form.method}", ", ".join(texts), problems)

    def session(self, scans: int) -> Figure:
        """What one session grows by, once it has run a while."""
        with self.server.connect(enable_seqscan="off") as connection:
            contexts = []
            for number in range(scans):
                connection.execute(self.search(number % 50, 10))
                if number in (scans // 10, scans - 1):
                    contexts.append(connection.execute(
                        "SELECT sum(total_bytes) FROM pg_backend_memory_contexts").fetchone()[0])
        growth = int(contexts[1] - contexts[0])
        problems = [f"contexts grew by {growth} bytes"] if growth > MOST_GROWTH else []
        return Figure(f"R20 memory of a session, {self.form.method}",
                      f"{scans} scans: {growth / 1024:.0f} kB of growth", problems)

    def search(self, key: int, limit: int | None) -> str:
        query = self.form.vector(self.seed, key, 9)
        inner = f"SELECT id FROM {self.form.table} ORDER BY embedding <-> '{query}'"
        return f"{inner} LIMIT {limit}" if limit else f"SELECT count(*) FROM ({inner}) found"

    def judge(self, what: str, used: int, limit: int) -> list[str]:
        most = 1.1 * limit * MEGABYTE + SLACK
        return [] if used <= most else [f"{what}: {used / MEGABYTE:.1f} MB"]


def peak(connection: psycopg.Connection, work: Callable[[], object]) -> int:
    """The most bytes of private memory during some work, beyond those before it."""
    pid = connection.info.backend_pid
    idle, most = private_bytes(pid), 0
    is_over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not is_over.is_set():
            most = max(most, private_bytes(pid))
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        work()
    finally:
        is_over.set()
        watcher.join()
    return max(0, most - idle)


def private_bytes(pid: int) -> int:
    """Anonymous memory: shared buffers that a backend has touched are not its own."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) << 10
    raise RuntimeError("the kernel does not tell RssAnon")
