"""Embeddings without a neural network: TF-IDF, then a truncated SVD.

Words that occur in the same descriptions end up near each other, so that a question
finds a package that uses other words for the same thing.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DIMENSIONS = 256
_VERSION = 1  # of the cached file: raise it with every change of this module
_WORD = re.compile(r"[a-z][a-z0-9+]+")
_STOP = frozenset(
    "a all also an and any are as at be been but by can do for from has have how in into is it its "
    "may more most no not of on one only or other out over package packages role program provides so "
    "some such that the their them then there these they this to up use used uses using via was what "
    "when where which who will with without works you your".split()
)


def words(text: str) -> list[str]:
    """The words of a text, without endings: "converting videos" is "convert video"."""
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in _STOP]


def _stem(word: str) -> str:
    for ending, replacement, shortest in (
        ("ies", "y", 5), ("sses", "ss", 6), ("ation", "at", 8), ("ing", "", 6), ("ers", "", 6),
        ("er", "", 6), ("or", "", 6), ("ed", "", 5), ("s", "", 4), ("e", "", 5),
    ):  # fmt: skip
        if word.endswith(ending) and len(word) >= shortest and not word.endswith("ss"):
            return word[: -len(ending)] + replacement
    return word


def _normalised(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return (vectors / np.maximum(norms, 1e-9)).astype(np.float32)


@dataclass
class Model:
    """What a text needs to become a vector."""

    vocabulary: dict[str, int]
    idf: np.ndarray  # one number a word
    components: np.ndarray  # DIMENSIONS rows, one column a word

    def embed(self, text: str) -> np.ndarray:
        counts: dict[int, int] = {}
        for word in words(text):
            column = self.vocabulary.get(word)
            if column is not None:
                counts[column] = counts.get(column, 0) + 1
        columns = np.fromiter(counts, dtype=np.int64)
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float64))) * self.idf[columns]
        return _normalised(self.components[:, columns] @ weights)


@dataclass
class Embeddings:
    model: Model
    vectors: np.ndarray  # one row a text


def compute(texts: list[str], learn_from: np.ndarray) -> Embeddings:
    """Embeds all texts; the dimensions are learnt from those that the mask selects."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(analyzer=words, min_df=3, max_df=0.2, sublinear_tf=True, dtype=np.float32)
    matrix = vectorizer.fit_transform(texts)
    svd = TruncatedSVD(DIMENSIONS, n_iter=2, n_oversamples=32, random_state=1).fit(matrix[learn_from])
    # The root lets rare subjects speak up against the common ones.
    components = svd.components_ / np.sqrt(svd.singular_values_)[:, np.newaxis]
    model = Model(vectorizer.vocabulary_, vectorizer.idf_, components.astype(np.float32))
    return Embeddings(model, _normalised(matrix @ model.components.T))


def _path(directory: Path, fingerprint: str) -> Path:
    return directory / f"embeddings-{fingerprint}-{_VERSION}.npz"


def load(directory: Path, fingerprint: str) -> Embeddings | None:
    path = _path(directory, fingerprint)
    if not path.exists():
        return None
    with np.load(path) as file:
        vocabulary = {word: column for column, word in enumerate(file["words"].tolist())}
        return Embeddings(Model(vocabulary, file["idf"], file["components"]), file["vectors"])


def save(directory: Path, fingerprint: str, embeddings: Embeddings) -> None:
    for old in directory.glob("embeddings-*"):
        old.unlink()
    path = _path(directory, fingerprint)
    model = embeddings.model
    unfinished = path.with_suffix(".part.npz")
    np.savez(
        unfinished,
        words=np.array(sorted(model.vocabulary, key=model.vocabulary.__getitem__)),
        idf=model.idf,
        components=model.components,
        vectors=embeddings.vectors,
    )
    unfinished.rename(path)
