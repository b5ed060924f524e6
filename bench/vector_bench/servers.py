"""A server under test: connections, the benchmark's own schema, errors with the server's name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from .progress import say
from .specs import ServerSpec

SCHEMA = "vector_bench"
MARK = "made by the vector benchmark driver, dropped at its next start"
LOCK = 0x76656362  # advisory lock: one run at a time in a database

# Every query runs on the plan that a long-lived prepared statement ends up with.
COMMON_SETTINGS = {"plan_cache_mode": "force_generic_plan"}


class ServerError(Exception):
    """An error of one server, named in the message."""


class Server:
    """A server and the schema on it. Use open() first and close() last.

    `settings` hold for all sessions; `admin` is the session that holds the lock on the schema.
    """

    def __init__(self, spec: ServerSpec, settings: Mapping[str, str]) -> None:
        self.name = spec.name
        self.dsn = spec.dsn
        self.settings = {**COMMON_SETTINGS, **settings}
        self.search_path = SCHEMA
        self.admin: psycopg.Connection | None = None
        self.has_schema = False
        self.made_extension = False

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """Turns the driver's errors inside into ServerError with this server's name."""
        try:
            yield
        except psycopg.Error as error:
            raise ServerError(f"server {self.name}: {str(error).strip()}") from error

    def conninfo(self, settings: Mapping[str, str] | None = None) -> str:
        """Connection string with all settings as start-up options."""
        chosen = {"search_path": self.search_path, **self.settings, **(settings or {})}
        options = [conninfo_to_dict(self.dsn).get("options") or ""]
        options += [f"-c {name}={escaped(value)}" for name, value in chosen.items()]
        return make_conninfo(self.dsn, options=" ".join(options).strip(),
                             application_name=SCHEMA)

    def connect(self, settings: Mapping[str, str] | None = None) -> psycopg.Connection:
        """A new session in autocommit mode."""
        return psycopg.connect(self.conninfo(settings), autocommit=True)

    def open(self) -> None:
        """Connects and makes the schema; refuses one that is not the benchmark's."""
        with self.blamed():
            self.admin = psycopg.connect(self.dsn, autocommit=True, application_name=SCHEMA)
            if not self.try_lock():
                raise ServerError(f"server {self.name}: another run uses this database")
            self.drop_schema()
            self.has_schema = True
            self.make_extension()
            self.admin.execute(f"CREATE SCHEMA {SCHEMA}")
            self.admin.execute(f"COMMENT ON SCHEMA {SCHEMA} IS '{MARK}'")

    def make_extension(self) -> None:
        """Finds or creates the extension, and the schema its types are in."""
        find = ("SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n "
                "ON n.oid = extnamespace WHERE extname = 'vector'")
        schema = self.value(find)
        if schema is None:
            self.admin.execute("CREATE EXTENSION vector")
            self.made_extension = True
            schema = self.value(find)
        self.search_path = f"{SCHEMA}, {schema}, public"
        self.admin.execute(f"SET search_path = {self.search_path}")

    def drop_schema(self) -> None:
        """Drops the schema of this or of an interrupted run."""
        found = self.admin.execute(
            "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = %s",
            (SCHEMA,)).fetchone()
        if found is not None and found[0] != MARK:
            raise ServerError(f"server {self.name}: the schema {SCHEMA} is somebody else's")
        if found is not None:
            self.admin.execute(f"DROP SCHEMA {SCHEMA} CASCADE")

    def close(self, keep: bool) -> None:
        """Drops what open() made, unless it is to be kept, and disconnects. Never raises."""
        if self.admin is None:
            return
        self.admin.close()  # an interrupt may have left it in the middle of a statement
        if keep or not self.has_schema:
            return
        try:
            with psycopg.connect(self.dsn, autocommit=True) as self.admin:
                if not self.try_lock():
                    return  # the next run has begun, and has dropped what we left
                self.drop_schema()
                if self.made_extension:
                    self.admin.execute("DROP EXTENSION vector")
        except (psycopg.Error, ServerError) as error:
            say(f"server {self.name}: not cleaned up: {str(error).strip()}")

    def try_lock(self) -> bool:
        """Whether the admin session now holds the lock on the schema."""
        return bool(self.value("SELECT pg_try_advisory_lock(%s)", LOCK))

    def value(self, query: str, *parameters: object) -> object:
        """First column of the first row, or None."""
        row = self.admin.execute(query, parameters or None).fetchone()
        return None if row is None else row[0]

    def checkpoint(self) -> None:
        """A checkpoint, so that full-page images are counted from the same start everywhere."""
        try:
            self.admin.execute("CHECKPOINT")
        except psycopg.errors.InsufficientPrivilege:
            say(f"server {self.name}: no right to CHECKPOINT: WAL bytes may differ from run to run")

    def wal_position(self) -> int:
        """Bytes of WAL ever inserted."""
        return int(self.value("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


def escaped(value: str) -> str:
    """A value inside libpq's `options`."""
    return re.sub(r"([\\\s])", r"\\\1", value)


def without_password(conninfo: str) -> tuple[str, dict[str, str]]:
    """Connection string fit for a command line, and an environment that holds the password."""
    parts = conninfo_to_dict(conninfo)
    password = parts.pop("password", None)
    environment = dict(os.environ)
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    return make_conninfo(**parts), environment
