"""The recall-QPS curve."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .report import clients_text
from .results import Case, Results

# Okabe and Ito's colours, told apart by people with any colour vision; yellow left out.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = "osD^vPX"
DASHES = ("-", "--", "-.", ":")
TICKS = (0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1)
CROWDING = 1e-3  # the recall axis is log10(1 - recall + CROWDING): wide near 1, but finite


def draw(results: Results, folder: Path) -> list[Path]:
    """Writes recall_qps_<clients>.png and .svg for each number of clients; the files made."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot

    files = []
    for clients in results.clients:
        cases = [case for case in results.cases if case.curve(clients)[0]]
        if not cases:
            continue
        figure, axes = pyplot.subplots(figsize=(9.5, 5.2), layout="constrained")
        for position, case in enumerate(cases):
            draw_case(axes, case, clients, style(results, cases, position))
        decorate(axes, results, cases, clients)
        for suffix in ("png", "svg"):
            files.append(folder / f"recall_qps_{clients}.{suffix}")
            figure.savefig(files[-1], dpi=150)
        pyplot.close(figure)
    return files


def style(results: Results, cases: list[Case], position: int) -> dict:
    """Colour and marker by server, dashes by index."""
    server = results.servers.index(cases[position].server)
    index = list(dict.fromkeys(case.index for case in cases)).index(cases[position].index)
    return {"color": COLORS[server % len(COLORS)], "linestyle": DASHES[index % len(DASHES)],
            "marker": MARKERS[(server + index * len(results.servers)) % len(MARKERS)]}


def draw_case(axes, case: Case, clients: int, look: dict) -> None:
    recalls, rates = case.curve(clients)
    order = np.argsort(recalls, kind="stable")
    axes.plot(np.take(recalls, order), np.take(rates, order), label=f"{case.server}: {case.index}",
              linewidth=1.8, markersize=6.5, markeredgecolor="white", markeredgewidth=0.7,
              clip_on=False, zorder=3, **look)


def decorate(axes, results: Results, cases: list[Case], clients: int) -> None:
    """Scales, ticks, labels, title, legend."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(10, subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xscale("function", functions=(
        lambda recall: -np.log10(np.maximum(1 - recall, 0) + CROWDING),
        lambda place: 1 + CROWDING - np.power(10.0, -np.asarray(place))))
    lowest = min(min(case.curve(clients)[0]) for case in cases)
    left = max(tick for tick in TICKS if tick <= lowest and tick < 1)
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in TICKS if tick >= left]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(left, 1)
    axes.grid(True, which="major", color="#dddddd", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel(f"recall@{results.k}")
    axes.set_ylabel(f"queries per second, {clients_text(clients)}")
    axes.set_title(results.title, fontsize=11, loc="left")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False,
                title="up and right is better", alignment="left")
