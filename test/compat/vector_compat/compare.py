"""The comparisons: results of expressions, order, aggregates, COPY, damaged bytes."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from .expressions import Expression, expressions_of
from .generate import Row
from .limits import MEANT, limits_of
from .measures import LIMIT, Operands, difference
from .report import Figure
from .servers import Server

Servers = Sequence[Server]


def compare_type(name: str, rows: Sequence[Row], servers: Servers) -> bool:
    """Everything about one type; whether all is equal."""
    for server in servers:
        server.load(rows)
    values = None
    if name != "bit":
        values = [[dense(text) for text in servers[0].probe(Expression(f"{column}::{name}"))]
                  for column in "ab"]
    equal = [compare_expression(name, expression, rows, values, servers).show()
             for expression in expressions_of(name)]
    equal.append(compare_limits(name, servers).show())
    for server in servers:
        server.keep_valid(name)
    equal.append(compare_order(name, servers).show())
    if name in ("vector", "halfvec"):
        equal.append(compare_aggregates(name, servers).show())
    equal += [figure.show() for figure in compare_copies(name, servers)]
    if name != "bit":
        equal.append(compare_damaged(name, servers).show())
    return all(equal)


def dense(text: str | None) -> dict[int, float] | None:
    """A value's elements by index, with its dimensions under -1; None for an error."""
    if text is None or text.startswith("ERROR"):
        return None
    if text.startswith("["):
        elements = dict(enumerate(map(float, text[1:-1].split(","))))
        return {**elements, -1: len(elements)}
    pairs, dimensions = text[1:].split("}/")
    split = [pair.split(":") for pair in pairs.split(",") if pair]
    return {**{int(index): float(value) for index, value in split}, -1: int(dimensions)}


def operands(a: dict[int, float], b: dict[int, float]) -> Operands:
    """Both as arrays over the indices that either has."""
    indices = sorted((a.keys() | b.keys()) - {-1})
    return Operands(np.array([a.get(i, 0.0) for i in indices], dtype=float),
                    np.array([b.get(i, 0.0) for i in indices], dtype=float))


def compare_expression(name: str, expression: Expression, rows: Sequence[Row], values,
                       servers: Servers) -> Figure:
    figure = Figure(f"{name}: {expression.sql}")
    results = [server.probe(expression) for server in servers]
    for i, (one, other) in enumerate(zip(*results)):
        figure.compared += 1
        figure.errors += one is not None and one.startswith("ERROR")
        if one == other:
            continue
        row = rows[i]
        if not excused(figure, expression, row, values and (values[0][i], values[1][i]),
                       (one, other)):
            figure.differs((row.a, row.b, row.array, row.start, row.count), one, other)
    return figure


def excused(figure: Figure, expression: Expression, row: Row, values, results) -> bool:
    """Whether unequal results are equal enough. Keeps count of why."""
    if None in results or any(result.startswith("ERROR") for result in results):
        return another_error_first(figure, expression, row, results)
    exact = row.kind == "integers" and expression.measure != "angle"
    if expression.measure is None or exact:
        return False
    a, b = values
    pair = operands(a, a if expression.measure == "norm" else b)
    if pair.at_limit(expression.measure):
        figure.add_aside("beyond float4")
        return True
    share = difference(expression.measure, pair, *map(float, results))
    figure.largest = max(figure.largest, share)
    return share <= LIMIT


def another_error_first(figure: Figure, expression: Expression, row: Row, results) -> bool:
    """Two bad elements in an array of numeric, of which each side reports another one.

    pgvector converts each element all the way before it looks at the next one; this library
    converts all to float4, then all to the element of the type. The statement fails either way.
    """
    if "numeric" not in expression.sql or not all(
            result and result.startswith("ERROR 22") for result in results):
        return False
    bad = [element for element in row.array.strip("{}").split(",") if is_bad(element)]
    if len(bad) < 2:
        return False
    figure.add_aside("another bad element first")
    return True


def is_bad(element: str) -> bool:
    """Whether it has no float4, or no binary16."""
    magnitude = abs(float(element))
    return not magnitude < 65520 or 0 < magnitude < 1e-45


def compare_limits(name: str, servers: Servers) -> Figure:
    figure = Figure(f"{name}: limits")
    for statement in limits_of(name):
        for server in servers:
            server.make_function("probe", f"SELECT {statement}")
        one, other = (server.rows("SELECT probe('', '', '', 0, 0)")[0][0] for server in servers)
        figure.compared += 1
        figure.errors += one is not None and one.startswith("ERROR")
        if one != other and statement in MEANT:
            figure.add_aside(MEANT[statement])
        elif one != other:
            figure.differs(statement, one, other)
    return figure


