"""What drivers and ORMs ask the catalogue about types, columns and indexes."""

from __future__ import annotations

import unittest

import psycopg

from context import OWN_TYPES, TABLES


class Reflection(unittest.TestCase):
    def setUp(self) -> None:
        self.connection = psycopg.connect("")
        self.addCleanup(self.connection.close)
        self.addCleanup(self.connection.rollback)
        self.connection.execute(TABLES)
        self.connection.execute("""CREATE TABLE items (id serial PRIMARY KEY,
            v vector(3) NOT NULL, h halfvec(4) DEFAULT '[1,2,3,4]', s sparsevec(5), b bit(6),
            w vector, list vector(3)[],
            half halfvec(3) GENERATED ALWAYS AS (v::halfvec(3)) STORED)""")

    def query(self, statement: str, *parameters: object) -> list[tuple]:
        return self.connection.execute(statement, parameters or None).fetchall()

    def test_columns_are_formatted_with_their_dimensions(self) -> None:
        found = self.query("""SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),
              pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attnotnull, a.attgenerated
            FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d
              ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.atthasdef
            WHERE a.attrelid = %s::regclass AND a.attnum > 1 AND NOT a.attisdropped
            ORDER BY a.attnum""", "items")
        self.assertEqual(found, [
            ("v", "vector(3)", None, True, ""),
            ("h", "halfvec(4)", "'[1,2,3,4]'::halfvec", False, ""),
            ("s", "sparsevec(5)", None, False, ""), ("b", "bit(6)", None, False, ""),
            ("w", "vector", None, False, ""), ("list", "vector(3)[]", None, False, ""),
            ("half", "halfvec(3)", "(v)::halfvec(3)", False, "s")])

    def test_the_information_schema_knows_user_defined_types(self) -> None:
        found = self.query("""SELECT column_name, data_type, udt_name
            FROM information_schema.columns WHERE table_name = 'items' AND column_name IN
              ('v', 'h', 's', 'list') ORDER BY column_name""")
        self.assertEqual(found, [
            ("h", "USER-DEFINED", "halfvec"), ("list", "ARRAY", "_vector"),
            ("s", "USER-DEFINED", "sparsevec"), ("v", "USER-DEFINED", "vector")])

    def test_types_are_found_by_name(self) -> None:
        for kind in OWN_TYPES:
            with self.subTest(type=kind.name):
                name = kind.name
                found = self.query("""SELECT t.typname, t.typarray::regtype::text, t.typdelim,
                      t.typtype, t.typcategory, t.typlen, t.typbyval, t.typinput::text,
                      t.typoutput::text, t.typreceive::text, t.typsend::text, t.typelem::int,
                      t.typbasetype::int, to_regtype(%s) = t.oid
                    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
                    WHERE t.typname = %s AND n.nspname = 'public'""", name, name)
                self.assertEqual(found, [(
                    name, f"{name}[]", ",", "b", "U", -1, False, f"{name}_in", f"{name}_out",
                    f"{name}_recv", f"{name}_send", 0, 0, True)])

    def test_indexes_are_described_with_their_options(self) -> None:
        self.connection.execute(
            "INSERT INTO items (v) SELECT ARRAY[i, 1, 1] FROM generate_series(1, 5) i")
        self.connection.execute("CREATE INDEX items_v ON items USING ivfflat "
                                "(v vector_cosine_ops) WITH (lists = 2) WHERE id > 1")
        found = self.query("""SELECT i.relname, am.amname, i.reloptions, pg_get_indexdef(i.oid),
              pg_get_expr(x.indpred, x.indrelid), ix.opcname, x.indoption::int[]
            FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
              JOIN pg_am am ON am.oid = i.relam JOIN pg_opclass ix
              ON ix.oid = x.indclass[0] WHERE i.relname = 'items_v'""")
        self.assertEqual(found, [(
            "items_v", "ivfflat", ["lists=2"],
            "CREATE INDEX items_v ON public.items USING ivfflat (v vector_cosine_ops) "
            "WITH (lists='2') WHERE (id > 1)", "(id > 1)", "vector_cosine_ops", [0])])

    def test_the_extension_is_listed(self) -> None:
        found = self.query("SELECT name, installed_version IS NOT NULL, "
                           "default_version IS NOT NULL FROM pg_available_extensions "
                           "WHERE name = 'vector'")
        self.assertEqual(found, [("vector", True, True)])

    def test_operators_resolve_for_untyped_literals(self) -> None:
        found = self.query("""SELECT pg_typeof(v <-> '[1,2,3]')::text,
              pg_typeof(v + '[1,2,3]')::text, pg_typeof(h <=> '[1,2,3,4]')::text
            FROM (SELECT '[1,2,3]'::vector AS v, '[1,2,3,4]'::halfvec AS h) AS x""")
        self.assertEqual(found, [("double precision", "vector", "double precision")])


if __name__ == "__main__":
    unittest.main()
