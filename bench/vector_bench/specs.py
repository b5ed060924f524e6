"""The small languages of the command line: servers, indexes, sweeps and settings."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DEFAULT_SWEEPS = {
    "ivfflat": ("ivfflat.probes", "1,2,4,8,16,32"),
    "hnsw": ("hnsw.ef_search", "10,20,40,80,160,320"),
}


@dataclass(frozen=True)
class ServerSpec:
    """A server by its short name; `dsn` is anything libpq takes."""

    name: str
    dsn: str


@dataclass(frozen=True)
class IndexSpec:
    """One index: access method, WITH options, and the servers it is for (none named: all)."""

    name: str
    method: str
    options: tuple[tuple[str, str], ...] = ()
    servers: frozenset[str] = frozenset()

    def is_for(self, server: str) -> bool:
        return not self.servers or server in self.servers

    @property
    def title(self) -> str:
        """The name, with method and options behind it unless it consists of them."""
        text = " ".join([self.method, *(f"{name}={value}" for name, value in self.options)])
        return text if self.name == text else f"{self.name} ({text})"


@dataclass(frozen=True)
class Sweep:
    """Values of one setting; for the index of that name, or for a method when `index` is None."""

    index: str | None
    setting: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """A session setting; for one server, or for all when `server` is None."""

    server: str | None
    name: str
    value: str


def parse_server(text: str) -> ServerSpec:
    """`name=DSN`."""
    match = re.fullmatch(r"([\w.-]+)=(.*)", text, re.DOTALL)
    if match is None:
        raise ValueError(f"a server is NAME=DSN, not {text!r}")
    return ServerSpec(match[1], match[2])


def parse_index(text: str) -> IndexSpec:
    """`[NAME:] METHOD [OPTION=VALUE ...] [@SERVER ...]`."""
    name, colon, rest = text.rpartition(":")
    words = rest.split()
    servers = frozenset(word[1:] for word in words if word.startswith("@"))
    words = [word for word in words if not word.startswith("@")]
    if not words or not re.fullmatch(r"\w+", words[0]):
        raise ValueError("an index is [NAME:] METHOD [OPTION=VALUE ...] [@SERVER ...], "
                         f"not {text!r}")
    options = []
    for word in words[1:]:
        match = re.fullmatch(r"(\w+)=([\w.+-]+)", word)
        if match is None:
            raise ValueError(f"index option {word!r} is not OPTION=VALUE")
        options.append((match[1], match[2]))
    return IndexSpec(name.strip() if colon else " ".join(words), words[0], tuple(options), servers)


def parse_sweep(text: str) -> Sweep:
    """`[INDEX:] SETTING=VALUE,VALUE,...`."""
    match = re.fullmatch(r"(?:(.*):)?\s*([\w.]+)=([^,]+(?:,[^,]+)*)", text)
    if match is None:
        raise ValueError(f"a sweep is [INDEX:] SETTING=VALUE,VALUE,..., not {text!r}")
    return Sweep(match[1] and match[1].strip(), match[2], tuple(match[3].split(",")))


def parse_setting(text: str) -> Setting:
    """`[SERVER:] NAME=VALUE`."""
    match = re.fullmatch(r"(?:([\w-]+):)?\s*([\w.]+)=(.*)", text)
    if match is None:
        raise ValueError(f"a setting is [SERVER:] NAME=VALUE, not {text!r}")
    return Setting(match[1], match[2], match[3])


def default_indexes(rows: int) -> list[IndexSpec]:
    """What is measured when no index is named: ivfflat with sqrt(rows) lists, and hnsw."""
    lists = str(max(1, round(math.sqrt(rows))))
    return [IndexSpec(f"ivfflat lists={lists}", "ivfflat", (("lists", lists),)),
            IndexSpec("hnsw", "hnsw")]


def with_lists(index: IndexSpec, lists: int | None) -> IndexSpec:
    """The index with `lists` added when it is an ivfflat that does not say."""
    if lists is None or index.method != "ivfflat" or "lists" in dict(index.options):
        return index
    name = f"{index.name} lists={lists}" if index.name == index.method else index.name
    return IndexSpec(name, index.method, (*index.options, ("lists", str(lists))), index.servers)


def sweep_of(index: IndexSpec, sweeps: Iterable[Sweep]) -> Sweep | None:
    """The sweep for an index: by its name, else by its method, else the method's default."""
    candidates = list(sweeps)
    for sweep in candidates:
        if sweep.index == index.name:
            return sweep
    for sweep in candidates:
        if sweep.index is None and sweep.setting.partition(".")[0] == index.method:
            return sweep
    if index.method in DEFAULT_SWEEPS:
        setting, values = DEFAULT_SWEEPS[index.method]
        return Sweep(None, setting, tuple(values.split(",")))
    return None


def group_cases(indexes: Sequence[IndexSpec],
                servers: Sequence[str]) -> list[list[tuple[str, IndexSpec]]]:
    """Groups of (server, index) measured side by side: at most one index a server in a group.

    An index joins the last group when none of its servers is taken there, so that
    indexes restricted to different servers are compared in the same rounds.
    """
    groups: list[list[tuple[str, IndexSpec]]] = []
    for index in indexes:
        cases = [(server, index) for server in servers if index.is_for(server)]
        taken = {server for server, _ in groups[-1]} if groups else set()
        if groups and taken.isdisjoint(server for server, _ in cases):
            groups[-1].extend(cases)
        elif cases:
            groups.append(cases)
    return [sorted(group, key=lambda case: servers.index(case[0])) for group in groups]
