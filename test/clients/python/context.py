"""What the tests of all clients share: the values, and a fresh table for each test.

The server is the one that libpq's environment variables name; it has the extension.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

TABLES = "DROP TABLE IF EXISTS items, copied"


@dataclass(frozen=True)
class Value:
    """A value as the server writes it: as text, and in the binary protocol."""

    text: str
    wire: bytes


@dataclass(frozen=True)
class Type:
    """A type, a column of it, and values that fit into the column."""

    name: str
    column: str
    values: list[Value]

    @property
    def create(self) -> str:
        """The table that tests write into."""
        return f"CREATE TABLE items (id int PRIMARY KEY, value {self.column}, list {self.column}[])"

    @property
    def texts(self) -> list[str]:
        return [value.text for value in self.values]

    @property
    def wires(self) -> list[bytes]:
        return [value.wire for value in self.values]

    @property
    def rows(self) -> list[tuple[int, str | None, list[str | None]]]:
        """Rows of texts for the table, with nulls among them."""
        rows = [(i, text, [text, None]) for i, text in enumerate(self.texts)]
        return [*rows, (len(rows), None, [])]

    @property
    def wire_rows(self) -> list[tuple[int, bytes | None, list[bytes | None]]]:
        """The same rows as the binary protocol has them."""
        wire = {value.text: value.wire for value in self.values} | {None: None}
        return [(i, wire[value], [wire[item] for item in items]) for i, value, items in self.rows]


def read_types() -> list[Type]:
    path = Path(__file__).resolve().parent.parent / "values.json"
    return [Type(name, entry["column"],
                 [Value(value["text"], bytes.fromhex(value["wire"])) for value in entry["values"]])
            for name, entry in json.loads(path.read_text()).items()]


TYPES = read_types()
OWN_TYPES = [kind for kind in TYPES if kind.name != "bit"]
