"""Where a page has fields of the structure: docs/ivfflat.md and docs/hnsw.md draw the bytes.

Only fields of which no other value is right are listed: no hints, no vectors, no factors, not which
nodes are entries. A link of a node is a field by its high bits, as the low ones may lead to another
node that would do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .forms import Form

BLOCK = 8192
NONE = 0xFFFFFFFF
PAGE_HEADER = 24
TID = 6
IVF_DIRECTORY, IVF_ROWS, IVF_CODES = 2, 3, 4
HNSW_NODES, HNSW_ITEMS, HNSW_ENTRIES = 2, 3, 4
LANES = 32  # of a block of codes, and of a block of entries


@dataclass(frozen=True)
class Field:
    """Bits [first_bit, bits) of what begins at a byte of the file."""

    name: str
    at: int
    bits: int
    first_bit: int = 0


class Pages:
    """The bytes of an index file."""

    def __init__(self, form: Form, pages: bytes) -> None:
        self.form, self.pages = form, pages

    def number(self, at: int, size: int) -> int:
        return int.from_bytes(self.pages[at:at + size], "little")

    def fields(self) -> list[Field]:
        of_method = self.ivfflat if self.form.method == "ivfflat" else self.hnsw
        return list(of_method())

    def blocks(self) -> range:
        return range(0, len(self.pages), BLOCK)

    def used(self, page: int) -> int:
        """Where the lower part of a page ends."""
        return page + self.number(page + 12, 2)

    # --- ivfflat

    def ivfflat(self) -> Iterator[Field]:
        has_codes = self.number(52, 1) == 1
        for name, at in ("magic", 24), ("dims", 32), ("lists", 36), ("directory_block", 40):
            yield Field(name, at, 32)
        for page in self.blocks():
            kind = self.number(page + 8136, 2)
            yield Field("kind", page + 8136, 16)
            yield Field("page id", page + 8190, 16)
            if kind == IVF_DIRECTORY:
                yield from self.heads(page)
            elif kind == IVF_ROWS:
                yield Field("list", page + 8132, 32)
                if not has_codes:
                    yield Field("next", page + 8128, 32)
                    for tid in range(page + PAGE_HEADER, self.used(page), TID):
                        yield Field("tid", tid, 8 * TID)
            elif kind == IVF_CODES:
                yield Field("next", page + 8128, 32)
                yield from self.code_blocks(page)

    def heads(self, page: int) -> Iterator[Field]:
        for head in range(page + PAGE_HEADER, self.used(page), 32):
            if self.number(head, 4) != NONE:
                yield Field("first_block", head, 32)

    def code_blocks(self, page: int) -> Iterator[Field]:
        yield Field("list", page + 8132, 32)
        if self.number(page + 8132, 4) == NONE:
            return
        padded = (self.form.dims + 63) // 64 * 64
        size = 712 + 4 * padded
        for block in range(page + PAGE_HEADER, self.used(page), size):
            live = self.number(block, 4)
            for lane in range(LANES):
                is_live = live >> lane & 1
                yield Field("live" if is_live else "dead", block + lane // 8, lane % 8 + 1, lane % 8)
                if is_live:
                    yield Field("tid", block + 328 + TID * lane, 8 * TID)
                    yield Field("row_block", block + 520 + 4 * lane, 32)
                    yield Field("row_slot", block + 648 + 2 * lane, 16)

    # --- hnsw

    def hnsw(self) -> Iterator[Field]:
        for name, at, size in (("magic", 24, 4), ("version", 28, 2), ("dims", 32, 4), ("m", 36, 2),
                               ("lanes", 40, 2), ("per_page", 42, 2), ("node_bytes", 48, 4)):
            yield Field(name, at, 8 * size)
        for name, at in ("free_nodes", 32), ("entries_first", 36), ("entries", 44):
            yield Field(name, BLOCK + at, 32)
        for page in self.blocks():
            kind = self.number(page + 8180, 2)
            yield Field("kind", page + 8180, 16)
            yield Field("page id", page + 8190, 16)
            if kind == HNSW_NODES:
                yield from self.nodes(page)
            elif kind == HNSW_ITEMS:
                yield from self.items(page)
            elif kind == HNSW_ENTRIES:
                yield Field("next", page + 8176, 32)
                yield from self.entries(page)

    def nodes(self, page: int) -> Iterator[Field]:
        size, lanes = self.number(48, 4), self.number(40, 2)
        for node in range(page + PAGE_HEADER, self.used(page) - size + 1, size):
            if self.number(node, 1) != 1:
                yield Field("free", node, 1)
                continue
            degree = self.number(node + 1, 1)
            yield Field("state", node, 8)
            yield Field("degree", node + 1, 8, lanes.bit_length())
            yield Field("tid", node + 8, 8 * TID)
            yield Field("value_block", node + 16, 32)
            yield Field("tids_block", node + 20, 32)
            for lane in range(degree):
                yield Field("neighbour", node + 48 + 4 * lane, 32, 24)

    def items(self, page: int) -> Iterator[Field]:
        for line in range(page + PAGE_HEADER, self.used(page), 4):
            offset, size = self.number(line, 2), self.number(line + 2, 2)
            if offset == 0:
                continue
            item = page + offset
            yield Field("item offset", line, 16)
            yield Field("item kind", item + 6, 8)
            if self.number(item + 6, 1) == 2:
                yield Field("item next", item, 32)
                for tid in range(item + 8, item + size - TID + 1, TID):
                    if self.number(tid + 4, 2) != 0:
                        yield Field("item tid", tid, 8 * TID)

    def entries(self, page: int) -> Iterator[Field]:
        is_coded, self_bytes = self.number(38, 1) == 1, self.number(52, 4)
        stride = 392 + 4 * self.number(44, 4) if is_coded else 8 + (self_bytes + 7) // 8 * 8
        for place in range(page + PAGE_HEADER, self.used(page) - stride + 1, stride):
            if not is_coded:
                if self.number(place, 4) != NONE:
                    yield Field("entry", place, 32, 24)
                continue
            for lane in range(LANES):
                if self.number(place, 4) >> lane & 1:
                    yield Field("entry", place + 8 + 4 * lane, 32, 24)
