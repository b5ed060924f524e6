"""One core for client and backend.

A wake-up across the cores of a virtual machine costs more than a whole short query. With one
client, pgbench and its backend take turns anyway, so they share a core: the postmaster is
bound to it while pgbench runs, its new backends inherit that, and it is released afterwards.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .servers import Server


@dataclass(frozen=True)
class Pinning:
    """The core in use, or None and why not."""

    core: int | None
    reason: str = ""

    def __str__(self) -> str:
        return f"pinned to core {self.core}" if self.core is not None \
            else f"not pinned ({self.reason})"


class NotLocal(Exception):
    """The server's processes are not to be found on this machine."""


def postmaster_pid(server: Server) -> int:
    """Process id of the postmaster: the parent of our own backend, if it is one of ours."""
    info = server.admin.info
    if not info.host.startswith("/") and info.host not in ("localhost", "127.0.0.1", "::1"):
        raise NotLocal("the server is not local")
    process = Path("/proc") / str(info.backend_pid)
    try:
        command = (process / "cmdline").read_bytes()
        status = (process / "status").read_text()
    except OSError:
        raise NotLocal("no process of that backend here") from None
    if not command.startswith(b"postgres: ") or f" {info.dbname} ".encode() not in command:
        raise NotLocal("no process of that backend here")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


@contextmanager
def pinned(server: Server, core: int | None, clients: int) -> Iterator[Pinning]:
    """Binds new backends of the server to the core inside; says whether it did.

    The core is for one client only; None leaves everything as it is.
    """
    if core is None or clients > 1:
        yield Pinning(None, "not wanted" if core is None else "several clients")
        return
    with ExitStack() as stack:
        try:
            bind(postmaster_pid(server), core, stack)
            pinning = Pinning(core)
        except NotLocal as error:
            pinning = Pinning(None, str(error))
        except OSError as error:
            pinning = Pinning(None, error.strerror)
        yield pinning


def bind(process: int, core: int, stack: ExitStack) -> None:
    """Binds the process to the core until the stack unwinds."""
    before = os.sched_getaffinity(process)
    os.sched_setaffinity(process, {core})
    stack.callback(release, process, before)


def release(process: int, cores: set[int]) -> None:
    with suppress(ProcessLookupError):
        os.sched_setaffinity(process, cores)


def chosen_core(wanted: int | None, pin: bool) -> int | None:
    """The core to use: the wanted one, else the last we may use; None for no pinning."""
    if not pin:
        return None
    return max(os.sched_getaffinity(0)) if wanted is None else wanted