def compare_order(name: str, servers: Servers) -> Figure:
    """The btree order of all values, equal ones by id, and how they group."""
    figure = Figure(f"{name}: order, groups")
    for query in ("SELECT id FROM valid ORDER BY v, id", "SELECT id FROM valid ORDER BY v DESC, id",
                  "SELECT min(id), count(*) FROM valid GROUP BY v ORDER BY v"):
        one, other = (server.rows(query) for server in servers)
        figure.compared += len(one)
        if one != other:
            figure.differs(query, one[:20], other[:20])
    return figure


def compare_aggregates(name: str, servers: Servers) -> Figure:
    figure = Figure(f"{name}: avg, sum of groups")
    groups = servers[0].rows("SELECT DISTINCT vector_dims(v), id % 5 FROM valid ORDER BY 1, 2")
    for aggregate in "avg", "sum":
        query = f"SELECT {aggregate}(v) FROM valid WHERE vector_dims(v) = s AND id % 5 = n"
        for server in servers:
            server.make_function("probe", query)
        for group in [*groups, (-1, -1)]:
            one, other = (server.rows("SELECT probe('', '', '', {}, {})".format(*group))[0][0]
                          for server in servers)
            figure.compared += 1
            figure.errors += one is not None and one.startswith("ERROR")
            if one != other:
                figure.differs((aggregate, *group), one, other)
    return figure


def compare_copies(name: str, servers: Servers) -> list[Figure]:
    """COPY out of both, and of each into the other."""
    figures = []
    oids = [server.rows("SELECT typelem::int FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid "
                        "WHERE attrelid = 'valid'::regclass AND attname = 'list'")[0][0]
            for server in servers]
    for form in "text", "csv", "binary":
        figure = Figure(f"{name}: COPY {form}, bytes")
        data = [server.copy_out("valid", form) for server in servers]
        for server, theirs in zip(servers, reversed(data[:2])):
            server.copy_in(theirs, form)
            data.append(server.copy_out("copied", form))
        if form == "binary":
            data = [without_oid(found, oid) for found, oid in zip(data, oids * 2)]
        figure.compared = len(data[0])
        for found in data[1:]:
            if found != data[0]:
                figure.differs(form, len(data[0]), len(found))
        figures.append(figure)
    return figures


def without_oid(data: bytes, oid: int) -> bytes:
    """Arrays name the type of their elements, whose number depends on the database."""
    flags = 1  # there are nulls
    return data.replace(struct.pack(">ii", flags, oid), struct.pack(">ii", flags, 0))


def other_complaint(figure: Figure, name: str, damaged: bytes, one: str, other: str) -> bool:
    """Whether both refuse the bytes, for one of two reasons."""
    # pgvector 0.8.0 reads the dimensions as a signed number: too few instead of too many.
    if damaged[:1] >= b"\x80" and "at least 1" in one and "more than 16000" in other:
        figure.add_aside("negative or too many dimensions")
        return True
    # It checks each index when it is read; this library reads all of them first.
    if name == "sparsevec" and "ERROR 22000" in one and "ERROR 08P01" in other:
        figure.add_aside("too short and a bad index")
        return True
    return False


def compare_damaged(name: str, servers: Servers) -> Figure:
    """Bytes of the binary protocol with one changed, cut or appended."""
    figure = Figure(f"{name}: damaged bytes received")
    random = np.random.default_rng(7)
    wires = servers[0].rows(f"SELECT {name}_send(v) FROM valid WHERE id % 5 = 0 ORDER BY id")
    for wire, in wires:
        damaged = bytearray(wire)
        at = int(random.integers(0, min(len(damaged), 24)))
        if random.random() < 0.8:
            damaged[at] = int(random.choice([0, 1, 2, 0x7f, 0x80, 0xff]))
        else:
            damaged = damaged[:at] if random.random() < 0.7 else damaged + b"\0"
        one, other = (server.receive(name, bytes(damaged)) for server in servers)
        figure.compared += 1
        figure.errors += one.startswith("ERROR")
        if one != other and not other_complaint(figure, name, damaged, one, other):
            figure.differs(bytes(damaged).hex(), one, other)
    return figure
