"""Semantic search over the descriptions of all packages, from beginning to end."""

import argparse
import math
import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg
from tqdm import tqdm

from . import corpus, embed, plot, search

QUESTIONS = (
    "draw diagrams from text",
    "play chess against the computer",
    "convert video files",
    "compress backups with deduplication",
    "simulate electronic circuits",
    "recover deleted photos",
    "compare dna sequences",
    "solve sudoku puzzles",
)
HELD_OUT = 500
PROBES = (1, 2, 4, 8, 16, 32, 64)
_WIDTH = min(shutil.get_terminal_size((110, 24)).columns, 110)


@contextmanager
def step(text: str) -> Iterator[None]:
    print(f"{text} ...", flush=True)
    start = time.perf_counter()
    yield
    print(f"    done in {time.perf_counter() - start:.1f} s", flush=True)


def heading(text: str) -> None:
    print(f"\n== {text}", flush=True)


def with_progress(items, total: int, text: str):
    return tqdm(items, total=total, desc=f"    {text}", disable=None, leave=False, mininterval=0.5)


def embed_packages(packages: list[corpus.Package], directory: Path) -> embed.Embeddings:
    fingerprint = corpus.fingerprint(packages)
    embeddings = embed.load(directory, fingerprint)
    if embeddings is not None:
        print(f"Embeddings of the last run are still good: {directory}")
        return embeddings
    with step(f"Embedding them in {embed.DIMENSIONS} dimensions (TF-IDF, truncated SVD)"):
        embeddings = embed.compute(
            [package.description for package in packages],
            learn_from=np.array([package.is_for_people for package in packages]),
        )
        embed.save(directory, fingerprint, embeddings)
    return embeddings


def split(count: int) -> tuple[list[int], list[int]]:
    """Numbers of the packages that are loaded, and of those held out as queries."""
    held_out = set(random.Random(1).sample(range(count), HELD_OUT))
    return [i for i in range(count) if i not in held_out], sorted(held_out)


def answer_questions(db: psycopg.Connection, model: embed.Model, questions: tuple[str, ...]) -> None:
    heading("Questions in words, answered by the index (programs only: WHERE section ...)")
    search.use_index(db, probes=10)
    for question in questions:
        print(f"\n  {question}?")
        for hit in search.ask(db, model.embed(question), limit=5):
            print(f"    {hit.similarity:.2f}  {hit.name:<26.26} {hit.summary}"[:_WIDTH])


def benchmark(db: psycopg.Connection, queries: list[str], lists: int):
    heading(f"Recall and speed: the {search.K} nearest of {len(queries)} descriptions not in the table")

    def run(probes: int | None, passes: int = 1) -> list:
        search.use_index(db, probes)
        list(search.answers(db, queries[:20]))  # warm up
        text = "exact" if probes is None else f"probes = {probes}"
        total = passes * len(queries)
        return list(with_progress(search.answers(db, queries * passes), total, text))

    def show(name: str, m: search.Measurement) -> None:
        speed = f"{m.milliseconds:>12.2f} {m.queries_per_second:>12,.0f}"
        print(f"  {name:<22} {m.recall:>9.3f} {speed}", flush=True)

    print(f"  {'':<22} {'recall@' + str(search.K):>9} {'median ms':>12} {'queries/s':>12}")
    found = run(None)
    truth = [distances for distances, _ in found]
    exact = search.measure(found, truth)
    show("without an index", exact)
    by_probes = {}
    for probes in PROBES:
        if probes <= lists:
            by_probes[probes] = search.measure(run(probes, passes=4), truth * 4)
            show(f"ivfflat.probes = {probes}", by_probes[probes])
    return exact, by_probes


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench/demo", description=__doc__)
    parser.add_argument("--dsn", default="dbname=postgres", help="a server with the extension")
    parser.add_argument("--output", type=Path, default=Path("build/demo"), help="cache and plot")
    parser.add_argument("question", nargs="*", help="what to look for, in words")
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)

    heading("The packages of this machine, as vectors")
    with step("Reading the descriptions of all packages that apt knows"):
        packages = corpus.read(arguments.output)
    print(f"    {len(packages):,} packages with different descriptions")
    embeddings = embed_packages(packages, arguments.output)
    loaded, held_out = split(len(packages))

    with psycopg.connect(arguments.dsn, autocommit=True) as db:
        heading("Into the database")
        with step(f"COPY of {len(loaded):,} rows"):
            rows = ((packages[i], embeddings.vectors[i]) for i in loaded)
            search.load(db, with_progress(rows, len(loaded), "rows"), embed.DIMENSIONS)
        lists = round(math.sqrt(len(loaded)))
        print(f"CREATE INDEX ... USING ivfflat ... WITH (lists = {lists}) ...", flush=True)
        seconds, size = search.build_index(db, lists)
        print(f"    done in {seconds:.1f} s, {size / 2**20:.0f} MB")

        answer_questions(db, embeddings.model, tuple(arguments.question) or QUESTIONS)
        queries = [search.as_text(embeddings.vectors[i]) for i in held_out]
        exact, by_probes = benchmark(db, queries, lists)

    picture = arguments.output.resolve() / "recall.png"
    title = f"{len(loaded):,} packages, {embed.DIMENSIONS} dimensions, {lists} lists"
    plot.draw(picture, title, exact, by_probes)
    print(f"\nThe plot of recall against speed: {picture}")


if __name__ == "__main__":
    main()
