"""R12: damaged pages of an index give clear errors, never a crash or a hang.

Moving an index to another tablespace gives it a new file of which no page is in memory yet; that
is the moment to damage it, without a restart.
"""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .check import BY_INDEX, BY_TABLE, EXHAUSTIVE, has_checker
from .figure import Figure, Run
from .forms import FORMS, Form, usable
from .server import Server

BLOCK = 8192
EXPECTED = ("XX001", "XX002")
HANG_SECONDS = 600  # of the clock, during which all may stand still
# Besides the common forms: rows outside of their nodes, halfvec, other layouts of a page.
MORE_FORMS = {
    "ivfflat": (Form("ivfflat", "half", 200, "lists = 8", "halfvec"),
                Form("ivfflat", "exact", 100, "lists = 8, quantizer = none")),
    "hnsw": (Form("hnsw", "item", 2100, "m = 8"), Form("hnsw", "half", 300, "m = 20", "halfvec")),
}


def run(run: Run) -> Iterator[Figure]:
    for method in run.methods:
        with Server(run.place, "flips", {"shared_buffers": "32MB"}).create() as server:
            with server.connect() as connection:
                forms = usable(FORMS[method] + MORE_FORMS[method], connection)
            make_tablespaces(server)
            flips = Flips(run, run.rounds_or(500, 10000) // len(forms))
            for form in forms:
                flips.damage_index(server, form)
        yield flips.figure(method)


class Hang(Exception):
    """A statement that cannot even be cancelled."""


@contextmanager
def watched(seconds: int) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def make_tablespaces(server: Server) -> None:
    for name in "one", "two":
        directory = server.data / f"tablespace_{name}"
        directory.mkdir()
        server.place.give(directory)
        server.execute(f"CREATE TABLESPACE {name} LOCATION '{directory}'")


class DamagedIndex:
    """An index whose file can be replaced while the server runs."""

    def __init__(self, server: Server, form: Form, seed: int) -> None:
        self.server, self.form, self.seed = server, form, seed
        self.connect()
        rows = 200 if form.dims > 1000 else 800
        form.create(self.connection, seed, range(rows))
        self.connection.execute(f"DELETE FROM {form.table} WHERE id % 9 = 1")
        self.connection.execute(f"VACUUM {form.table}")
        self.remember()

    def connect(self) -> None:
        self.connection = self.server.connect(statement_timeout=f"{HANG_SECONDS}s")

    def remember(self) -> None:
        """Takes what is there for sound."""
        self.sound = self.fresh_file().read_bytes()

    def fresh_file(self) -> Path:
        """A new file with the same pages, none of them in memory."""
        for tablespace in "one", "two":
            self.connection.execute(f"ALTER INDEX {self.form.index} SET TABLESPACE {tablespace}")
        path, = self.connection.execute("SELECT pg_relation_filepath(%s)",
                                        (self.form.index,)).fetchone()
        return self.server.data / path

    def replace(self, pages: bytes) -> None:
        try:
            path = self.fresh_file()
        except psycopg.Error:  # a page that PostgreSQL itself refuses to copy
            self.connection.execute(f"REINDEX INDEX {self.form.index}")
            path = self.fresh_file()
        path.write_bytes(pages)


class Flips:
    """Damages indexes, uses them, and counts what happens."""

    def __init__(self, run: Run, flips: int) -> None:
        self.seed, self.flips = run.seed, flips
        self.done = self.rounds = self.hangs = self.crashes = 0
        self.states: Counter[str] = Counter()
        self.problems: list[str] = []

    def damage_index(self, server: Server, form: Form) -> None:
        dice = random.Random(f"{self.seed} {form.index}")
        index = DamagedIndex(server, form, self.seed)
        goal = self.done + self.flips
        while self.done < goal:
            count = min(dice.choice((1, 1, 2, 5, 20)), goal - self.done)
            pages, told = flip(index.sound, count, dice)
            index.replace(pages)
            self.use(index, told)
            self.done += count
            self.rounds += 1

    def use(self, index: DamagedIndex, told: str) -> None:
        form = index.form
        query = form.vector(self.seed, self.rounds)
        for name, statement in statements(index.connection, form, query):
            try:
                with watched(3 * HANG_SECONDS):
                    for part in statement:
                        index.connection.execute(part)
                self.states["no error"] += 1
            except (psycopg.Error, Hang) as error:
                self.judge(index, error, f"{form.index}, {name}, {told}")
            if index.connection.closed:
                return self.revive(index)
            if index.connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                index.connection.execute("ROLLBACK")

    def judge(self, index: DamagedIndex, error: Exception, where: str) -> None:
        state = getattr(error, "sqlstate", None)
        if isinstance(error, Hang) or state == "57014":
            self.hangs += 1
            if isinstance(error, Hang):
                index.connection.close()
        elif state is None or index.server.postmaster() is None:
            self.crashes += 1
            index.connection.close()
        self.states[state or "none"] += 1
        if state not in EXPECTED:
            self.problems.append(f"{where}: {state}: {' '.join(str(error).split())}")

    def revive(self, index: DamagedIndex) -> None:
        index.server.kill()
        index.server.start()
        index.connect()
        index.connection.execute(f"REINDEX INDEX {index.form.index}")

    def figure(self, method: str) -> Figure:
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.states.items()))
        return Figure(f"R12 damaged pages, {method}",
                      f"{self.done} flips in {self.rounds} rounds, {self.crashes} crashes, "
                      f"{self.hangs} hangs; statements by result: {states}", self.problems)


