"""A server of the comparison: its session, the probes on it, and COPY."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from .expressions import Expression
from .generate import Row

# An expression as a function that returns the result or the error as text.
PROBE = """CREATE FUNCTION {name}(a text, b text, x text, s integer, n integer) RETURNS text
LANGUAGE plpgsql STABLE AS $probe$
DECLARE message text; detail text; hint text;
BEGIN
  RETURN ({expression})::text;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT;
  RETURN concat_ws(' | ', 'ERROR ' || SQLSTATE, message, nullif(detail, ''), nullif(hint, ''));
END $probe$"""


class Server:
    """One side, with a database of its own that is made anew."""

    def __init__(self, name: str, dsn: str) -> None:
        self.name = name
        with psycopg.connect(dsn, autocommit=True) as admin:
            admin.execute("DROP DATABASE IF EXISTS compat_values")
            admin.execute("CREATE DATABASE compat_values")
        self.connection = psycopg.connect(dsn, dbname="compat_values", autocommit=True)
        self.execute("CREATE EXTENSION vector")

    def execute(self, statement: str) -> psycopg.Cursor:
        return self.connection.execute(statement)

    def rows(self, statement: str) -> list[tuple]:
        return self.execute(statement).fetchall()

    def load(self, rows: Sequence[Row]) -> None:
        """The rows into the table `texts`."""
        self.execute("DROP TABLE IF EXISTS texts")
        self.execute("CREATE TABLE texts (id integer PRIMARY KEY, a text, b text, x text, "
                     "s integer, n integer)")
        with self.connection.cursor().copy("COPY texts FROM STDIN") as copy:
            for id, row in enumerate(rows):
                copy.write_row((id, row.a, row.b, row.array, row.start, row.count))

    def probe(self, expression: Expression) -> list[str | None]:
        """The results of an expression for all rows."""
        self.make_function("probe", expression.sql)
        return [value for value, in self.rows("SELECT probe(a, b, x, s, n) FROM texts ORDER BY id")]

    def make_function(self, name: str, expression: str) -> None:
        self.execute(f"DROP FUNCTION IF EXISTS {name}")
        statement = PROBE.format(name=name, expression=expression)
        self.connection.execute(sql.SQL(statement))

    def keep_valid(self, type_name: str) -> None:
        """The values that are valid into the table `valid`, both of a row."""
        column = "varbit" if type_name == "bit" else type_name
        self.make_function("probe", f"a::{column}")
        self.execute("DROP TABLE IF EXISTS valid")
        self.execute(f"CREATE TABLE valid (id integer, v {column}, list {column}[])")
        self.execute(f"INSERT INTO valid SELECT id, a::{column}, ARRAY[a::{column}, NULL] "
                     "FROM texts WHERE probe(a, b, x, s, n) NOT LIKE 'ERROR%' "
                     "OR probe(a, b, x, s, n) IS NULL ORDER BY id")

    def copy_out(self, table: str, form: str) -> bytes:
        query = f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT (FORMAT {form})"
        with self.connection.cursor().copy(query) as copy:
            return b"".join(bytes(block) for block in copy)

    def copy_in(self, data: bytes, form: str) -> None:
        """Into the table `copied`, a new one like `valid`."""
        self.execute("DROP TABLE IF EXISTS copied")
        self.execute("CREATE TABLE copied (LIKE valid)")
        with self.connection.cursor().copy(f"COPY copied FROM STDIN (FORMAT {form})") as copy:
            copy.write(data)

    def receive(self, type_name: str, wire: bytes) -> str:
        """What the server makes of bytes in the binary protocol."""
        result = self.connection.pgconn.exec_params(
            f"SELECT $1::{type_name}".encode(), [wire], param_formats=[1])
        if result.status == psycopg.pq.ExecStatus.TUPLES_OK:
            return bytes(result.get_value(0, 0)).decode()
        fields = psycopg.pq.DiagnosticField
        parts = [result.error_field(field) for field in
                 (fields.SQLSTATE, fields.MESSAGE_PRIMARY, fields.MESSAGE_DETAIL)]
        return "ERROR " + " | ".join(part.decode() for part in parts if part)
