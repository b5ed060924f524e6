"""What a number depends on: machine, server settings, versions, command line."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy
import psycopg

from .pinning import NotLocal, postmaster_pid
from .servers import Server

SETTINGS = ("server_version", "huge_pages", "huge_pages_status", "shared_buffers",
            "maintenance_work_mem", "work_mem", "jit", "max_parallel_maintenance_workers",
            "max_wal_size", "checkpoint_timeout", "synchronous_commit", "fsync",
            "full_page_writes", "wal_level", "wal_compression", "autovacuum",
            "effective_cache_size", "random_page_cost", "plan_cache_mode", "enable_seqscan",
            "effective_io_concurrency")
SIMD_FLAGS = ("ssse3", "sse4_1", "sse4_2", "popcnt", "f16c", "fma", "avx", "avx2", "avx_vnni",
              "avx512", "amx", "asimd", "sve")


def machine() -> dict[str, Any]:
    """The machine that runs the driver."""
    model, flags = cpu()
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(),
            "architecture": platform.machine(), "memory_bytes": memory_bytes(),
            "load_average": os.getloadavg()[0],
            "simd": [flag for flag in flags if flag.startswith(SIMD_FLAGS)],
            "transparent_huge_pages": transparent_huge_pages(), "huge_pages": huge_pages()}


def cpu() -> tuple[str, list[str]]:
    """Model and feature flags of the first processor in /proc/cpuinfo."""
    facts: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    flags = facts.get("flags", facts.get("Features", "")).split()
    return facts.get("model name", platform.processor() or "unknown"), sorted(flags)


def memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def transparent_huge_pages() -> str:
    path = Path("/sys/kernel/mm/transparent_hugepage/shmem_enabled")
    return path.read_text().strip() if path.exists() else "unknown"


def huge_pages() -> dict[str, int]:
    """Reserved and free huge pages, and the bytes of one."""
    facts = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    first = {name: int(facts.get(name, "0").split()[0])
             for name in ("HugePages_Total", "HugePages_Free", "Hugepagesize")}
    return {"total": first["HugePages_Total"], "free": first["HugePages_Free"],
            "bytes": first["Hugepagesize"] << 10}


def run(pgbench: Path | None) -> dict[str, Any]:
    """This run: when, how called, which revision of the tree, which programs and libraries."""
    return {"date": time.strftime("%Y-%m-%d %H:%M:%S %z"),
            "command_line": shlex.join(without_secrets(sys.argv)),
            "git_revision": git_revision(), "python": platform.python_version(),
            "numpy": numpy.__version__, "psycopg": psycopg.__version__,
            "pgbench": pgbench and version_of(pgbench)}


def version_of(program: Path) -> str:
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()


def without_secrets(arguments: list[str]) -> list[str]:
    """The arguments with every server that has a password replaced by its name."""
    return [word.partition("=")[0] + "=..." if "password" in word or "@" in word and "://" in word
            else word for word in arguments]


def git_revision() -> str | None:
    """Commit of the tree, with '+' when it is changed; None outside of git."""
    def git(*words: str) -> str | None:
        folder = Path(__file__).resolve().parent
        try:
            done = subprocess.run(["git", "--no-optional-locks", "-C", str(folder), *words],
                                  capture_output=True, text=True)
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = git("rev-parse", "HEAD")
    return commit and commit + ("+" if git("status", "--porcelain") else "")


def of_server(server: Server, type_name: str) -> dict[str, Any]:
    """Versions and settings of a server, as seen by a measuring session."""
    with server.connect() as connection:
        connection.execute(f"SELECT '[1]'::{type_name}")  # loads the library and its settings
        rows = connection.execute(
            "SELECT name, current_setting(name) FROM pg_settings "
            "WHERE name = ANY(%s) OR name ~ '^(vector|ivfflat|hnsw|diskann)[.]' ORDER BY name",
            (list(SETTINGS),)).fetchall()
        version = connection.execute(
            "SELECT extversion FROM pg_extension WHERE extname = 'vector'").fetchone()
        connection_kind = "socket" if connection.info.host.startswith("/") else "tcp"
        build = connection.execute("SELECT version()").fetchone()
        level = simd_level(connection)
    return {"extension_version": version[0], "connection": connection_kind, "version": build[0],
            "simd_level": level, "huge_pages_in_use": huge_pages_in_use(server, dict(rows)),
            "settings": dict(rows), "session_settings": server.settings}


def simd_level(connection: psycopg.Connection) -> str | None:
    """The instruction set of the kernels: the best that the server takes. None: not told.

    Changes the setting of the session.
    """
    found = connection.execute(
        "SELECT setting, enumvals FROM pg_settings WHERE name = 'vector.simd'").fetchone()
    if found is None or found[0] != "auto":
        return found and found[0]
    for level in reversed([value for value in found[1] if value != "auto"]):
        try:
            connection.execute(f"SET vector.simd = {level}")
            return level
        except psycopg.errors.InvalidParameterValue:
            continue
    return None


def huge_pages_in_use(server: Server, settings: Mapping[str, str]) -> bool | None:
    """Whether shared memory is in huge pages: as PostgreSQL 17 says, else as the kernel does.

    None when nobody tells.
    """
    status = settings.get("huge_pages_status", "unknown")
    if status in ("on", "off"):
        return status == "on"
    if settings["huge_pages"] == "off":
        return False
    try:
        maps = Path("/proc", str(postmaster_pid(server)), "maps").read_text()
    except (NotLocal, OSError):
        return None
    return "/anon_hugepage" in maps
