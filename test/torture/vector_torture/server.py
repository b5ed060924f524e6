"""A PostgreSQL server of our own: a directory, a socket, an unprivileged user, settings."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

PORT = 54329  # names the socket only: each server has a directory for its own
DEFAULTS = {
    "listen_addresses": "''", "port": str(PORT), "autovacuum": "off", "fsync": "off",
    "max_connections": "40", "restart_after_crash": "off", "shared_buffers": "64MB",
    "max_wal_size": "4GB", "checkpoint_timeout": "30s", "log_line_prefix": "'%m [%p] '",
    "log_error_verbosity": "verbose", "log_min_duration_statement": "5s",
}


@dataclass(frozen=True)
class Place:
    """Where servers are made: programs, a directory that all may read, and who runs them."""

    bindir: Path
    directory: Path
    user: str
    environment: Mapping[str, str] = field(default_factory=dict)  # of the servers
    server: Path | None = None  # a program that becomes bindir's postgres

    def run(self, program: str, *arguments: object, environment: Mapping[str, str] | None = None,
            check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a program of PostgreSQL as the servers' user. REQUIRES: it ends by itself."""
        log = self.directory / "programs.log"
        with log.open("a+") as output:
            start = output.tell()
            done = subprocess.run(
                [self.bindir / program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT, text=True, cwd=self.directory,
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **(environment or {})},
                **self.identity())
            output.seek(start)
            done.stdout = output.read()
        if check and done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stdout}")
        return done

    def identity(self) -> dict[str, object]:
        """What makes subprocess run as the servers' user."""
        if os.geteuid() != 0:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def library_directory(self) -> Path:
        return Path(subprocess.run([self.bindir / "pg_config", "--pkglibdir"], check=True,
                                   capture_output=True, text=True).stdout.strip())

    def give(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, self.user)


@dataclass
class Server:
    """A cluster. As a context it is stopped and removed in the end, whatever happens."""

    place: Place
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.data = self.place.directory / self.name
        self.log = self.place.directory / f"{self.name}.log"
        self.socket = self.place.directory / f"{self.name}.socket"
        self.read = self.seen = 0  # of the log: bytes, and what restarts() counts in them

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for path in self.data, self.socket:
            shutil.rmtree(path, ignore_errors=True)

    def create(self) -> Server:
        """A new cluster with the extension, started."""
        # PostgreSQL 18 has checksums unless told otherwise, which find damage before the index.
        unchecked = "--no-data-checksums"
        options = [unchecked] if unchecked in self.place.run("initdb", "--help").stdout else []
        self.place.run("initdb", "-D", self.data, "-U", "postgres", "--auth=trust",
                       "--encoding=UTF8", "--no-locale", "--no-sync", *options)
        self.configure(DEFAULTS)
        self.start()
        self.execute("CREATE EXTENSION vector")
        return self

    def configure(self, settings: Mapping[str, str]) -> None:
        """Makes the socket's directory and appends to the configuration."""
        self.socket.mkdir(mode=0o700, exist_ok=True)
        self.place.give(self.socket)
        merged = {**settings, "unix_socket_directories": f"'{self.socket}'", **self.settings}
        with (self.data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in merged.items())

    def start(self, wait: float = 600) -> None:
        program = ["-p", self.place.server] if self.place.server else []
        self.place.run("pg_ctl", *program, "-D", self.data, "-l", self.log, "-w", "-t", int(wait),
                       "start", environment={**self.place.environment, **self.environment})

    def stop(self, mode: str = "fast") -> None:
        self.place.run("pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def postmaster(self) -> int | None:
        """Its process, if it runs."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split()[0])
            program = os.readlink(f"/proc/{pid}/exe")
        except (OSError, ValueError, IndexError):
            return None
        return pid if program.startswith(str(self.place.bindir)) else None

    def kill(self) -> None:
        """SIGKILL for the postmaster and all its children at one moment."""
        postmaster = self.postmaster()
        if postmaster is None:
            return
        os.kill(postmaster, signal.SIGSTOP)  # no child is born after we have counted them
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in [postmaster, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_until(lambda: not any(is_running(pid) for pid in [postmaster, *map(int, children)]))
        # Until somebody waits for the dead postmaster, it would count as running.
        for lock in self.data / "postmaster.pid", self.socket / f".s.PGSQL.{PORT}.lock":
            lock.unlink(missing_ok=True)

    def connect(self, **settings: object) -> psycopg.Connection:
        """A session in autocommit mode."""
        options = " ".join(f"-c {name.replace('__', '.')}={value}"
                           for name, value in settings.items())
        connection = psycopg.connect(host=str(self.socket), port=PORT, user="postgres",
                                     dbname="postgres", autocommit=True, options=options)
        connection.prepare_threshold = None
        return connection

    def execute(self, *statements: str) -> list[tuple]:
        """The rows of the last statement, in a session of its own."""
        with self.connect() as connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def is_up(self) -> bool:
        try:
            return bool(self.execute("SELECT 1"))
        except psycopg.OperationalError:
            return False

    def restarts(self) -> int:
        """How often the server has begun anew after the death of one of its processes."""
        with self.log.open(errors="replace") as log:  # it is long, and asked for again and again
            log.seek(self.read)
            for line in iter(log.readline, ""):
                if not line.endswith("\n"):
                    break
                self.seen += "; reinitializing" in line
                self.read = log.tell()
        return self.seen

    def crashes(self) -> list[str]:
        """Lines of the log that tell of a process killed by a signal, or of a panic."""
        if not self.log.exists():
            return []
        return [line for line in self.log.read_text(errors="replace").splitlines()
                if "was terminated by signal" in line or "PANIC:" in line
                or "TRAP:" in line]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds: float = 600) -> None:
    """Polls; an error after some time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("waited in vain")
        time.sleep(0.01)
