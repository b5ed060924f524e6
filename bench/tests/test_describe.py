import json
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import context  # noqa: F401
import numpy as np
import psycopg

from vector_bench import describe, environment
from vector_bench.datasets import Dataset
from vector_bench.synthetic_spec import parse_synthetic


class Data(unittest.TestCase):
    def test_synthetic_data_are_said_to_be_so_with_all_options(self):
        source = parse_synthetic("synthetic:9x2,seed=3")
        dataset = Dataset("a", np.full((9, 2), 3, np.uint8), np.ones((1, 2), np.float32))
        found = json.loads(json.dumps(describe.describe_data(dataset, source, "l2", None)))
        self.assertEqual((found["source"]["kind"], found["source"]["seed"]), ("synthetic", 3))
        self.assertAlmostEqual(found["base_norms"]["mean"], 18**0.5)
        self.assertEqual((found["rows"], found["queries"], found["truth"]), (9, 1, None))

    def test_files_are_described_by_place_and_size(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder).resolve() / "a.fvecs"
            path.write_bytes(b"12345")
            self.assertEqual(describe.origin(path),
                             {"kind": "file", "path": str(path), "bytes": 5})


class Session:
    """A session which finds this row of the setting, and takes some of its values."""

    def __init__(self, row, taken=()):
        self.row, self.taken = row, taken

    def execute(self, statement):
        if statement.startswith("SET") and statement.split()[-1] not in self.taken:
            raise psycopg.errors.InvalidParameterValue
        return mock.Mock(fetchone=lambda: self.row)


class SimdLevel(unittest.TestCase):
    def test_is_the_best_that_the_server_takes(self):
        row = ("auto", ["auto", "baseline", "avx2", "avx512"])
        self.assertEqual(environment.simd_level(Session(row, {"baseline", "avx2"})), "avx2")

    def test_is_the_setting_where_there_is_one_and_else_unknown(self):
        self.assertEqual(environment.simd_level(Session(("baseline", ["auto"]))), "baseline")
        self.assertIsNone(environment.simd_level(Session(None)))


class HugePages(unittest.TestCase):
    def test_the_server_is_asked_first(self):
        for status, expected in (("on", True), ("off", False)):
            settings = {"huge_pages": "try", "huge_pages_status": status}
            self.assertEqual(environment.huge_pages_in_use(None, settings), expected)

    def test_a_server_elsewhere_leaves_it_open(self):
        with mock.patch.object(environment, "postmaster_pid", side_effect=environment.NotLocal):
            self.assertIsNone(environment.huge_pages_in_use(None, {"huge_pages": "try"}))
            self.assertFalse(environment.huge_pages_in_use(None, {"huge_pages": "off"}))


if __name__ == "__main__":
    unittest.main()
