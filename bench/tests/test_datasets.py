import tempfile
import unittest
from pathlib import Path

import context  # noqa: F401
import numpy as np

from vector_bench import datasets


def write_vecs(path: Path, values: np.ndarray) -> Path:
    """The file format, written in the plainest way."""
    with path.open("wb") as file:
        for row in values:
            file.write(np.int32(len(row)).tobytes() + row.tobytes())
    return path


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def vecs(self, name, values):
        return write_vecs(self.folder / name, values)

    def test_each_kind_of_file_reads_back(self):
        for suffix, element in datasets.ELEMENTS.items():
            values = np.arange(15).reshape(5, 3).astype(element)
            read = datasets.read_vecs(self.vecs(f"a{suffix}", values))
            np.testing.assert_array_equal(read, values)
            self.assertEqual(read.dtype, values.dtype)

    def test_rows_of_different_lengths_are_refused(self):
        path = self.folder / "a.fvecs"
        with path.open("wb") as file:
            for length in (3, 2, 4):
                file.write(np.int32(length).tobytes() + np.zeros(length, "<f4").tobytes())
        with self.assertRaises(ValueError):
            datasets.read_vecs(path)

    def test_a_truncated_or_empty_file_is_refused(self):
        whole = self.vecs("a.fvecs", np.ones((4, 3), "<f4")).read_bytes()
        for length in (0, 2, len(whole) - 1):
            path = self.folder / "b.fvecs"
            path.write_bytes(whole[:length])
            with self.assertRaises(ValueError):
                datasets.read_vecs(path)

    def test_an_unknown_suffix_is_refused(self):
        with self.assertRaises(ValueError):
            datasets.read_vecs(self.folder / "a.csv")

    def test_files_make_a_dataset_named_after_the_base(self):
        base = self.vecs("words_base.fvecs", np.ones((4, 3), "<f4"))
        query = self.vecs("words_query.fvecs", np.ones((2, 3), "<f4"))
        dataset = datasets.read_files(base, query, None)
        self.assertEqual((dataset.name, dataset.rows, dataset.dimensions), ("words", 4, 3))

    def test_an_hdf5_file_brings_its_metric_and_neighbours(self):
        import h5py
        path = self.folder / "a.hdf5"
        with h5py.File(path, "w") as file:
            file["train"] = np.ones((4, 3), np.float32)
            file["test"] = np.ones((2, 3), np.float32)
            file["neighbors"] = np.zeros((2, 2), np.int32)
            file.attrs["distance"] = "angular"
        dataset = datasets.read_hdf5(path, None)
        self.assertEqual((dataset.metric, dataset.neighbors.shape), ("cosine", (2, 2)))
        self.assertIsNone(datasets.cut(datasets.read_hdf5(path, 3), 3, None).neighbors)


class Cutting(unittest.TestCase):
    def setUp(self):
        self.dataset = datasets.Dataset("a", np.zeros((9, 2)), np.zeros((4, 2)),
                                        np.zeros((4, 3), int))

    def test_neighbours_of_a_cut_base_are_dropped(self):
        self.assertIsNone(datasets.cut(self.dataset, 8, None).neighbors)

    def test_neighbours_are_cut_with_the_queries(self):
        self.assertEqual(datasets.cut(self.dataset, None, 2).neighbors.shape, (2, 3))
        self.assertEqual(datasets.cut(self.dataset, 9, None).neighbors.shape, (4, 3))

    def test_parts_that_do_not_fit_are_refused(self):
        other = datasets.Dataset("a", np.zeros((9, 2)), np.zeros((4, 3)))
        far = datasets.Dataset("a", np.zeros((9, 2)), np.zeros((4, 2)), np.full((4, 3), 9))
        few = datasets.Dataset("a", np.zeros((9, 2)), np.zeros((4, 2)), np.zeros((3, 3), int))
        for dataset in (other, far, few):
            with self.assertRaises(ValueError):
                datasets.checked(dataset)


if __name__ == "__main__":
    unittest.main()
