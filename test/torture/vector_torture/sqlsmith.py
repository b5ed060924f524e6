"""R17: random queries over tables of all types, indexes of all operator classes, and views that search."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import psycopg

from .figure import Figure, Run
from .server import PORT, Server

ROWS = 60
DIMS = {"vector": 8, "halfvec": 40, "sparsevec": 30, "bit": 20}
OPERATORS = {"l2": "<->", "ip": "<#>", "cosine": "<=>", "l1": "<+>", "hamming": "<~>", "jaccard": "<%>"}
SETTINGS = {"enable_seqscan": "off", "work_mem": "1MB", "restart_after_crash": "on",
            "max_parallel_workers_per_gather": "2", "log_min_duration_statement": "-1"}
INTERNAL = re.compile(r"(?:ERROR|FATAL):  (XX...): (.*)")
PLACE = re.compile(r"LOCATION:  \w+, (\S+):")
# sqlsmith tries all functions and operators alike, and most would be about ranges and shapes. What
# it sees in place of pg_proc: functions of the extension, and those that go with them.
FUNCTIONS = """
CREATE SCHEMA narrow
CREATE VIEW pg_proc AS
SELECT * FROM pg_catalog.pg_proc p WHERE prokind IN ('f', 'a') AND (
  EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
  OR proname !~ '^(pg|lo|binary)_' AND prorettype::regtype::text || proargtypes::regtype[]::text[] <@ ARRAY[
    'boolean', 'integer', 'bigint', 'double precision', 'real', 'text', 'bit', 'bit varying',
    'real[]', 'double precision[]'])
"""
# pg_operator has no understudy: it is asked for with its schema.
FORGET_OPERATORS = """
DELETE FROM pg_operator USING pg_type t WHERE t.oid IN (oprleft, oprright)
  AND (typcategory IN ('G', 'I', 'R') OR typname ~ 'range|enum|json|^ts')
"""
PROGRESS = re.compile(r"^[.eStC]+$", re.MULTILINE)  # a sign for each query
CORE = re.compile(r"\.c$")  # of PostgreSQL: this extension has no C


def run(run: Run) -> Iterator[Figure]:
    program = shutil.which("sqlsmith")
    if program is None:
        yield Figure("R17 sqlsmith", "skipped, it is not installed: apt-get install sqlsmith",
                     is_skipped=True)
        return
    with Server(run.place, "smith", SETTINGS).create() as server:
        make_schema(server, run.methods)
        smith = Smith(server, program)
        smith.run(run.seconds_or(25, 8 * 3600), run.seed)
        yield smith.figure()


def make_schema(server: Server, methods: Sequence[str]) -> None:
    """Everything belongs to a role that is no superuser, whom the queries run as."""
    server.execute("CREATE ROLE smith LOGIN", "GRANT CREATE ON SCHEMA public TO smith",
                   FUNCTIONS, FORGET_OPERATORS, "GRANT ALL ON SCHEMA narrow TO smith",
                   "GRANT SELECT ON narrow.pg_proc TO smith")
    with server.connect() as connection:
        connection.execute("SET ROLE smith")
        for name, dims in DIMS.items():
            make_table(connection, name, dims)
        classes = connection.execute(
            "SELECT amname, opcname, split_part(opcname, '_', 1), split_part(opcname, '_', 2) "
            "FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod "
            "WHERE amname = ANY (%s) ORDER BY 1, 2", (list(methods),)).fetchall()
        for method, name, column, metric in classes:
            connection.execute(f"CREATE INDEX {method}_{name} ON {column}s USING {method} "
                               f"(value {name})")
            connection.execute(
                f"CREATE VIEW {method}_{name}_search AS SELECT s.id, s.value, s.other, "
                f"s.value {OPERATORS[metric]} s.other AS distance, q.id AS query "
                f"FROM {column}s q, LATERAL (SELECT * FROM {column}s t "
                f"ORDER BY t.value {OPERATORS[metric]} q.other LIMIT 7) s WHERE q.id < 4")


def make_table(connection: psycopg.Connection, name: str, dims: int) -> None:
    """Values with and without dimensions, nulls, zero vectors, arrays."""
    free = "varbit" if name == "bit" else name  # a bit without a length has one
    element = f"round((sin(i * d * 1.7) * (1 + i %% 7))::numeric, 2) * (d %% 3 <> i %% 2)::int"
    bits = f"(SELECT string_agg((i * d %% 3 %% 2)::text, '') FROM generate_series(1, {dims}) d)::bit({dims})"
    array = f"(SELECT array_agg({element}) FROM generate_series(1, {dims}) d)"
    value = bits if name == "bit" else f"{array}::vector::{name}"
    connection.execute(
        f"CREATE TABLE {name}s (id int PRIMARY KEY, value {name}({dims}), "
        f"other {name}({dims}), any_length {free}, list {free}[], numbers real[], flag boolean, word text)")
    connection.execute(
        f"INSERT INTO {name}s SELECT i, CASE WHEN i %% 13 > 0 THEN v END, v, v, "
        f"ARRAY[v, v], ARRAY[i, i], i %% 2 = 0, v::text "
        f"FROM (SELECT i, {value} AS v FROM generate_series(0, %s - 1) i) t", (ROWS,))
    connection.execute(f"CREATE INDEX ON {name}s (value)")
    connection.execute(f"ANALYZE {name}s")


@dataclass
class Smith:
    """One sqlsmith after the other, until the time is over."""

    server: Server
    program: str
    results: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    problems: list[str] = field(default_factory=list)

    def run(self, seconds: float, seed: int) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.run_once(end - time.monotonic(), seed)
            seed += 1
        self.read_log()

    def run_once(self, seconds: float, seed: int) -> None:
        """Ends by itself after some queries: a new one has another seed and fresh settings."""
        log = self.server.place.directory / "sqlsmith.log"
        target = (f"host={self.server.socket} port={PORT} user=smith dbname=postgres "
                  f"options='-c statement_timeout=1s -c search_path=narrow,pg_catalog,public'")
        with log.open("w") as output:
            try:
                subprocess.run([self.program, f"--target={target}", f"--seed={seed}", "--verbose",
                                "--exclude-catalog", "--max-queries=20000"],
                               stdout=output, stderr=output, timeout=seconds, check=False)
            except subprocess.TimeoutExpired:
                pass
        done = Counter("".join(PROGRESS.findall(log.read_text(errors="replace"))))
        if done.total() == 0:
            raise RuntimeError(f"sqlsmith has done nothing: {log.read_text()[-500:]}")
        self.results += done

    def read_log(self) -> None:
        """Internal errors of PostgreSQL itself are counted, ours are problems."""
        message = None
        for line in self.server.log.read_text(errors="replace").splitlines():
            found = INTERNAL.search(line)
            place = PLACE.search(line)
            if found:
                message = f"{found[1]}: {found[2]}"
            elif place and message:
                if CORE.search(place[1]):
                    self.foreign += 1
                else:
                    self.problems.append(f"{message} ({place[1]})")
                message = None

    def figure(self) -> Figure:
        crashes = self.server.crashes()
        return Figure("R17 sqlsmith", f"{self.results.total()} queries, {self.results['.']} of them "
                      f"without an error, {len(crashes)} crashes, {len(self.problems)} internal "
                      f"errors of the extension, {self.foreign} of PostgreSQL itself", self.problems + crashes)
