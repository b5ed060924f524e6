"""What clients know to be committed, in a file outside the server.

A line for each transaction before its COMMIT is sent, `? table id version ...` with version 0
for a deleted row, and a line `!` once the server has confirmed it. After a crash the last
transaction of a client may have happened or not; which it was, is written down too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

Key = tuple[str, int]
Change = tuple[str, int, int]


class Journal:
    """The rows of one client: nobody else writes them."""

    def __init__(self, path: Path, rows: Mapping[Key, int]) -> None:
        self.rows = dict(rows)
        self.pending: list[Change] = []
        self.file = path.open("w+")
        self.attempt([(table, key, version) for (table, key), version in rows.items()])
        self.done()

    def attempt(self, changes: Sequence[Change]) -> None:
        self.pending = list(changes)
        self.file.write("? " + " ".join(f"{t} {k} {v}" for t, k, v in changes) + "\n")
        self.file.flush()

    def done(self) -> None:
        self.file.write("!\n")
        self.file.flush()
        for table, key, version in self.pending:
            self.rows[table, key] = version
        self.pending = []

    def read(self) -> tuple[dict[Key, int], list[Change]]:
        """The committed rows and the changes in doubt, from the file alone."""
        self.file.seek(0)
        rows: dict[Key, int] = {}
        pending: list[Change] = []
        for line in self.file:
            if line.startswith("!"):
                rows.update({(table, key): version for table, key, version in pending})
                pending = []
            else:
                words = line.split()[1:]
                pending = [(table, int(key), int(version)) for table, key, version
                           in zip(words[0::3], words[1::3], words[2::3])]
        return rows, pending

    def settle(self, found: Mapping[Key, int]) -> list[str]:
        """Compares with the rows in the server; what is in doubt is settled by them."""
        rows, pending = self.read()
        doubtful = {(table, key): version for table, key, version in pending}
        took_place = {found.get(at, 0) == version for at, version in doubtful.items()
                      if version != rows.get(at, 0)}
        problems = [] if len(took_place) < 2 else [f"half of a transaction: {pending}"]
        if True in took_place:
            rows.update(doubtful)
        for at in rows.keys() | doubtful.keys():
            expected, actual = rows.get(at, 0), found.get(at, 0)
            if expected != actual:
                kind = "phantom" if actual > expected else "lost"
                problems.append(f"{kind}: {at} has version {actual} instead of {expected}")
        if took_place == {True}:
            self.done()
        else:
            self.attempt([])
            self.done()
        return problems
