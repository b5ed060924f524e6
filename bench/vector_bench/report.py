"""The table at the end: one line a measure, one column a server, ratios to the reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .curve import is_bound, rate_at
from .results import Case, Point, Results, median

MISSING = "-"


@dataclass(frozen=True)
class Row:
    """One line; a value of None is missing. A row without values is a heading."""

    label: str
    values: tuple[float | None, ...] = ()
    form: str = "{:,.2f}"
    has_ratio: bool = True
    bounds: tuple[bool | None, ...] = ()  # values that are only lower bounds, shown with '>'


def report(results: Results) -> str:
    """The whole text: what was measured, on what, and the table."""
    rows = load_rows(results)
    for group in sorted({case.group for case in results.cases}):
        rows += group_rows(results, [case for case in results.cases if case.group == group])
    table = format_table(results.servers, results.servers.index(results.reference), rows)
    return "\n".join([*heading(results), "", table, *footnotes(results)])


def heading(results: Results) -> list[str]:
    machine = results.environment["machine"]
    lines = [results.title,
             f"{machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, "
             f"load average {machine['load_average']:.1f} at the start"]
    for name, server in results.environment["servers"].items():
        settings = server["settings"]
        huge = {True: "on", False: "off", None: settings["huge_pages"] + " (not known if in use)"}
        simd = f" ({server['simd_level']})" if server["simd_level"] else ""
        lines.append(f"{name}: PostgreSQL {settings['server_version']}, vector "
                     f"{server['extension_version']}{simd}, shared_buffers "
                     f"{settings['shared_buffers']}, huge pages "
                     f"{huge[server['huge_pages_in_use']]}")
    return lines


def footnotes(results: Results) -> list[str]:
    """How to read the numbers, and whether processes were pinned."""
    rounds, seconds = results.options["rounds"], results.options["seconds"]
    lines = ["", f"QPS and inserts: median of {rounds} round(s), {seconds} s a run of QPS. "
                 f"Ratio: value / value of {results.reference}."]
    seen = {(clients, text) for case in results.cases
            for pinning in [case.insert_pinning, *(point.pinning for point in case.points)]
            for clients, text in pinning.items()}
    lines += [f"{clients_text(clients)}: {text}" for clients, text in sorted(seen)]
    if len({server["connection"] for server in results.environment["servers"].values()}) > 1:
        lines.append("CAUTION: some servers are reached by socket and some by TCP.")
    lines += [f"INDEX NOT USED: {case.server}, {case.index}, {point.label}"
              for case in results.cases for point in case.points if not point.index_used]
    if not results.is_complete:
        lines.append("INTERRUPTED: the run is not complete.")
    return lines


def clients_text(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"


def load_rows(results: Results) -> list[Row]:
    loads = [median(results.load_seconds.get(name, [])) for name in results.servers]
    sizes = [results.table_bytes.get(name) for name in results.servers]
    return [Row("load, s", tuple(loads)),
            Row("table, MB", megabytes(sizes), "{:,.1f}")]


def megabytes(values: Sequence[float | None]) -> tuple[float | None, ...]:
    return tuple(None if value is None else value / 1e6 for value in values)


def group_rows(results: Results, cases: list[Case]) -> list[Row]:
    """The lines of the indexes that were measured side by side."""
    def each(value: Callable[[Case], float | None]) -> tuple[float | None, ...]:
        by_server = {case.server: case for case in cases}
        return tuple(value(by_server[name]) if name in by_server else None
                     for name in results.servers)

    rows = [Row(group_title(cases, results.servers)),
            Row("  build, s", each(lambda case: median(case.build_seconds))),
            Row("  index, MB", megabytes(each(lambda case: case.index_bytes)), "{:,.1f}"),
            Row("  WAL of the build, MB",
                megabytes(each(lambda case: median(case.build_wal_bytes))), "{:,.1f}")]
    for label in dict.fromkeys(point.label for case in cases for point in case.points):
        rows += point_rows(results, label, lambda value: each(
            lambda case: next((value(point) for point in case.points if point.label == label),
                              None)))
    rows += equal_recall_rows(results, each)
    for clients in results.clients:
        rows += insert_rows(clients, each)
    rows.append(Row("  vacuum after deleting 10 %, s", each(lambda case: case.vacuum_seconds)))
    return [row for row in rows if not row.values or any(v is not None for v in row.values)]


def group_title(cases: list[Case], servers: Sequence[str]) -> str:
    names = {case.index for case in cases}
    if len(names) == 1 and len(cases) == len(servers):
        return names.pop()
    return ", ".join(f"{case.server}: {case.index}" for case in cases)


def point_rows(results: Results, label: str, each: Callable) -> list[Row]:
    """Recall, QPS and latency at one value of the swept setting."""
    rows = [Row(f"  {label}"),
            Row(f"    recall@{results.k}", each(lambda point: point.recall), "{:.4f}", False)]
    for clients in results.clients:
        def rate(point: Point, clients: int = clients) -> float | None:
            return median(point.qps.get(clients, []))
        rows.append(Row(f"    QPS, {clients_text(clients)}", each(rate), "{:,.0f}"))
        for name in ("p50", "p95", "p99"):
            def latency(point: Point, clients: int = clients, name: str = name) -> float | None:
                return point.latency_us.get(clients, {}).get(name)
            rows.append(Row(f"    {name}, us, {clients_text(clients)}", each(latency), "{:,.0f}"))
    return rows


def equal_recall_rows(results: Results, each: Callable) -> list[Row]:
    rows = []
    for target in results.recall_targets:
        for clients in results.clients:
            def rate(case: Case, target: float = target, clients: int = clients) -> float | None:
                return rate_at(target, *case.curve(clients))

            def bound(case: Case, target: float = target, clients: int = clients) -> bool:
                return is_bound(target, case.curve(clients)[0])
            rows.append(Row(f"  QPS at recall {target:g}, {clients_text(clients)}", each(rate),
                            "{:,.0f}", bounds=each(bound)))
    return rows


def insert_rows(clients: int, each: Callable) -> list[Row]:
    return [Row(f"  inserts, rows/s, {clients_text(clients)}",
                each(lambda case: median(case.insert_rows_per_second.get(clients, []))), "{:,.0f}"),
            Row(f"  WAL of an insert, bytes, {clients_text(clients)}",
                each(lambda case: median(case.insert_wal_bytes_per_row.get(clients, []))),
                "{:,.0f}")]


def format_table(columns: Sequence[str], reference: int, rows: Sequence[Row]) -> str:
    """Text of the table; a ratio column follows every column but the reference's."""
    names = ["", *columns]
    names += [f"{name}/{columns[reference]}" for position, name in enumerate(columns)
              if position != reference]
    lines = [names] + [[row.label, *cells(row, reference)] for row in rows]
    widths = [max((len(line[i]) for line in lines if i < len(line) and (i or len(line) > 1)),
                  default=0) for i in range(len(names))]
    text = []
    for line in lines:
        padded = [line[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:])]
        text.append("  ".join(padded).rstrip())
    return "\n".join([text[0], "-" * len(text[0]), *text[1:]])


def cells(row: Row, reference: int) -> list[str]:
    """Values and ratios of one line as text."""
    if not row.values:
        return []
    marks = [">" if bound else "" for bound in row.bounds] or [""] * len(row.values)
    result = [MISSING if value is None else mark + row.form.format(value)
              for value, mark in zip(row.values, marks)]
    others = [position for position in range(len(row.values)) if position != reference]
    return result + [ratio(row, marks, position, reference) for position in others]


def ratio(row: Row, marks: Sequence[str], position: int, reference: int) -> str:
    """Value over the reference's; none over a reference that is itself only a bound."""
    if not row.has_ratio:
        return ""
    value, base = row.values[position], row.values[reference]
    if value is None or not base or marks[reference]:
        return MISSING
    return f"{marks[position]}{value / base:.2f}"


def at_recall(results: Results) -> list[dict]:
    """QPS of every case at every target recall, for the JSON."""
    return [{"server": case.server, "index": case.index, "clients": clients, "recall": target,
             "qps": rate_at(target, *case.curve(clients)),
             "is_lower_bound": is_bound(target, case.curve(clients)[0])}
            for case in results.cases for clients in results.clients
            for target in results.recall_targets]
