"""psycopg 3: parameters on the server's side in both formats, adapted types, pipelines, COPY."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg.adapt import Buffer, Dumper, Loader, PyFormat
from psycopg.pq import Format
from psycopg.types import TypeInfo

from adapter import CLASSES, HalfVector, SparseVector, Vector
from context import OWN_TYPES, TABLES, TYPES, Type


def register(connection: psycopg.Connection, name: str) -> None:
    """Adapts a type, and arrays of it, in both formats."""
    info = TypeInfo.fetch(connection, name)
    info.register(connection)
    for kind in Format:
        key = "wire" if kind == Format.BINARY else "text"
        connection.adapters.register_dumper(CLASSES[name], dumper_of(info.oid, kind, key))
        connection.adapters.register_loader(info.oid, loader_of(CLASSES[name], kind, key))


def dumper_of(type_oid: int, kind: Format, key: str) -> type[Dumper]:
    class TypeDumper(Dumper):
        oid = type_oid
        format = kind

        def dump(self, value: object) -> Buffer:
            data = getattr(value, key)
            return data if isinstance(data, bytes) else data.encode()

    return TypeDumper


def loader_of(cls: type, kind: Format, key: str) -> type[Loader]:
    class TypeLoader(Loader):
        format = kind

        def load(self, data: Buffer) -> object:
            if key == "wire":
                return cls.from_wire(bytes(data))
            return cls.from_text(bytes(data).decode())

    return TypeLoader


class Psycopg(unittest.TestCase):
    def setUp(self) -> None:
        self.connection = psycopg.connect("", autocommit=True)
        self.addCleanup(self.connection.close)
        self.connection.execute(TABLES)

    @contextmanager
    def table(self, kind: Type) -> Iterator[None]:
        """A subtest with an empty table of the type."""
        with self.subTest(type=kind.name):
            self.connection.execute(TABLES)
            self.connection.execute(kind.create)
            yield

    def stored(self) -> list[tuple]:
        return self.connection.execute(
            "SELECT id, value::text, list::text[] FROM items ORDER BY id").fetchall()

    def test_writes_strings_of_unknown_type(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                self.connection.cursor().executemany(
                    f"INSERT INTO items VALUES (%s, %s, %s::text[]::{kind.column}[])", kind.rows)
                self.assertEqual(self.stored(), kind.rows)

    def test_keeps_statements_prepared(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                for id, value, items in kind.rows * 2:
                    self.connection.execute(
                        f"INSERT INTO items VALUES (%t, %t, %t) /* {kind.name} */ "
                        "ON CONFLICT (id) DO UPDATE SET value = EXCLUDED.value",
                        (id, value, "{}"), prepare=True)
                values = [value for _, value, _ in self.stored()]
                self.assertEqual(values, [*kind.texts, None])

    def test_adapted_values_survive_in_both_formats(self) -> None:
        for kind in OWN_TYPES:
            register(self.connection, kind.name)
            values = [CLASSES[kind.name].from_wire(wire) for wire in kind.wires]
            for written in PyFormat.TEXT, PyFormat.BINARY:
                for binary in False, True:
                    with self.subTest(type=kind.name, written=written, binary=binary):
                        cursor = self.connection.cursor(binary=binary)
                        for value, text in zip(values, kind.texts):
                            mark = f"%{written.value}"
                            found = cursor.execute(
                                f"SELECT {mark}, {mark}, {mark}::text, NULL::{kind.name}",
                                (value, [value, None], value)).fetchone()
                            self.assertEqual(found, (value, [value, None], text, None))

    def test_copies_rows_as_text_and_binary(self) -> None:
        for kind in OWN_TYPES:
            register(self.connection, kind.name)
            cls = CLASSES[kind.name]
            rows = [(id, wire and cls.from_wire(wire)) for id, wire, _ in kind.wire_rows]
            for format in "text", "binary":
                with self.table(kind), self.connection.cursor() as cursor:
                    into = f"COPY items (id, value) FROM STDIN (FORMAT {format})"
                    with cursor.copy(into) as copy:
                        copy.set_types(["int4", kind.name])
                        for row in rows:
                            copy.write_row(row)
                    query = "SELECT id, value FROM items ORDER BY id"
                    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT {format})") as copy:
                        copy.set_types(["int4", kind.name])
                        self.assertEqual(list(copy.rows()), rows)

    def test_binary_results_are_the_documented_bytes(self) -> None:
        for kind in TYPES:
            with self.subTest(type=kind.name):
                for value in kind.values:
                    result = self.connection.pgconn.exec_params(
                        f"SELECT $1::{kind.column}".encode(), [value.wire], param_formats=[1],
                        result_format=1)
                    self.assertEqual(result.get_value(0, 0), value.wire)

    def test_sends_many_rows_in_a_pipeline(self) -> None:
        register(self.connection, "vector")
        self.connection.execute("CREATE TABLE items (id int, value vector(2))")
        with self.connection.pipeline():
            for i in range(50):
                self.connection.execute("INSERT INTO items VALUES (%s, %s)", (i, Vector((i, 1))))
            cursor = self.connection.execute(
                "SELECT value FROM items ORDER BY value <-> %b LIMIT 3", (Vector((9, 1)),))
            self.assertEqual(cursor.fetchone(), (Vector((9, 1)),))

    def test_an_error_leaves_the_pipeline_usable(self) -> None:
        with self.assertRaises(psycopg.errors.DataException):
            with self.connection.pipeline():
                self.connection.execute("SELECT %s::vector(2)", ("[1,2,3]",))
        self.assertEqual(self.connection.execute("SELECT '[1]'::vector").fetchone(), ("[1]",))

    def test_walks_through_server_side_cursors(self) -> None:
        register(self.connection, "halfvec")
        with self.connection.transaction(), \
                self.connection.cursor("walk", binary=True) as cursor:
            cursor.execute("SELECT ARRAY[i, -i]::halfvec FROM generate_series(1, 30) i")
            cursor.itersize = 7
            self.assertEqual([value for value, in cursor],
                             [HalfVector((i, -i)) for i in range(1, 31)])

    def test_the_largest_values_survive(self) -> None:
        values = [Vector([0.5] * 16000), HalfVector([-2.0] * 16000),
                  SparseVector(10**9, tuple((i * 62500, 1.5) for i in range(16000)))]
        for value in values:
            register(self.connection, value.sql_name)
            for mark in "%t", "%b":
                with self.subTest(type=value.sql_name, mark=mark):
                    cursor = self.connection.cursor(binary=mark == "%b")
                    found = cursor.execute(f"SELECT {mark}", (value,)).fetchone()[0]
                    self.assertTrue(found == value)

    def test_damaged_bytes_are_refused(self) -> None:
        for name, wire in [("vector", b""), ("vector", b"\0\2\0\0" + bytes(4)),
                           ("vector", b"\0\1\0\0\x7f\xc0\0\0"), ("halfvec", b"\0\1\0\0\x7c\0"),
                           ("sparsevec", bytes(12)), ("vector", b"\0\1\0\1" + bytes(4)),
                           ("vector", b"\0\1\0\0" + bytes(5))]:
            with self.subTest(type=name, wire=wire):
                result = self.connection.pgconn.exec_params(
                    f"SELECT $1::{name}".encode(), [wire], param_formats=[1])
                self.assertEqual(result.status, psycopg.pq.ExecStatus.FATAL_ERROR)
                self.assertEqual(self.connection.execute("SELECT 1").fetchone(), (1,))


if __name__ == "__main__":
    unittest.main()
