"""Runs of pgbench, and what it prints.

Vectors reach pgbench as variables of the command line (-D q0=[...]), one script file a query
(-f), of which it picks one at random for every transaction. In prepared mode each script is
then one prepared statement, and the vector a text parameter sent by the client, as by an
application. pgbench takes at most 128 scripts, and the kernel bounds a command line; so a run
has a slice of the queries, and the next round takes the next slice.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .servers import ServerError, without_password

MAX_SCRIPTS = 128
MAX_ARGUMENT_BYTES = 128 << 10  # the kernel's limit on one argument

RATE = re.compile(r"tps = ([\d.]+) \((?:without initial connection time|excluding)")
INSERT_LATENCY = re.compile(r"^\s+([\d.]+)\s+(?:\d+\s+)?INSERT ", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of pgbench: `length` is its -T seconds or -t transactions argument."""

    program: Path
    server: str
    conninfo: str
    scripts: Sequence[Path]
    length: Sequence[str]
    clients: int = 1
    seed: int = 0
    core: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    extra: Sequence[str] = ()

    def execute(self) -> str:
        """What pgbench prints; raises ServerError when it fails."""
        conninfo, environment = without_password(self.conninfo)
        bind = None if self.core is None else lambda: os.sched_setaffinity(0, {self.core})
        done = subprocess.run([*self.arguments(), conninfo], env=environment, preexec_fn=bind,
                              capture_output=True, text=True)
        if done.returncode != 0:
            last = "\n".join(done.stderr.strip().splitlines()[-5:])
            raise ServerError(f"server {self.server}: pgbench failed: {last}")
        return done.stdout

    def arguments(self) -> list[str]:
        """The command line but for the connection string."""
        threads = min(self.clients, os.cpu_count() or 1)
        result = [str(self.program), "-n", "-M", "prepared", f"--random-seed={self.seed}",
                  "-c", str(self.clients), "-j", str(threads), *self.length, *self.extra]
        for name, value in self.variables.items():
            result += ["-D", f"{name}={value}"]
        for script in self.scripts:
            result += ["-f", str(script)]
        return result


def vector_text(row: np.ndarray) -> str:
    """Shortest text of a vector that reads back to the same values."""
    if np.array_equal(row, np.trunc(row)) and np.abs(row).max(initial=0) < 1e6:
        return "[" + ",".join(map(str, row.astype(np.int64).tolist())) + "]"
    return "[" + ",".join(map(str, row)) + "]"


def slice_length(texts: Sequence[str], limit_bytes: int | None = None) -> int:
    """How many of the texts fit into one run; raises ValueError when one alone does not."""
    limit_bytes = limit_bytes or os.sysconf("SC_ARG_MAX") * 3 // 4
    longest = max(len(text) for text in texts) + 16
    if longest > min(MAX_ARGUMENT_BYTES, limit_bytes):
        raise ValueError(f"a query of {longest} bytes of text does not fit on a command line")
    return min(MAX_SCRIPTS, len(texts), limit_bytes // longest)


def rate_of(output: str) -> float:
    """Transactions per second, connection time excluded."""
    match = RATE.search(output)
    if match is None:
        raise ValueError(f"pgbench printed no rate: {output!r}")
    return float(match[1])


def insert_latency_of(output: str) -> float:
    """Mean milliseconds of the INSERT statement, from -r."""
    match = INSERT_LATENCY.search(output)
    if match is None:
        raise ValueError(f"pgbench printed no latency: {output!r}")
    return float(match[1])


def latencies_of(prefix: Path) -> np.ndarray:
    """Latencies in microseconds of all transactions logged under the prefix."""
    found: list[int] = []
    for path in sorted(prefix.parent.glob(prefix.name + ".*")):
        with path.open() as file:
            found += [int(words[2]) for words in map(str.split, file) if words[2].isdigit()]
    return np.array(found, dtype=np.float64)
