"""From the command line to the results, cleaning up whatever happens."""

from __future__ import annotations

import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from . import datasets, environment, plot, report
from .describe import describe_data
from .options import Options, parse
from .progress import say
from .results import Results
from .run import Setup, measure
from .servers import Server, ServerError, without_password
from .synthetic_files import read_synthetic
from .synthetic_spec import SyntheticSpec
from .truth import Truth, truth_of


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 an error, 130 interrupted."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run(options)
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    except (ServerError, ValueError, OSError) as error:
        say(f"bench.py: {error}")
        return 1
    return 0


def run(options: Options) -> None:
    """Measures and reports; reports what there is when the measuring breaks off."""
    dataset, metric, truth = read(options)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vector-bench-")))
        servers = open_servers(options, stack)
        setup = Setup(options, dataset, metric, truth, servers, folder)
        results = empty_results(setup)
        try:
            measure(setup, results)
        finally:
            if any(case.build_seconds for case in results.cases):
                publish(results, options.output)


def read(options: Options) -> tuple[datasets.Dataset, str, Truth | None]:
    """Data set, metric, and the truth when searches are measured."""
    if isinstance(options.data, SyntheticSpec):
        dataset = read_synthetic(options.data, options.cache_data)
    elif options.data.suffix == ".hdf5":
        dataset = datasets.read_hdf5(options.data, options.rows)
    else:
        dataset = datasets.read_files(options.data, options.query_data, options.truth)
    dataset = datasets.checked(datasets.cut(dataset, options.rows, options.queries))
    metric = options.metric or dataset.metric or "l2"
    if "insert" in options.measure and options.insert_rows * 2 > dataset.rows:
        raise ValueError(f"--insert-rows {options.insert_rows} is more than half of the rows")
    if not options.measure & {"search", "latency"}:
        return dataset, metric, None
    return dataset, metric, truth_of(dataset, metric, options.type, options.limit,
                                     options.truth_cache)


def open_servers(options: Options, stack: ExitStack) -> dict[str, Server]:
    """All servers with their schema made; the stack drops it again."""
    servers = {}
    for spec in options.server:
        settings = {item.name: item.value for item in options.set
                    if item.server in (None, spec.name)}
        servers[spec.name] = Server(spec, settings)
        stack.callback(servers[spec.name].close, options.keep)
        servers[spec.name].open()
    return servers


def empty_results(setup: Setup) -> Results:
    """Results with everything but the measures."""
    options, dataset = setup.options, setup.dataset
    found = {}
    for server in setup.servers.values():
        with server.blamed():
            found[server.name] = environment.of_server(server, options.type)
    storage = "" if options.storage == "default" else f", {options.storage} storage"
    title = (f"{options.title or dataset.name}: {dataset.rows:,} x {dataset.dimensions}, "
             f"{options.type}, {setup.metric}{storage}, k = {options.limit}")
    return Results(title, options.limit, options.reference, list(setup.servers), options.clients,
                   options.recall_targets,
                   {"machine": environment.machine(), "run": environment.run(options.pgbench),
                    "servers": found},
                   described_options(options),
                   describe_data(dataset, options.data, setup.metric, setup.truth))


def described_options(options: Options) -> dict:
    """The options as JSON takes them, without passwords."""
    result = json.loads(json.dumps(asdict(options), default=described_value))
    for server in result["server"]:
        server["dsn"] = without_password(server["dsn"])[0]
    return result


def described_value(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def publish(results: Results, folder: Path) -> None:
    """Prints the table and writes results.json, table.txt and the plots."""
    results.at_recall = report.at_recall(results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results.as_json(), indent=2) + "\n")
    text = report.report(results)
    (folder / "table.txt").write_text(text + "\n")
    print(text)
    sys.stdout.flush()
    plot.draw(results, folder)
    say(f"results in {folder}")
