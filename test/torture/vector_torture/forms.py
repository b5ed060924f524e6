"""Tables with an index in each of its forms, and vectors that follow from a key."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg

METHODS = ("ivfflat", "hnsw")
CENTRES = 12
COPIES = 5  # different vectors of all rows that are copies


@dataclass(frozen=True)
class Form:
    """One index on one table; both are named after the form. `copies` of 8 rows are duplicates."""

    method: str
    kind: str
    dims: int
    options: str = ""
    type: str = "vector"
    copies: int = 2

    @property
    def table(self) -> str:
        return f"{self.method}_{self.kind}"

    @property
    def index(self) -> str:
        return f"{self.table}_index"

    def vector(self, seed: int, key: int, version: int = 1) -> str:
        """A row as text: near one of a few centres, or a copy of one of a few vectors."""
        if key // 8 % 8 < self.copies:
            key, version = key % COPIES, 0
        return text_of(near_centre(self.dims, seed, key, version))

    def create_index(self, connection: psycopg.Connection, concurrently: bool = False) -> None:
        options = f" WITH ({self.options})" if self.options else ""
        how = "CONCURRENTLY " if concurrently else ""
        connection.execute(f"CREATE INDEX {how}{self.index} ON {self.table} USING {self.method} "
                           f"(embedding {self.type}_l2_ops){options}")

    def create(self, connection: psycopg.Connection, seed: int, keys: Iterable[int],
               index: bool = True) -> None:
        """A table with version 1 of the keys, and the index."""
        connection.execute(f"DROP TABLE IF EXISTS {self.table}")
        connection.execute(f"CREATE TABLE {self.table} (id int PRIMARY KEY, version int NOT NULL, "
                           f"embedding {self.type}({self.dims}) NOT NULL)")
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY {self.table} FROM STDIN") as copy:
                for key in keys:
                    copy.write_row((key, 1, self.vector(seed, key)))
        if index:
            self.create_index(connection)


# Few dimensions make plain rows and nodes, more make codes.
FORMS = {
    "ivfflat": (Form("ivfflat", "plain", 12, "lists = 12"),
                Form("ivfflat", "coded", 64, "lists = 12")),
    "hnsw": (Form("hnsw", "plain", 12, "m = 8, ef_construction = 40"),
             Form("hnsw", "coded", 48)),
}


def usable(forms: Sequence[Form], connection: psycopg.Connection) -> list[Form]:
    """Those that the extension can have, which may be pgvector."""
    is_ours, = connection.execute(
        "SELECT count(*) > 0 FROM pg_proc WHERE proname = 'vector_index_check'").fetchone()
    return [form for form in forms
            if is_ours or (form.dims <= 2000 and "quantizer" not in form.options)]


def near_centre(dims: int, seed: int, key: int, version: int) -> np.ndarray:
    centre = np.random.default_rng([seed, key % CENTRES]).normal(size=dims)
    return centre + 1.0 * np.random.default_rng([seed, key, version, 1]).normal(size=dims)


def text_of(values: np.ndarray) -> str:
    return "[" + ",".join(f"{value:.4g}" for value in values) + "]"
