"""The command line."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import specs
from .metrics import METRICS, TYPES
from .synthetic_files import default_cache
from .synthetic_spec import PREFIX, SyntheticSpec, parse_synthetic

MEASURES = ("build", "search", "latency", "insert", "vacuum")
RESULTS = Path(__file__).resolve().parent.parent / "results"


@dataclass(frozen=True)
class Options:
    """Everything the command line says, checked and typed."""

    server: list[specs.ServerSpec]
    reference: str
    data: Path | SyntheticSpec
    query_data: Path | None
    truth: Path | None
    rows: int | None
    queries: int | None
    metric: str | None
    type: str
    storage: str
    index: list[specs.IndexSpec]
    lists: int | None
    sweep: list[specs.Sweep]
    set: list[specs.Setting]
    limit: int
    measure: frozenset[str]
    clients: list[int]
    rounds: int
    build_rounds: int
    seconds: int
    insert_rows: int
    recall_targets: list[float]
    pgbench: Path
    pin: bool
    pin_core: int | None
    output: Path
    truth_cache: Path
    cache_data: Path
    title: str | None
    keep: bool


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Options from the command line; leaves with a message when they make no sense."""
    parser = make_parser()
    found = parser.parse_args(arguments)
    names = [server.name for server in found.server]
    found.reference = found.reference or names[0]
    found.pgbench = found.pgbench or find_pgbench()
    found.output = found.output or RESULTS / time.strftime("%Y%m%d-%H%M%S")
    for problem in problems(found, names):
        parser.error(problem)
    return Options(**vars(found))


def problems(found: argparse.Namespace, names: list[str]) -> list[str]:
    """What argparse itself cannot see to be wrong, as messages."""
    named = [(f"index {index.name!r}", name) for index in found.index for name in index.servers]
    named += [(f"setting {item.name!r}", item.server) for item in found.set if item.server]
    named += [("--reference", found.reference)]
    result = [f"{what} names the unknown server {name!r}" for what, name in named
              if name not in names]
    if len(set(names)) < len(names):
        result.append("two servers have the same name")
    if len({index.name for index in found.index}) < len(found.index):
        result.append("two indexes have the same name: give each one as 'NAME: METHOD ...'")
    if isinstance(found.data, SyntheticSpec):
        if found.query_data or found.truth:
            result.append("synthetic data bring their own queries and true neighbours")
    elif found.data.suffix != ".hdf5" and found.query_data is None:
        result.append("--query-data is needed unless --data is an .hdf5 file or synthetic")
    if found.pgbench is None and found.measure & {"search", "latency", "insert"}:
        result.append("pgbench not found: name it with --pgbench")
    return result


def find_pgbench() -> Path | None:
    """pgbench of the PATH, of pg_config's bin folder, or of the newest Debian package."""
    if found := shutil.which("pgbench"):
        return Path(found)
    folders = []
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True)
        folders.append(Path(answer.stdout.strip()))
    debian = [path for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin")]
    folders += sorted(debian, key=lambda path: int(path.parent.name.split(".")[0]), reverse=True)
    return next((folder / "pgbench" for folder in folders if (folder / "pgbench").exists()), None)


def listed(convert: Callable[[str], object]) -> Callable[[str], list]:
    """An argparse type: comma-separated values."""
    def convert_all(text: str) -> list:
        return [convert(word) for word in text.split(",")]
    convert_all.__name__ = f"list of {convert.__name__}"
    return convert_all


def positive(text: str) -> int:
    if int(text) < 1:
        raise ValueError
    return int(text)


def measures(text: str) -> frozenset[str]:
    """An argparse type: comma-separated names out of MEASURES."""
    chosen = frozenset(text.split(","))
    if unknown := chosen - set(MEASURES):
        raise argparse.ArgumentTypeError(f"unknown: {', '.join(sorted(unknown))}")
    return chosen


def data_source(text: str) -> Path | SyntheticSpec:
    return parse_synthetic(text) if text.startswith(PREFIX) else Path(text)


def spec(parse_text: Callable[[str], object]) -> Callable[[str], object]:
    """An argparse type which keeps the message of the ValueError."""
    def convert(text: str) -> object:
        try:
            return parse_text(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    return convert


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.py", description=(
        "Measures vector indexes on one or more PostgreSQL servers, side by side."))
    add_input(parser.add_argument_group("servers and data"))
    add_indexes(parser.add_argument_group("table and indexes"))
    add_measuring(parser.add_argument_group("measuring"))
    add_output(parser.add_argument_group("output"))
    return parser