def statements(connection: psycopg.Connection, form: Form,
               query: str) -> Iterator[tuple[str, list[str]]]:
    """What to do with a damaged index: names and statements."""
    by_index = [f"SET LOCAL {name} = {value}" for name, value in {**BY_TABLE, **BY_INDEX}.items()
                if name != "enable_indexscan"]
    search = f"SELECT id FROM {form.table} ORDER BY embedding <-> '{query}'"
    yield "search", ["BEGIN", *by_index, f"{search} LIMIT 10", "COMMIT"]
    exhaustive = [f"SET LOCAL {name} = {value}" for name, value in EXHAUSTIVE[form.method].items()]
    yield "iterative search", ["BEGIN", *by_index, *exhaustive, search, "COMMIT"]
    insert = f"INSERT INTO {form.table} VALUES (-%s, 1, '{query}')"
    yield "insert", ["BEGIN", *[insert.replace("%s", str(i)) for i in range(1, 4)], "ROLLBACK"]
    yield "vacuum", [f"VACUUM (INDEX_CLEANUP on) {form.table}"]
    if has_checker(connection):
        yield "check", [f"SELECT * FROM vector_index_check('{form.index}', true)"]


def flip(sound: bytes, count: int, dice: random.Random) -> tuple[bytes, str]:
    """Damages some places; also tells which."""
    pages = bytearray(sound)
    told = []
    for _ in range(count):
        block = dice.randrange(len(pages) // BLOCK)
        told.append(f"block {block} {dice.choice(DAMAGES)(pages, block, dice)}")
    return bytes(pages), "; ".join(told)


def offset_in_page(dice: random.Random) -> int:
    """Headers, the first items and the trailer more often than the rest."""
    return dice.choice((dice.randrange(24), dice.randrange(24, 400), dice.randrange(BLOCK),
                        dice.randrange(BLOCK), BLOCK - 1 - dice.randrange(90)))


def flip_bit(pages: bytearray, block: int, dice: random.Random) -> str:
    offset, bit = offset_in_page(dice), dice.randrange(8)
    pages[block * BLOCK + offset] ^= 1 << bit
    return f"bit {offset}.{bit}"


def set_byte(pages: bytearray, block: int, dice: random.Random) -> str:
    offset, byte = offset_in_page(dice), dice.randrange(256)
    pages[block * BLOCK + offset] = byte
    return f"byte {offset} = {byte}"


def set_word(pages: bytearray, block: int, dice: random.Random) -> str:
    """Small numbers and extremes, which look like a link or a count."""
    offset = offset_in_page(dice) & ~3
    word = dice.choice((0, 1, 2, 0x7FFFFFFF, 0xFFFFFFFF, dice.randrange(len(pages) // BLOCK + 2)))
    pages[block * BLOCK + offset:block * BLOCK + offset + 4] = word.to_bytes(4, "little")
    return f"word {offset} = {word}"


def copy_page(pages: bytearray, block: int, dice: random.Random) -> str:
    other = dice.randrange(len(pages) // BLOCK)
    pages[block * BLOCK:(block + 1) * BLOCK] = pages[other * BLOCK:(other + 1) * BLOCK]
    return f"= block {other}"


def clear_page(pages: bytearray, block: int, _: random.Random) -> str:
    pages[block * BLOCK:(block + 1) * BLOCK] = bytes(BLOCK)
    return "cleared"


DAMAGES = (flip_bit, flip_bit, flip_bit, set_byte, set_byte, set_word, set_word, set_word,
           copy_page, clear_page)
