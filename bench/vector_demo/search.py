"""The database: loading, indexing, searching, measuring."""

import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import psycopg

from .corpus import FOR_PROGRAMMERS, Package

K = 10


@dataclass
class Hit:
    name: str
    section: str
    summary: str
    similarity: float


@dataclass
class Measurement:
    recall: float  # share of the true K nearest that were found
    milliseconds: float  # median
    queries_per_second: float


def as_text(vector: np.ndarray) -> str:
    return "[" + ",".join(f"{x:.7g}" for x in vector) + "]"


def _copy_row(number: int, package: Package, vector: np.ndarray) -> bytes:
    """One row of a binary COPY; vector: dimensions, zero, then the floats."""
    embedding = struct.pack("!HH", len(vector), 0) + vector.astype(">f4").tobytes()
    texts = [text.encode() for text in (package.name, package.section, package.summary)]
    fields = [struct.pack("!i", number), *texts, embedding]
    return struct.pack("!h", len(fields)) + b"".join(struct.pack("!i", len(f)) + f for f in fields)


def load(db: psycopg.Connection, rows: Iterable[tuple[Package, np.ndarray]], dimensions: int) -> None:
    db.execute("CREATE EXTENSION IF NOT EXISTS vector")
    db.execute("DROP TABLE IF EXISTS packages")
    db.execute(
        "CREATE TABLE packages (id integer PRIMARY KEY, name text, section text, description text,"
        f" embedding vector({dimensions}))"
    )
    with db.cursor().copy("COPY packages FROM STDIN (FORMAT binary)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        for number, (package, vector) in enumerate(rows):
            copy.write(_copy_row(number, package, vector))
        copy.write(struct.pack("!h", -1))
    db.execute("VACUUM ANALYZE packages")


def build_index(db: psycopg.Connection, lists: int) -> tuple[float, int]:
    """Returns seconds and bytes."""
    start = time.perf_counter()
    db.execute(
        "CREATE INDEX packages_embedding_idx ON packages USING ivfflat (embedding vector_cosine_ops)"
        f" WITH (lists = {lists})"
    )
    seconds = time.perf_counter() - start
    return seconds, db.execute("SELECT pg_relation_size('packages_embedding_idx')").fetchone()[0]


def use_index(db: psycopg.Connection, probes: int | None) -> None:
    """Lets the server use the index with so many probes, or none at all."""
    db.execute(f"SET enable_indexscan = {'off' if probes is None else 'on'}")
    db.execute(f"SET enable_seqscan = {'on' if probes is None else 'off'}")
    if probes is not None:
        db.execute(f"SET ivfflat.probes = {probes}")
    db.execute("DISCARD PLANS")


def ask(db: psycopg.Connection, vector: np.ndarray, limit: int) -> list[Hit]:
    """The programs nearest to a question."""
    rows = db.execute(
        "SELECT name, section, description, 1 - (embedding <=> %(q)s::vector) FROM packages"
        " WHERE section <> ALL (%(unwanted)s)"
        " ORDER BY embedding <=> %(q)s::vector LIMIT %(limit)s",
        {"q": as_text(vector), "unwanted": FOR_PROGRAMMERS, "limit": limit},
    )
    return [Hit(*row) for row in rows]


def _distances(db: psycopg.Connection, query: str) -> list[float]:
    rows = db.execute(
        "SELECT embedding <=> %(q)s::vector FROM packages ORDER BY embedding <=> %(q)s::vector"
        f" LIMIT {K}",
        {"q": query},
        prepare=True,
    )
    return [row[0] for row in rows]


def answers(db: psycopg.Connection, queries: Iterable[str]) -> Iterator[tuple[list[float], float]]:
    """For each query the distances of its answers, and the seconds that it took."""
    for query in queries:
        start = time.perf_counter()
        distances = _distances(db, query)
        yield distances, time.perf_counter() - start


def measure(found: list[tuple[list[float], float]], truth: list[list[float]]) -> Measurement:
    """Compares distances, not names: packages may have equal vectors."""
    hits = sum(
        min(K, sum(distance <= exact[-1] + 1e-6 for distance in distances))
        for (distances, _), exact in zip(found, truth)
    )
    seconds = np.array([duration for _, duration in found])
    return Measurement(hits / (K * len(truth)), float(np.median(seconds)) * 1e3, len(found) / seconds.sum())