def add_input(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--server", action="append", required=True, metavar="NAME=DSN",
                       type=spec(specs.parse_server), help="a server; may be repeated")
    group.add_argument("--reference", metavar="NAME",
                       help="the server that ratios refer to (default: the first)")
    group.add_argument("--data", type=spec(data_source), required=True, metavar="DATA",
                       help="base vectors: .fvecs, .bvecs, .ivecs, an ann-benchmarks .hdf5, or "
                            "synthetic:ROWSxDIMENSIONS[,OPTION=VALUE ...]")
    group.add_argument("--query-data", type=Path, metavar="FILE",
                       help="query vectors: .fvecs, .bvecs or .ivecs")
    group.add_argument("--truth", type=Path, metavar="FILE",
                       help="true neighbours as .ivecs; without it they are computed")
    group.add_argument("--rows", type=positive, help="only the first ROWS base vectors")
    group.add_argument("--queries", type=positive, help="only the first QUERIES query vectors")


def add_indexes(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--metric", choices=sorted(METRICS),
                       help="default: as the .hdf5 file says, else l2")
    group.add_argument("--type", choices=sorted(TYPES), default="vector")
    group.add_argument("--storage", default="default",
                       choices=["default", "plain", "external", "extended", "main"],
                       help="storage of the vector column (default: as the type has it)")
    group.add_argument("--index", action="append", default=[], metavar="SPEC",
                       type=spec(specs.parse_index),
                       help="'[NAME:] METHOD [OPTION=VALUE ...] [@SERVER ...]'; may be repeated "
                            "(default: ivfflat with sqrt(rows) lists, and hnsw)")
    group.add_argument("--lists", type=positive,
                       help="lists of every ivfflat index that does not say itself")
    group.add_argument("--sweep", action="append", default=[], metavar="SPEC",
                       type=spec(specs.parse_sweep),
                       help="'[INDEX:] SETTING=VALUE,...', as ivfflat.probes=1,4,16")
    group.add_argument("--set", action="append", default=[], metavar="SPEC",
                       type=spec(specs.parse_setting),
                       help="'[SERVER:] NAME=VALUE': a setting of all sessions; may be repeated")


def add_measuring(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--measure", type=measures, default=frozenset({"build", "search"}),
                       metavar="LIST", help=f"out of {','.join(MEASURES)} (default: build,search)")
    group.add_argument("--limit", type=positive, default=10, metavar="K",
                       help="rows that a query asks for (default: 10)")
    group.add_argument("--clients", type=listed(positive), default=[1], metavar="LIST",
                       help="numbers of concurrent clients, as 1,2,4 (default: 1)")
    group.add_argument("--rounds", type=positive, default=3,
                       help="rounds over all servers; medians are reported (default: 3)")
    group.add_argument("--build-rounds", type=positive, default=1,
                       help="how often an index is built (default: 1)")
    group.add_argument("--seconds", type=positive, default=5,
                       help="length of one run of pgbench (default: 5)")
    group.add_argument("--insert-rows", type=positive, default=3000,
                       help="rows held back and inserted one by one (default: 3000)")
    group.add_argument("--recall-targets", type=listed(float), default=[0.95, 0.99],
                       metavar="LIST", help="recalls to compare at (default: 0.95,0.99)")
    group.add_argument("--pgbench", type=Path, metavar="PROGRAM")
    group.add_argument("--no-pin", dest="pin", action="store_false",
                       help="do not run a single client and its backend on one core")
    group.add_argument("--pin-core", type=int, metavar="CORE", help="(default: the last one)")


def add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--output", type=Path, metavar="DIR",
                       help="folder of the results (default: bench/results/<time>)")
    group.add_argument("--truth-cache", type=Path, default=RESULTS / "truth", metavar="DIR",
                       help="folder of computed neighbours (default: bench/results/truth)")
    group.add_argument("--cache-data", type=Path, default=default_cache(), metavar="DIR",
                       help="folder of synthetic data (default: %(default)s)")
    group.add_argument("--title", help="name of the data set (default: from the file)")
    group.add_argument("--keep", action="store_true", help="leave the schema in place at the end")
