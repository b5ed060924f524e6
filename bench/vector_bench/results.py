"""What was measured: plain values, kept round by round, medians on demand."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


def median(values: Sequence[float]) -> float | None:
    """The median, or None of nothing."""
    return statistics.median(values) if values else None


@dataclass
class Point:
    """One value of the swept setting. Keys of the dictionaries: numbers of clients."""

    setting: str | None
    value: str | None
    recall: float
    index_used: bool
    qps: dict[int, list[float]] = field(default_factory=dict)
    latency_us: dict[int, dict[str, float]] = field(default_factory=dict)
    pinning: dict[int, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.setting}={self.value}" if self.setting else "search"


@dataclass
class Case:
    """One index on one server."""

    server: str
    index: str
    group: int
    build_seconds: list[float] = field(default_factory=list)
    build_wal_bytes: list[int] = field(default_factory=list)
    index_bytes: int | None = None
    points: list[Point] = field(default_factory=list)
    insert_rows_per_second: dict[int, list[float]] = field(default_factory=dict)
    insert_wal_bytes_per_row: dict[int, list[float]] = field(default_factory=dict)
    insert_pinning: dict[int, str] = field(default_factory=dict)
    vacuum_seconds: float | None = None

    def curve(self, clients: int) -> tuple[list[float], list[float]]:
        """Recalls and median QPS of the points measured with that many clients."""
        measured = [point for point in self.points if point.qps.get(clients)]
        return ([point.recall for point in measured],
                [median(point.qps[clients]) for point in measured])


@dataclass
class Results:
    """A whole run; `environment` and `options` as they go into the JSON."""

    title: str
    k: int
    reference: str
    servers: list[str]
    clients: list[int]
    recall_targets: list[float]
    environment: dict[str, Any]
    options: dict[str, Any]
    dataset: dict[str, Any]
    load_seconds: dict[str, list[float]] = field(default_factory=dict)
    table_bytes: dict[str, int] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    at_recall: list[dict[str, Any]] = field(default_factory=list)
    is_complete: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
