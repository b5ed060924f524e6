"""The trade between recall and speed, as a picture."""

from pathlib import Path

from .search import K, Measurement


def draw(path: Path, title: str, exact: Measurement, by_probes: dict[int, Measurement]) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    axes.plot(
        [m.recall for m in by_probes.values()],
        [m.queries_per_second for m in by_probes.values()],
        marker="o",
        label="ivfflat, labelled with its probes",
    )
    for probes, m in by_probes.items():
        axes.annotate(
            str(probes), (m.recall, m.queries_per_second), xytext=(4, 5), textcoords="offset points"
        )
    axes.axhline(exact.queries_per_second, linestyle="--", color="grey", label="exact, without an index")
    axes.set_yscale("log")
    axes.set_xlabel(f"recall@{K}")
    axes.set_ylabel("queries per second (one client)")
    axes.set_title(title)
    axes.grid(alpha=0.3, which="both")
    axes.legend(loc="center left")
    figure.savefig(path, dpi=150)
