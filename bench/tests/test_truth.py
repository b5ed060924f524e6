import tempfile
import unittest
from pathlib import Path
from unittest import mock

import context  # noqa: F401
import numpy as np

from vector_bench import metrics, truth
from vector_bench.datasets import Dataset


def small(seed=1, rows=300, queries=7, dimensions=5):
    """Small integers, so that there are many ties."""
    draw = np.random.default_rng(seed)
    return Dataset("small", draw.integers(-3, 4, (rows, dimensions)).astype(np.float32),
                   draw.integers(-3, 4, (queries, dimensions)).astype(np.float32))


class BruteForce(unittest.TestCase):
    def test_distances_equal_a_full_sort_for_every_metric(self):
        dataset = small()
        with mock.patch.object(truth, "BLOCK_CELLS", 7 * 40):  # several blocks
            for metric in metrics.METRICS:
                ids = truth.brute_force(metric, dataset.base, dataset.queries, 10)
                for found, query in zip(ids, dataset.queries):
                    all_distances = metrics.distances(metric, dataset.base, query)
                    np.testing.assert_allclose(all_distances[found],
                                               np.sort(all_distances)[:10], atol=1e-12)
                    self.assertEqual(len(set(found)), 10)

    def test_zero_vectors_are_never_near_by_cosine(self):
        base = np.array([[0, 0], [-1, 0], [0, 1]], np.float32)
        ids = truth.brute_force("cosine", base, np.array([[1, 0]], np.float32), 2)
        self.assertEqual(ids.tolist(), [[2, 1]])

    def test_halfvec_values_are_rounded_as_the_server_stores_them(self):
        self.assertEqual(metrics.stored(np.array([2049.0]), "halfvec")[0], 2048.0)


class TruthOf(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Path(folder.name)
        self.dataset = small()

    def with_neighbors(self, neighbors, metric=None):
        return Dataset("small", self.dataset.base, self.dataset.queries, neighbors,
                       neighbors_metric=metric)

    def test_is_computed_once_and_then_cached(self):
        first = truth.truth_of(self.dataset, "l2", "vector", 10, self.cache)
        second = truth.truth_of(self.dataset, "l2", "vector", 10, self.cache)
        self.assertEqual((first.source, second.source), ("computed", "computed earlier"))
        np.testing.assert_array_equal(first.limits, second.limits)

    def test_given_neighbours_are_used_when_they_are_true(self):
        ids = truth.brute_force("l2", self.dataset.base, self.dataset.queries, 20)
        found = truth.truth_of(self.with_neighbors(ids), "l2", "vector", 10, self.cache)
        computed = truth.truth_of(self.dataset, "l2", "vector", 10, self.cache)
        self.assertEqual(found.source, "given")
        np.testing.assert_allclose(found.limits, computed.limits)

    def test_given_neighbours_that_are_not_the_nearest_are_refused(self):
        wrong = np.tile(np.arange(10), (7, 1))
        with self.assertRaises(ValueError):
            truth.truth_of(self.with_neighbors(wrong), "l2", "vector", 10, self.cache)

    def test_given_neighbours_do_not_apply_to_a_larger_k_or_another_metric(self):
        ids = truth.brute_force("l2", self.dataset.base, self.dataset.queries, 5)
        for dataset, metric in ((self.with_neighbors(ids), "l2"),
                                (self.with_neighbors(ids, "l2"), "ip")):
            found = truth.truth_of(dataset, metric, "vector", 10, self.cache)
            self.assertEqual(found.source, "computed")

    def test_more_neighbours_than_rows_are_refused(self):
        with self.assertRaises(ValueError):
            truth.truth_of(self.dataset, "l2", "vector", 301, self.cache)


class Recall(unittest.TestCase):
    def recall(self, returned):
        base = np.array([[0], [1], [-1], [2], [5]], np.float32)
        dataset = Dataset("line", base, np.array([[0]], np.float32))
        return truth.recall(dataset, "l2", "vector", truth.Truth(np.array([1.0]), ""), 2, returned)

    def test_rows_at_equal_distance_are_equally_right(self):
        self.assertEqual(self.recall([[0, 1]]), 1.0)
        self.assertEqual(self.recall([[0, 2]]), 1.0)
        self.assertEqual(self.recall([[1, 2]]), 1.0)

    def test_wrong_and_missing_rows_count_against_k(self):
        self.assertEqual(self.recall([[0, 3]]), 0.5)
        self.assertEqual(self.recall([[0]]), 0.5)
        self.assertEqual(self.recall([[]]), 0.0)

    def test_a_row_returned_twice_counts_once(self):
        self.assertEqual(self.recall([[0, 0]]), 0.5)


if __name__ == "__main__":
    unittest.main()
