"""asyncpg: everything prepared and binary, with codecs of its own for types and arrays."""

from __future__ import annotations

import io
import unittest

import asyncpg

from adapter import CLASSES, Vector
from context import OWN_TYPES, TABLES, TYPES


class Asyncpg(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.connection = await asyncpg.connect()
        self.addAsyncCleanup(self.connection.close)
        await self.connection.execute(TABLES)

    async def register(self, name: str, format: str) -> None:
        """Sets the codec of a type; that of its arrays follows."""
        cls = CLASSES[name]
        key = "wire" if format == "binary" else "text"
        await self.connection.set_type_codec(
            name, schema="public", format=format, encoder=lambda value: getattr(value, key),
            decoder=getattr(cls, f"from_{key}"))

    async def test_values_and_arrays_survive_in_both_formats(self) -> None:
        for kind in OWN_TYPES:
            for format in "text", "binary":
                with self.subTest(type=kind.name, format=format):
                    await self.register(kind.name, format)
                    for wire, text in zip(kind.wires, kind.texts):
                        value = CLASSES[kind.name].from_wire(wire)
                        row = await self.connection.fetchrow(
                            f"SELECT $1::{kind.name}, $2::{kind.name}[], $1::text, $3::{kind.name}",
                            value, [value, None], None)
                        self.assertEqual(tuple(row), (value, [value, None], text, None))

    async def test_bits_survive(self) -> None:
        for text in "1010101010", "1":
            value = asyncpg.BitString(text)
            row = await self.connection.fetchrow(
                f"SELECT $1::bit({len(text)}), $2::varbit[], $1::bit({len(text)}) <~> $1", value,
                [value, None])
            self.assertEqual(tuple(row), (value, [value, None], 0))

    async def test_strings_serve_where_no_codec_is_set(self) -> None:
        for kind in OWN_TYPES:
            with self.subTest(type=kind.name):
                found = await self.connection.fetch(
                    f"SELECT $1::{kind.name} UNION ALL SELECT $2", kind.texts[0], None)
                self.assertEqual([value for value, in found], [kind.texts[0], None])

    async def test_reads_stored_rows_by_a_prepared_statement(self) -> None:
        await self.register("vector", "binary")
        await self.connection.execute("CREATE TABLE items (id int, value vector(2))")
        await self.connection.executemany(
            "INSERT INTO items VALUES ($1, $2)", [(i, Vector((i, 0))) for i in range(20)])
        statement = await self.connection.prepare(
            "SELECT id FROM items ORDER BY value <-> $1 LIMIT $2")
        self.assertEqual([kind.name for kind in statement.get_parameters()], ["vector", "int8"])
        for i in range(20):
            self.assertEqual(await statement.fetchval(Vector((i, 0)), 3), i)

    async def test_copies_records_in_and_all_formats_out(self) -> None:
        for kind in OWN_TYPES:
            with self.subTest(type=kind.name):
                await self.register(kind.name, "binary")
                await self.connection.execute(TABLES)
                await self.connection.execute(kind.create)
                cls = CLASSES[kind.name]
                records = [(id, wire and cls.from_wire(wire)) for id, wire, _ in kind.wire_rows]
                await self.connection.copy_records_to_table(
                    "items", records=records, columns=["id", "value"])
                rows = await self.connection.fetch("SELECT id, value FROM items ORDER BY id")
                self.assertEqual([tuple(row) for row in rows], records)
                for format in "text", "csv", "binary":
                    await self.copied(format)

    async def copied(self, format: str) -> None:
        """Copies the table out and into another one, which must be the same."""
        data = io.BytesIO()
        await self.connection.copy_from_query("TABLE items", output=data, format=format)
        data.seek(0)
        await self.connection.execute("DROP TABLE IF EXISTS copied")
        await self.connection.execute("CREATE TABLE copied (LIKE items)")
        await self.connection.copy_to_table("copied", source=data, format=format)
        different = await self.connection.fetch(
            "(TABLE items EXCEPT ALL TABLE copied) UNION ALL (TABLE copied EXCEPT ALL TABLE items)")
        self.assertEqual(different, [])

    async def test_bits_are_copied_too(self) -> None:
        kind = TYPES[-1]
        await self.connection.execute(kind.create)
        records = [(id, value and asyncpg.BitString(value)) for id, value, _ in kind.rows]
        await self.connection.copy_records_to_table(
            "items", records=records, columns=["id", "value"])
        for format in "text", "csv", "binary":
            await self.copied(format)

    async def test_errors_have_their_classes(self) -> None:
        cases = [("[1,", asyncpg.InvalidTextRepresentationError), ("[1e99]", asyncpg.DataError),
                 ("[1,2]", asyncpg.DataError)]
        for text, error in cases:
            with self.subTest(text=text):
                with self.assertRaises(error):
                    await self.connection.fetchval("SELECT $1::vector(3)", text)
        self.assertEqual(await self.connection.fetchval("SELECT '[1]'::vector::text"), "[1]")

    async def test_cursors_walk_within_a_transaction(self) -> None:
        await self.register("vector", "binary")
        async with self.connection.transaction():
            cursor = self.connection.cursor(
                "SELECT ARRAY[i, 1]::vector FROM generate_series(1, 20) i "
                "ORDER BY ARRAY[i, 1]::vector <=> $1", Vector((1, 0)), prefetch=3)
            found = [value for value, in [row async for row in cursor]]
        self.assertEqual(found, [Vector((i, 1)) for i in range(20, 0, -1)])

    async def test_the_largest_value_survives(self) -> None:
        await self.register("vector", "binary")
        value = Vector([0.25] * 16000)
        self.assertTrue(await self.connection.fetchval("SELECT $1::vector", value) == value)


if __name__ == "__main__":
    unittest.main()
