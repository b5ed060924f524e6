"""One run: loads, then measures group after group of indexes, on all servers side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import insert, search, specs
from .build import build_index, drop_index
from .datasets import Dataset
from .load import load_items
from .options import Options
from .progress import say
from .results import Case, Point, Results
from .servers import SCHEMA, Server
from .truth import Truth, recall


@dataclass(frozen=True)
class Setup:
    """What every measure reads: the data, the servers by name, a folder for scripts."""

    options: Options
    dataset: Dataset
    metric: str
    truth: Truth | None
    servers: Mapping[str, Server]
    folder: Path


@dataclass
class Entry:
    """One index on one server while it is being measured."""

    server: Server
    index: specs.IndexSpec
    case: Case


def measure(setup: Setup, results: Results) -> None:
    """Fills the results as it goes, so that an interrupted run still has what was measured."""
    options = setup.options
    indexes = options.index or specs.default_indexes(setup.dataset.rows)
    indexes = [specs.with_lists(index, options.lists) for index in indexes]
    for number, group in enumerate(specs.group_cases(indexes, list(setup.servers))):
        entries = [Entry(setup.servers[server], index, Case(server, index.title, number))
                   for server, index in group]
        results.cases += [entry.case for entry in entries]
        load(setup, results)
        build(setup, entries)
        if options.measure & {"search", "latency"}:
            measure_search(setup, entries)
        if "insert" in options.measure:
            measure_insert(setup, entries)
        if "vacuum" in options.measure:
            for entry in entries:
                with entry.server.blamed():
                    entry.case.vacuum_seconds = insert.measure_vacuum(entry.server)
        for entry in entries:
            with entry.server.blamed():
                drop_index(entry.server)
    results.is_complete = True


def load(setup: Setup, results: Results) -> None:
    """Fills the table on all servers: at the start, and when inserts or deletes changed it."""
    if results.load_seconds and not setup.options.measure & {"insert", "vacuum"}:
        return
    for server in setup.servers.values():
        say(f"server {server.name}: load")
        with server.blamed():
            seconds = load_items(server, setup.dataset.base, setup.options.type,
                                 setup.options.storage)
            results.load_seconds.setdefault(server.name, []).append(seconds)
            results.table_bytes[server.name] = int(
                server.value(f"SELECT pg_table_size('{SCHEMA}.items')"))


def build(setup: Setup, entries: list[Entry]) -> None:
    """Builds on all servers, round by round."""
    options = setup.options
    for _ in range(options.build_rounds if "build" in options.measure else 1):
        for entry in entries:
            say(f"server {entry.server.name}: build {entry.index.name}")
            with entry.server.blamed():
                done = build_index(entry.server, entry.index, options.type, setup.metric)
            entry.case.build_seconds.append(done.seconds)
            entry.case.build_wal_bytes.append(done.wal_bytes)
            entry.case.index_bytes = done.index_bytes


def measure_search(setup: Setup, entries: list[Entry]) -> None:
    """Recall of all points, then QPS in rounds over them, then latencies."""
    options = setup.options
    workload = search.make_workload(setup.dataset.queries, options, setup.metric, setup.folder)
    for entry in entries:
        with entry.server.blamed():
            entry.case.points += measure_recall(setup, entry, workload)
    targets = [search.Target(entry.server, entry.case.points[position], clients)
               for clients in options.clients
               for position in range(max(len(entry.case.points) for entry in entries))
               for entry in entries if position < len(entry.case.points)]
    if "search" in options.measure:
        say(f"QPS: {options.rounds} rounds of {len(targets)} runs of {options.seconds} s, "
            f"{len(workload.scripts)} queries a run")
        search.measure_rates(targets, workload, options)
    if "latency" in options.measure:
        say(f"latency: {len(targets)} runs of {options.seconds} s")
        search.measure_latencies(targets, workload, options)


def measure_recall(setup: Setup, entry: Entry, workload: search.Workload) -> list[Point]:
    """A point with its recall for each value of the index's sweep."""
    options = setup.options
    sweep = specs.sweep_of(entry.index, options.sweep)
    say(f"server {entry.server.name}: recall of {entry.index.name}")
    points = []
    for value in sweep.values if sweep else (None,):
        settings = {sweep.setting: value} if sweep else {}
        returned, is_used = search.returned_ids(entry.server, workload, options.type, settings)
        share = recall(setup.dataset, setup.metric, options.type, setup.truth, options.limit,
                       returned)
        points.append(Point(sweep and sweep.setting, value, share, is_used))
    return points


def measure_insert(setup: Setup, entries: list[Entry]) -> None:
    """Inserts the last rows of the data set one by one."""
    options = setup.options
    for entry in entries:
        with entry.server.blamed():
            insert.hold_back(entry.server, setup.dataset.base, options, entry.index, setup.metric)
    say(f"inserts: {options.insert_rows} rows in {options.rounds} rounds")
    insert.measure_inserts([(entry.server, entry.case) for entry in entries],
                           setup.dataset.rows, options, setup.folder)
