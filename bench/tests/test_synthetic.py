import hashlib
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import context  # noqa: F401
import numpy as np

from vector_bench import draws, options, synthetic, synthetic_files
from vector_bench.synthetic_spec import SyntheticSpec, parse_synthetic

SMALL = "synthetic:3000x24,clusters=40,intrinsic=8"


def base_of(text):
    return np.concatenate(list(synthetic.base_chunks(parse_synthetic(text))))


def queries_of(text):
    return np.concatenate(list(synthetic.query_chunks(parse_synthetic(text))))


def checksum(values):
    return hashlib.sha256(values.astype("<f4").tobytes()).hexdigest()[:16]


class Parsing(unittest.TestCase):
    def test_options_are_read_and_written(self):
        text = "synthetic:5000x16,seed=2,clusters=50,noise=0.25,norms=lognormal:1,queries=shifted"
        spec = parse_synthetic(text)
        self.assertEqual(spec, SyntheticSpec(5000, 16, seed=2, clusters=50, noise=0.25, norms=1,
                                             queries="shifted"))
        self.assertEqual(str(spec), text)
        self.assertEqual(str(parse_synthetic("synthetic:9x2,seed=1")), "synthetic:9x2")

    def test_malformed_texts_are_refused(self):
        for words in ("", "9", "0x4", "9x0", "9x20000", "9x2,", "9x2,seed", "9x2,seed=-1",
                      "9x2,colour=1", "9x2,seed=1,seed=1", "9x2,norms=1", "9x2,norms=lognormal:9",
                      "9x2,noise=nan", "9x2,intrinsic=257", "9x2,queries=odd", "9x2,clusters=1.5"):
            with self.assertRaises(ValueError, msg=words):
                parse_synthetic("synthetic:" + words)

    def test_the_command_line_takes_them_as_data(self):
        words = ["--server", "a=dbname=a", "--pgbench", "pgbench", "--data"]
        self.assertEqual(options.parse([*words, "synthetic:9x2"]).data, SyntheticSpec(9, 2))
        self.assertEqual(options.parse([*words, "a.hdf5"]).data, Path("a.hdf5"))
        for more in (["synthetic:9"], ["synthetic:9x2", "--truth", "a.ivecs"], ["a.fvecs"]):
            with self.assertRaises(SystemExit), mock.patch("sys.stderr"):
                options.parse([*words, *more])


class Draws(unittest.TestCase):
    def test_bells_have_mean_zero_and_the_known_spread(self):
        values = draws.Draws(1, 0).bells(100_000)
        self.assertLess(abs(values.mean()), 3)
        self.assertLess(abs(values.std() / draws.BELL_SD - 1), 0.01)
        self.assertLessEqual(np.abs(values).max(), 1020)

    def test_log_normals_have_the_logarithm_of_a_normal(self):
        logarithms = np.log(draws.Draws(1, 0).log_normals(50_000, 0.5))
        self.assertLess(abs(logarithms.mean()), 0.01)
        self.assertLess(abs(logarithms.std() - 0.5), 0.01)

    def test_choices_follow_the_weights(self):
        chosen = draws.Draws(1, 0).choices(np.array([1, 0, 3]), 10_000)
        counts = np.bincount(chosen, minlength=3) / 10_000
        np.testing.assert_allclose(counts, [0.25, 0, 0.75], atol=0.02)


class Numbers(unittest.TestCase):
    def test_are_the_same_on_every_machine(self):
        self.assertEqual(checksum(base_of(SMALL)[:100]), "2eece314736723d5")
        self.assertEqual(checksum(base_of(SMALL + ",norms=lognormal:1")[:100]), "461b773dfa0d4d17")
        for kind, expected in (("same", "e935bc5a8be493cc"), ("shifted", "03d179d9c5fac89b"),
                               ("foreign", "85f4046f28453964")):
            found = queries_of(f"{SMALL},queries={kind},query_rows=100")
            self.assertEqual(checksum(found), expected, kind)

    def test_do_not_depend_on_the_order_of_summation(self):
        exact = base_of(SMALL)
        order = np.random.default_rng(1).permutation(synthetic.POOL)

        class Shuffled(synthetic.Model):
            def __init__(self, *arguments):
                super().__init__(*arguments)
                self._pool = self._pool[order]
                self._centres = self._centres[:, order]
                self._choices = np.argsort(order)[self._choices]

        with mock.patch.object(synthetic, "Model", Shuffled):
            np.testing.assert_array_equal(base_of(SMALL), exact)

    def test_first_rows_are_those_of_a_smaller_set(self):
        part = base_of(SMALL.replace("3000", "1500"))
        np.testing.assert_array_equal(base_of(SMALL)[:1500], part)

    def test_seeds_and_queries_have_no_row_in_common_with_the_base(self):
        rows = {row.tobytes() for row in base_of(SMALL)}
        self.assertEqual(len(rows), 3000)
        for other in (queries_of(SMALL), base_of(SMALL + ",seed=2")):
            self.assertFalse(rows & {row.tobytes() for row in other})


