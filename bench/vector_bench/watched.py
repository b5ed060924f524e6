"""Long statements: timed in a session of their own, watched from another one."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait

import psycopg

from .progress import bar
from .servers import Server

POLL_SECONDS = 0.5

# Phase and percent of a statement, by the process id of its backend.
OF_INDEX = """
SELECT phase, CASE WHEN tuples_total > 0 THEN 100.0 * tuples_done / tuples_total
                   WHEN blocks_total > 0 THEN 100.0 * blocks_done / blocks_total ELSE 0 END
FROM pg_stat_progress_create_index WHERE pid = %s"""
OF_VACUUM = """
SELECT phase, 100.0 * heap_blks_scanned / greatest(heap_blks_total, 1)
FROM pg_stat_progress_vacuum WHERE pid = %s"""


def run_watched(server: Server, query: str, progress: str) -> float:
    """Seconds of the statement; cancels it when interrupted."""
    with server.connect() as connection, ThreadPoolExecutor(1) as thread:
        future = thread.submit(timed, connection, query)
        try:
            watch(server, connection.info.backend_pid, future, progress)
        except BaseException:
            connection.cancel()
            raise
        return future.result()


def timed(connection: psycopg.Connection, query: str) -> float:
    start = time.perf_counter()
    connection.execute(query)
    return time.perf_counter() - start


def watch(server: Server, backend_pid: int, future: Future, progress: str) -> None:
    """Shows phase and percent until the future is done."""
    with bar(None, server.name, "%", 100) as shown:
        while not wait([future], POLL_SECONDS).done:
            row = server.admin.execute(progress, (backend_pid,)).fetchone()
            if row is not None:
                shown.set_description(f"{server.name}: {row[0]}", refresh=False)
                shown.n = round(float(row[1]), 1)
                shown.refresh()
