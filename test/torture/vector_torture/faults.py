"""The n-th call that fails: the test's side of preload/fault.c."""

from __future__ import annotations

import mmap
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .server import Place

SOURCE = Path(__file__).parent.parent / "preload" / "fault.c"
LAYOUT = struct.Struct("=iiiiq")  # pid, kind, errno, hits, countdown
MEMORY, WRITE = 1, 2


class Faults:
    """Compiles the library; `environment` is for the server that is to have it."""

    def __init__(self, place: Place) -> None:
        library, shared = place.directory / "fault.so", place.directory / "fault"
        subprocess.run(["gcc", "-O1", "-fPIC", "-shared", "-Wall", "-Werror", "-fno-builtin",
                        SOURCE, "-o", library, "-ldl"], check=True)
        shared.write_bytes(bytes(LAYOUT.size))
        place.give(shared)
        with shared.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), LAYOUT.size)
        self.environment = {"LD_PRELOAD": str(library), "TORTURE_FAULT": str(shared)}

    @contextmanager
    def armed(self, pid: int, kind: int, countdown: int, error: int = 0) -> Iterator[None]:
        """Inside, one call in this process fails: the first for a countdown of 1."""
        self.memory[:] = LAYOUT.pack(0, kind, error, 0, countdown)
        self.memory[:4] = struct.pack("=i", pid)
        try:
            yield
        finally:
            self.memory[:4] = bytes(4)

    @property
    def hits(self) -> int:
        return LAYOUT.unpack(self.memory)[3]
