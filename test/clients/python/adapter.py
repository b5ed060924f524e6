"""Python values for the types, with the text and the bytes that drivers exchange for them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import ClassVar


class Vector(tuple):
    """Numbers, as a `vector`."""

    sql_name: ClassVar[str] = "vector"
    element: ClassVar[str] = "f"

    @property
    def text(self) -> str:
        return "[" + ",".join(map(repr, self)) + "]"

    @property
    def wire(self) -> bytes:
        return struct.pack(f">HH{len(self)}{self.element}", len(self), 0, *self)

    @classmethod
    def from_text(cls, text: str) -> Vector:
        exact = cls(map(float, text[1:-1].split(",")))
        return cls.from_wire(exact.wire)  # rounded to the element

    @classmethod
    def from_wire(cls, wire: bytes) -> Vector:
        count, _ = struct.unpack_from(">HH", wire)
        return cls(struct.unpack_from(f">{count}{cls.element}", wire, 4))


class HalfVector(Vector):
    """Numbers, as a `halfvec`."""

    sql_name = "halfvec"
    element = "e"


@dataclass(frozen=True)
class SparseVector:
    """Numbers other than zero by their index, which counts from 0, as a `sparsevec`."""

    dimensions: int
    elements: tuple[tuple[int, float], ...]
    sql_name: ClassVar[str] = "sparsevec"

    @property
    def text(self) -> str:
        pairs = ",".join(f"{index + 1}:{value!r}" for index, value in self.elements)
        return f"{{{pairs}}}/{self.dimensions}"

    @property
    def wire(self) -> bytes:
        count = len(self.elements)
        return struct.pack(f">iii{count}i{count}f", self.dimensions, count, 0,
                           *(index for index, _ in self.elements),
                           *(value for _, value in self.elements))

    @classmethod
    def from_text(cls, text: str) -> SparseVector:
        pairs, dimensions = text[1:].split("}/")
        split = [pair.split(":") for pair in pairs.split(",") if pair]
        exact = cls(int(dimensions),
                    tuple((int(index) - 1, float(value)) for index, value in split))
        return cls.from_wire(exact.wire)  # rounded to float4

    @classmethod
    def from_wire(cls, wire: bytes) -> SparseVector:
        dimensions, count, _ = struct.unpack_from(">iii", wire)
        numbers = struct.unpack_from(f">{count}i{count}f", wire, 12)
        return cls(dimensions, tuple(zip(numbers[:count], numbers[count:])))


CLASSES = {cls.sql_name: cls for cls in (Vector, HalfVector, SparseVector)}