class Shape(unittest.TestCase):
    def test_norms_are_near_one_or_as_uneven_as_asked_for(self):
        for sigma in (0, 0.05, 1):
            lengths = np.linalg.norm(base_of(f"{SMALL},norms=lognormal:{sigma}"), axis=1)
            self.assertLess(abs(np.log(lengths).mean()), 0.06)
            self.assertLess(abs(np.log(lengths).std() - sigma), 0.05 * sigma + 1e-6)

    def test_rows_have_many_near_neighbours_in_clusters_of_uneven_size(self):
        base = base_of(SMALL + ",norms=lognormal:0,spread=0.3")
        near = (base @ base.T > 0.8).sum(axis=1)
        self.assertGreater(np.median(near), 20)
        self.assertGreater(np.quantile(near, 0.9), 3 * np.quantile(near, 0.1))

    def test_few_directions_hold_most_of_a_cluster(self):
        base = base_of("synthetic:2000x64,clusters=1,intrinsic=4,noise=0.1")
        variances = np.linalg.svd(base - base.mean(axis=0), compute_uv=False) ** 2
        self.assertGreater(variances[:5].sum(), 0.9 * variances.sum())

    def test_other_queries_are_farther_from_the_base(self):
        base = base_of(SMALL)
        similar = [(queries_of(f"{SMALL},queries={kind}") @ base.T).max(axis=1).mean()
                   / np.linalg.norm(queries_of(f"{SMALL},queries={kind}"), axis=1).mean()
                   for kind in ("same", "shifted", "foreign")]
        self.assertEqual(similar, sorted(similar, reverse=True))
        self.assertLess(similar[1], 0.9 * similar[0])

    def test_a_single_row_of_one_dimension_is_possible(self):
        self.assertTrue(np.isfinite(base_of("synthetic:1x1,clusters=1,intrinsic=1,noise=0")).all())


class Cache(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.cache = Path(folder.name) / "new"
        quiet = mock.patch.object(synthetic_files, "say")
        quiet.start()
        self.addCleanup(quiet.stop)

    def read(self, text):
        return synthetic_files.read_synthetic(parse_synthetic(text), self.cache)

    def test_files_hold_the_generated_rows_and_are_used_again(self):
        dataset = self.read(SMALL)
        np.testing.assert_array_equal(dataset.base, base_of(SMALL))
        np.testing.assert_array_equal(dataset.queries, queries_of(SMALL))
        self.assertEqual(dataset.name, SMALL)
        with mock.patch.object(synthetic, "Model", side_effect=AssertionError):
            self.read(SMALL)

    def test_other_queries_share_the_base(self):
        self.read(SMALL)
        self.read(SMALL + ",queries=shifted,norms=lognormal:0.05")
        self.assertEqual(len(list(self.cache.glob("*_base.fvecs"))), 1)
        self.assertEqual(len(list(self.cache.iterdir())), 3)

    def test_nothing_is_left_of_a_file_that_was_not_finished(self):
        with mock.patch.object(synthetic_files, "encode", side_effect=KeyboardInterrupt):
            with self.assertRaises(KeyboardInterrupt):
                self.read(SMALL)
        self.assertEqual(list(self.cache.iterdir()), [])

    def test_the_default_is_below_the_users_cache(self):
        with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": "/c"}):
            self.assertEqual(synthetic_files.default_cache(), Path("/c/vector-bench/synthetic"))
        with mock.patch.dict(os.environ, {"XDG_CACHE_HOME": "", "HOME": "/h"}):
            self.assertEqual(synthetic_files.default_cache(),
                             Path("/h/.cache/vector-bench/synthetic"))


if __name__ == "__main__":
    unittest.main()
