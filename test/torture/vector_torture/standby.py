"""R8, R9: replay makes the very same pages, and a standby answers as its primary does."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence

from . import load
from .check import check, check_after_vacuum
from .figure import Figure, Run
from .forms import FORMS, Form
from .server import Server, wait_until

KEYS = 1600
CLIENTS = 4
QUERIES = 25  # of each form, at each comparison


def run(run: Run) -> Iterator[Figure]:
    seconds = run.seconds_or(10, 3600)
    for method in run.methods:
        yield from replay(run, method, seconds)


def replay(run: Run, method: str, seconds: float) -> Iterator[Figure]:
    forms = FORMS[method]
    settings = {"wal_consistency_checking": "'generic'", "wal_level": "replica",
                "hot_standby_feedback": "on", "max_standby_streaming_delay": "-1"}
    with Server(run.place, "primary", settings).create() as primary:
        load.make_tables(primary, forms, run.seed, KEYS)
        journals = load.make_journals(primary, forms, KEYS, CLIENTS)
        with standby_of(primary) as standby:
            pair = Pair(primary, standby, run.seed)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                with load.Load(primary, forms, journals, pair.seed, KEYS) as clients:
                    time.sleep(min(5, seconds))
                pair.errors += clients.errors
                pair.compare(forms)
            replayed = pair.replayed()
            pair.promote(forms)
            mismatches = [line for line in standby.log.read_text(errors="replace").splitlines()
                          if "inconsistent page found" in line] + standby.crashes()
    yield Figure(f"R8 replay, {method}",
                 f"{seconds:.0f} s of load, {replayed >> 20} MB of WAL with "
                 f"wal_consistency_checking: {len(mismatches)} mismatches", mismatches)
    yield Figure(f"R9 standby, {method}",
                 f"{pair.queries} queries at equal LSNs, {pair.different} different, "
                 f"{pair.before_vacuum} before a vacuum; promoted: checker "
                 + ("clean" if not pair.problems else f"found {len(pair.problems)} problems"),
                 pair.problems + pair.errors)


def standby_of(primary: Server) -> Server:
    """A running hot standby that streams."""
    standby = Server(primary.place, "standby")
    primary.place.run("pg_basebackup", "-h", primary.socket, "-p", 54329, "-U", "postgres",
                      "-D", standby.data, "--checkpoint=fast", "--no-sync")
    standby.configure({
        "primary_conninfo": f"'host={primary.socket} port=54329 user=postgres'",
        "wal_receiver_status_interval": "1s"})
    (standby.data / "standby.signal").touch()
    primary.place.give(standby.data / "standby.signal")
    standby.start()
    return standby


class Pair:
    """A primary and its standby."""

    def __init__(self, primary: Server, standby: Server, seed: int) -> None:
        self.primary, self.standby, self.seed = primary, standby, seed
        self.queries = self.different = self.before_vacuum = 0
        self.problems: list[str] = []
        self.errors: list[str] = []

    def catch_up(self) -> None:
        (position,), = self.primary.execute("SELECT pg_current_wal_flush_lsn()")
        wait_until(lambda: self.standby.execute(
            f"SELECT pg_last_wal_replay_lsn() >= '{position}'")[0][0])

    def compare(self, forms: Sequence[Form]) -> None:
        """The same searches on both. REQUIRES: nothing changes.

        Before a vacuum that takes all dead rows away answers of hnsw may differ: the executor
        reports dead rows on a primary only, and there the search looks for others in their place.
        """
        self.seed += 1
        self.before_vacuum += self.compare_once(forms)
        self.wait_for_feedback()
        for form in forms:
            self.primary.execute(f"VACUUM {form.table}")
        different = self.compare_once(forms)
        self.different += different
        if different:
            self.problems.append(f"{different} answers differ")

    def wait_for_feedback(self) -> None:
        """Until no snapshot of the standby, as far as the primary knows, keeps rows that are dead."""
        (now,), = self.primary.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::xid")
        wait_until(lambda: self.primary.execute(
            f"SELECT age(backend_xmin) <= age('{now}'::xid) FROM pg_stat_activity "
            "WHERE backend_type = 'walsender'")[0][0])

    def compare_once(self, forms: Sequence[Form]) -> int:
        self.catch_up()
        different = 0
        for form in forms:
            dice = random.Random(f"{self.seed} {form.index}")
            queries = [form.vector(self.seed, dice.randrange(1 << 20)) for _ in range(QUERIES)]
            answers = [self.answers(server, form, queries)
                       for server in (self.primary, self.standby)]
            different += sum(one != other for one, other in zip(*answers))
            self.queries += len(queries)
        return different

    def answers(self, server: Server, form: Form, queries: Sequence[str]) -> list[list[tuple]]:
        with server.connect(enable_seqscan="off") as connection:
            return [connection.execute(f"SELECT id, version FROM {form.table} "
                                       f"ORDER BY embedding <-> '{query}' LIMIT 10").fetchall()
                    for query in queries]

    def replayed(self) -> int:
        (bytes_of_wal,), = self.standby.execute("SELECT pg_last_wal_replay_lsn() - '0/0'")
        return int(bytes_of_wal)

    def promote(self, forms: Sequence[Form]) -> None:
        self.primary.stop("immediate")
        self.standby.execute("SELECT pg_promote()")
        with self.standby.connect() as connection:
            for form in forms:
                query = form.vector(self.seed, KEYS)
                self.problems += check(connection, form, query).problems
                self.problems += check_after_vacuum(connection, form, query).problems
