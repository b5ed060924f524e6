"""psycopg2: values as text, interpolated by the client; COPY in both formats."""

from __future__ import annotations

import io
import json
import struct
import unittest
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import psycopg2.extensions as extensions
from psycopg2.extras import execute_values

from context import OWN_TYPES, TABLES, TYPES, Type


class Psycopg2(unittest.TestCase):
    def setUp(self) -> None:
        self.connection = psycopg2.connect("")
        self.addCleanup(self.connection.close)
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.cursor.execute(TABLES)

    def query(self, statement: str, *parameters: object) -> list[tuple]:
        self.cursor.execute(statement, parameters or None)
        return self.cursor.fetchall()

    @contextmanager
    def table(self, kind: Type) -> Iterator[None]:
        """A subtest with an empty table of the type."""
        with self.subTest(type=kind.name):
            self.cursor.execute(TABLES)
            self.cursor.execute(kind.create)
            yield

    def stored(self) -> list[tuple]:
        """All rows; arrays of types that psycopg2 does not know would be plain text."""
        return self.query("SELECT id, value::text, list::text[] FROM items ORDER BY id")

    def test_reads_what_it_wrote(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                for id, value, items in kind.rows:
                    self.cursor.execute(
                        f"INSERT INTO items VALUES (%s, %s, %s::{kind.column}[])",
                        (id, value, items))
                self.assertEqual(self.stored(), kind.rows)
                values = self.query("SELECT value FROM items ORDER BY id")
                self.assertEqual(values, [(text,) for text in [*kind.texts, None]])

    def test_inserts_many_rows_at_once(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                execute_values(self.cursor, "INSERT INTO items VALUES %s", kind.rows,
                               template=f"(%s, %s::{kind.column}, %s::{kind.column}[])")
                self.assertEqual(self.stored(), kind.rows)

    def test_registers_types_and_their_arrays(self) -> None:
        for kind in OWN_TYPES:
            with self.subTest(type=kind.name):
                oid, array_oid = self.query(
                    "SELECT oid, typarray FROM pg_type WHERE oid = %s::regtype", kind.name)[0]
                loader = extensions.new_type((oid,), kind.name,
                                             lambda text, cursor: text and (text,))
                array = extensions.new_array_type((array_oid,), f"{kind.name}[]", loader)
                extensions.register_type(loader, self.connection)
                extensions.register_type(array, self.connection)
                text = kind.texts[0]
                self.assertEqual(
                    self.query(f"SELECT %s::{kind.name}, NULL::{kind.name}, %s::{kind.name}[]",
                               text, [text, None]), [((text,), None, [(text,), None])])

    def test_arrays_of_numbers_become_vectors(self) -> None:
        for kind in OWN_TYPES:
            with self.subTest(type=kind.name):
                found = self.query(f"SELECT %s::{kind.name}::text, %s::float8[]::{kind.name}::text",
                                   [1, 2, 3], [0.5, 0, 2])
                expected = {"sparsevec": ("{1:1,2:2,3:3}/3", "{1:0.5,3:2}/3")}
                self.assertEqual(found, [expected.get(kind.name, ("[1,2,3]", "[0.5,0,2]"))])

    def test_lists_read_back_as_json(self) -> None:
        value = self.query("SELECT '[1,-0.25,3e-10]'::vector")[0][0]
        self.assertEqual(json.loads(value), [1, -0.25, 3e-10])

    def test_executes_prepared_statements(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                self.cursor.execute(f"PREPARE put_{kind.name} (int, {kind.name}, {kind.name}[]) AS "
                                    "INSERT INTO items VALUES ($1, $2, $3)")
                for row in kind.rows:
                    self.cursor.execute(f"EXECUTE put_{kind.name} (%s, %s, %s)", row[:2] + (
                        "{" + ",".join(json.dumps(item) for item in row[2]) + "}",))
                self.assertEqual(self.stored(), kind.rows)

    def test_copies_text_in_and_out(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                lines = [f"{id}\t{value or chr(92) + 'N'}\t\\N\n" for id, value, _ in kind.rows]
                self.cursor.copy_expert("COPY items FROM STDIN", io.StringIO("".join(lines)))
                out = io.StringIO()
                self.cursor.copy_expert("COPY (TABLE items ORDER BY id) TO STDOUT", out)
                self.assertEqual(out.getvalue(), "".join(lines))

    def test_copies_csv_in_and_out(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                lines = [f'{id},"{value}",\n' for id, value, _ in kind.rows[:-1]]
                self.cursor.copy_expert("COPY items FROM STDIN (FORMAT csv)",
                                        io.StringIO("".join(lines)))
                self.assertEqual([value for _, value, _ in self.stored()], kind.texts)

    def test_copies_binary_in_and_out(self) -> None:
        for kind in TYPES:
            with self.table(kind):
                rows = [struct.pack(">hii", 2, 4, id) + copy_field(wire)
                        for id, wire, _ in kind.wire_rows]
                data = b"PGCOPY\n\xff\r\n\0" + bytes(8) + b"".join(rows) + b"\xff\xff"
                self.cursor.copy_expert("COPY items (id, value) FROM STDIN (FORMAT binary)",
                                        io.BytesIO(data))
                out = io.BytesIO()
                self.cursor.copy_expert(
                    "COPY (SELECT id, value FROM items ORDER BY id) TO STDOUT (FORMAT binary)", out)
                self.assertEqual(out.getvalue(), data)

    def test_reports_errors_by_class(self) -> None:
        cases = [("SELECT %s::vector", "[1,", psycopg2.errors.InvalidTextRepresentation),
                 ("SELECT %s::vector(3)", "[1,2]", psycopg2.errors.DataException),
                 ("SELECT %s::halfvec", "[1e6]", psycopg2.errors.NumericValueOutOfRange),
                 ("SELECT '[1]'::vector <-> %s", "[1,2]", psycopg2.errors.DataException)]
        for statement, value, error in cases:
            with self.subTest(statement=statement):
                with self.assertRaises(error):
                    self.query(statement, value)

    def test_reads_through_a_named_cursor(self) -> None:
        self.connection.autocommit = False
        with self.connection.cursor(name="walk") as cursor:
            cursor.itersize = 10
            cursor.execute("SELECT ARRAY[i, 2]::vector FROM generate_series(1, 100) i "
                           "ORDER BY ARRAY[i, 2]::vector <-> '[0,0]'")
            self.assertEqual([value for value, in cursor], [f"[{i},2]" for i in range(1, 101)])


def copy_field(wire: bytes | None) -> bytes:
    """A field of binary COPY."""
    return struct.pack(">i", -1) if wire is None else struct.pack(">i", len(wire)) + wire


if __name__ == "__main__":
    unittest.main()
