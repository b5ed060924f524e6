"""R25: each instruction set gives the answers of scalar arithmetic, whatever the length and the values."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import psycopg

from .check import BY_INDEX, EXHAUSTIVE
from .figure import Figure, Run
from .server import PORT, Server

LEVELS = ("baseline", "avx2", "avx512")
THE_ONLY = "its own"
DIMS = range(1, 68)
MOST = 1e-5  # of the sum of the terms' magnitudes
TINY = float(np.finfo(np.float32).tiny)
HUGE = 1e38  # sums beyond may overflow
# Processors that lack instructions, and what is chosen on them.
EMULATED = {"Nehalem": "baseline", "Haswell": "avx2"}
SINGLE_ROW = re.compile(r'1: \w+ = "(.*)"\t\(typeid')


def run(run: Run) -> Iterator[Figure]:
    with Server(run.place, "levels").create() as server:
        yield Levels(server, run.seed).figure()
        yield searches(server, run)
        yield emulated(server, run.seed)


@dataclass(frozen=True)
class Case:
    """Two values, and what scalar arithmetic of float8 makes of them."""

    kind: str
    type: str
    left: np.ndarray
    right: np.ndarray

    def text(self, values: np.ndarray) -> str:
        if self.type == "bit":
            return "".join("1" if value > 0 else "0" for value in values)
        if self.type == "sparsevec":
            return "{" + ",".join(f"{at + 1}:{value!r}" for at, value in enumerate(values.tolist())
                                  if value) + f"}}/{len(values)}"
        return "[" + ",".join(map(repr, values.tolist())) + "]"

    def query(self) -> str:
        """One text column, so that PostgreSQL without a client prints it on a line."""
        cast = f"bit({len(self.left)})" if self.type == "bit" else self.type
        a, b = (f"'{self.text(values)}'::{cast}" for values in (self.left, self.right))
        if self.type == "bit":
            return f"SELECT concat_ws(' ', {a} <~> {b}, {a} <%> {b})"
        norm = "vector_norm" if self.type == "vector" else "l2_norm"
        return (f"SELECT concat_ws(' ', {a} <-> {b}, {a} <#> {b}, {a} <+> {b}, {norm}({a}), "
                f"{a} <=> {b})")

    def expected(self) -> list[tuple[float, float, float]]:
        """(value, magnitude, what underflow may cost) of each column; NaN: not known."""
        a, b, n = self.left.astype(float), self.right.astype(float), len(self.left)
        if self.type == "bit":
            both, any_of = np.sum((a > 0) & (b > 0)), np.sum((a > 0) | (b > 0))
            return [(float(np.sum((a > 0) != (b > 0))), 0, 0),
                    (1 - both / any_of if both else 1.0, 0, 1e-12)]
        root = math.sqrt(n * TINY)
        l2, norm, other = (float(np.linalg.norm(x)) for x in (a - b, a, b))
        terms = float(np.sum(np.abs(a * b)))
        l1 = float(np.sum(np.abs(a - b)))
        is_plain = min(norm, other) > 1e-15 and max(norm, other) < 1e15
        cosine = 1 - float(a @ b) / (norm * other) if is_plain else math.nan
        return [(known(l2, l2 * l2), l2, root), (known(-float(a @ b), terms), terms, n * TINY),
                (known(l1, l1), l1, n * TINY), (known(norm, norm * norm), norm, root),
                (cosine, 1, 0)]


def known(value: float, largest: float) -> float:
    return value if largest < HUGE else math.nan


def cases(seed: int) -> Iterator[Case]:
    for dims in DIMS:
        dice = np.random.default_rng([seed, dims])
        plain = dice.normal(size=(2, dims)).astype(np.float32)
        spread = (plain * 10.0 ** dice.integers(-12, 12, size=(2, dims))).astype(np.float32)
        half = plain.astype(np.float16).astype(np.float32)
        kinds = {
            "plain": ("vector", plain), "spread": ("vector", spread),
            "equal": ("vector", np.stack([plain[0], plain[0]])),
            "denormal": ("vector", (plain * 1e-40).astype(np.float32)),
            "small": ("vector", (plain * 1e-21).astype(np.float32)),
            "huge": ("vector", np.abs(plain * 1e37).astype(np.float32)),
            "largest": ("vector", np.full((2, dims), np.finfo(np.float32).max, np.float32)),
            "halves": ("halfvec", half),
            "small halves": ("halfvec", (plain * 3e-7).astype(np.float16).astype(np.float32)),
            "largest halves": ("halfvec", np.sign(half) * np.float32(65504)),
            "sparse": ("sparsevec", np.where(dice.random((2, dims)) < 0.3, plain, 0)),
            "bits": ("bit", plain),
        }
        for kind, (of_type, values) in kinds.items():
            yield Case(kind, of_type, values[0], values[1])


@dataclass
class Levels:
    """The values of all cases, with each level that this machine has."""

    server: Server
    seed: int
    problems: list[str] = field(default_factory=list)
    values: int = 0
    worst: float = 0

    def figure(self) -> Figure:
        levels = available(self.server)
        for level in levels:
            with session(self.server, level) as connection:
                for case in cases(self.seed):
                    text, = connection.execute(case.query()).fetchone()
                    self.compare(level, case, text)
        crashes = self.server.crashes()
        return Figure("R25 instruction sets", f"{', '.join(levels)}: {self.values} values of "
                      f"{DIMS.start} to {DIMS.stop - 1} dimensions, {len(self.problems)} differ, "
                      f"at most {self.worst:.1e} from scalar, {len(crashes)} crashes",
                      self.problems + crashes)

    def compare(self, level: str, case: Case, text: str) -> None:
        results = [float(word) for word in text.split()]
        for column, (result, (value, magnitude, lost)) in enumerate(zip(results, case.expected())):
            if math.isnan(value):
                continue
            self.values += 1
            difference = abs(result - value)
            if magnitude > 1e-15 and not math.isnan(difference):
                self.worst = max(self.worst, difference / magnitude)
            if not difference <= MOST * magnitude + lost:
                self.problems.append(f"{level}, {case.kind}, {len(case.left)} dimensions, column "
                                     f"{column}: {result} instead of {value}")


def session(server: Server, level: str, **settings: object) -> psycopg.Connection:
    """One with the library loaded, and this level."""
    connection = server.connect(**settings)
    connection.execute("LOAD 'vector'")
    if level != THE_ONLY:
        connection.execute(f"SET vector.simd = {level}")
    return connection


def available(server: Server) -> list[str]:
    """Those that this machine has; pgvector leaves no choice."""
    levels = []
    with session(server, THE_ONLY) as connection:
        if not connection.execute("SELECT FROM pg_settings WHERE name = 'vector.simd'").fetchall():
            return [THE_ONLY]
        for level in LEVELS:
            try:
                connection.execute(f"SET vector.simd = {level}")
                levels.append(level)
            except psycopg.Error:
                pass
    return levels


def searches(server: Server, run: Run) -> Figure:
    """Indexes that each level has built, searched by each: everything, so that all find the same."""
    levels, problems, count, worst = available(server), [], 0, 0.0
    for method in run.methods:
        for dims in (1, 5, 33, 67):
            rows = np.random.default_rng([run.seed, dims]).normal(size=(300, dims)).astype(np.float32)
            queries, rows = rows[:5], rows[5:]
            truth = [np.sort(np.linalg.norm(rows.astype(float) - query, axis=1))[:10]
                     for query in queries]
            for builder in levels:
                build(server, method, rows, builder)
                for level in levels:
                    for query, nearest in zip(queries, truth):
                        found = search(server, method, query, level)
                        count += 1
                        off = math.inf
                        if len(found) == len(nearest):
                            off = float(np.max(np.abs(found - nearest) / nearest))
                        worst = max(worst, off)
                        if off > MOST:
                            problems.append(f"{method}, {dims} dimensions, built with {builder}, "
                                            f"searched with {level}: {off:.1e} off")
    return Figure("R25 searches", f"{count} searches, each level on the indexes of each, "
                  f"{len(problems)} differ, at most {worst:.1e} from scalar",
                  problems + server.crashes())


def build(server: Server, method: str, rows: np.ndarray, level: str) -> None:
    with session(server, level) as connection:
        connection.execute("DROP TABLE IF EXISTS level")
        connection.execute(f"CREATE TABLE level (v vector({rows.shape[1]}))")
        with connection.cursor() as cursor, cursor.copy("COPY level FROM STDIN") as copy:
            for row in rows:
                copy.write_row((str(row.tolist()),))
        options = " WITH (lists = 4)" if method == "ivfflat" else ""
        connection.execute(f"CREATE INDEX ON level USING {method} (v vector_l2_ops){options}")


def search(server: Server, method: str, query: np.ndarray, level: str) -> np.ndarray:
    settings = {name.replace(".", "__"): value
                for name, value in {**BY_INDEX, **EXHAUSTIVE[method]}.items()}
    with session(server, level, **settings) as connection:
        distance = f"v <-> '{query.tolist()}'"
        found = connection.execute(f"SELECT {distance} FROM level ORDER BY {distance} LIMIT 10")
        return np.array([value for value, in found])


def emulated(server: Server, seed: int) -> Figure:
    """The same values on processors without the newer instructions: one that is used all the same
    ends the program."""
    emulator = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
    if emulator is None:
        return Figure("R25 older processors", "skipped, there is no qemu-x86_64: apt-get install "
                      "qemu-user", is_skipped=True)
    some = [case for case in cases(seed) if len(case.left) in (1, 7, 16, 33, 67)]
    server.stop()
    levels = Levels(server, seed)
    for processor, level in EMULATED.items():
        lines = run_single(server, emulator, processor, [case.query() for case in some])
        if len(lines) != len(some):
            levels.problems.append(f"{processor}: {len(lines)} answers to {len(some)} queries")
        for case, line in zip(some, lines):
            levels.compare(f"{processor} ({level})", case, line)
    server.start()
    return Figure("R25 older processors", f"{', '.join(EMULATED)}: {levels.values} values, "
                  f"{len(levels.problems)} problems, at most {levels.worst:.1e} from scalar",
                  levels.problems)


def run_single(server: Server, emulator: str, processor: str, queries: list[str]) -> list[str]:
    """PostgreSQL alone, without a postmaster, in the emulator."""
    done = subprocess.run(
        [emulator, "-cpu", processor, server.place.bindir / "postgres", "--single", "-D",
         server.data, "-c", f"port={PORT}", "postgres"], input="\n".join(queries) + "\n", text=True,
        capture_output=True, cwd=server.place.directory, check=False, **server.place.identity())
    return SINGLE_ROW.findall(done.stdout)
