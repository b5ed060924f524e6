"""Loading vectors by binary COPY.

A row of binary COPY, big-endian: int16 number of fields; then for each field int32 length
and its bytes. The fields here: id (int4) and v: int16 dimensions, int16 0, the elements
(float4 of vector, float2 of halfvec).
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from .metrics import TYPES
from .progress import bar
from .servers import SCHEMA, Server

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
BLOCK_BYTES = 4 << 20


def row_type(dimensions: int, type_name: str) -> np.dtype:
    """The packed bytes of one row."""
    element = TYPES[type_name].newbyteorder(">")
    return np.dtype([("fields", ">i2"), ("id_bytes", ">i4"), ("id", ">i4"), ("v_bytes", ">i4"),
                     ("dimensions", ">i2"), ("unused", ">i2"), ("v", element, (dimensions,))])


def encode(values: np.ndarray, first_id: int, type_name: str) -> bytes:
    """COPY rows for the (n, d) values, with ids from first_id on."""
    count, dimensions = values.shape
    rows = np.zeros(count, dtype=row_type(dimensions, type_name))
    rows["fields"] = 2
    rows["id_bytes"] = 4
    rows["id"] = np.arange(first_id, first_id + count)
    rows["v_bytes"] = 4 + TYPES[type_name].itemsize * dimensions
    rows["dimensions"] = dimensions
    rows["v"] = values
    return rows.tobytes()


def blocks(values: np.ndarray, first_id: int, type_name: str) -> Iterator[tuple[int, bytes]]:
    """Numbers of rows and their encoded bytes, a few megabytes at a time."""
    step = max(1, BLOCK_BYTES // row_type(values.shape[1], type_name).itemsize)
    for start in range(0, len(values), step):
        part = values[start:start + step]
        yield len(part), encode(part, first_id + start, type_name)


def copy_rows(server: Server, table: str, values: np.ndarray, type_name: str,
              first_id: int = 0) -> float:
    """Copies (n, d) values into a table (id, v); seconds of the COPY."""
    with server.connect() as connection, connection.cursor() as cursor, \
            bar(None, f"{server.name}: copy", "rows", len(values)) as progress:
        start = time.perf_counter()
        with cursor.copy(f"COPY {SCHEMA}.{table} (id, v) FROM STDIN (FORMAT binary)") as copy:
            copy.write(HEADER)
            for count, encoded in blocks(values, first_id, type_name):
                copy.write(encoded)
                progress.update(count)
            copy.write(TRAILER)
        return time.perf_counter() - start


def make_table(server: Server, table: str, column: str, storage: str) -> None:
    """An empty table (id, v), replacing one of that name; `column` is the type of v."""
    server.admin.execute(f"DROP TABLE IF EXISTS {SCHEMA}.{table}")
    server.admin.execute(
        f"CREATE TABLE {SCHEMA}.{table} (id integer NOT NULL, v {column} NOT NULL)")
    if storage != "default":
        server.admin.execute(f"ALTER TABLE {SCHEMA}.{table} ALTER v SET STORAGE {storage}")


def load_items(server: Server, values: np.ndarray, type_name: str, storage: str) -> float:
    """Makes and fills the measured table `items`; seconds of the COPY.

    The table is then vacuumed and analysed, so that no later measure pays for hint bits.
    """
    make_table(server, "items", f"{type_name}({values.shape[1]})", storage)
    seconds = copy_rows(server, "items", values, type_name)
    server.admin.execute(f"VACUUM (FREEZE, ANALYZE) {SCHEMA}.items")
    return seconds
