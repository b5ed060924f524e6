"""Interpolation, the table, what pgbench prints, and the bytes of COPY."""

import struct
import tempfile
import unittest
from pathlib import Path

import context  # noqa: F401
import numpy as np

from vector_bench import curve, insert, load, pgbench, servers
from vector_bench.report import Row, format_table


class Interpolation(unittest.TestCase):
    def test_is_geometric_between_two_points(self):
        self.assertAlmostEqual(curve.rate_at(0.95, [0.9, 1.0], [400, 100]), 200)

    def test_returns_measured_points_exactly(self):
        for recall, rate in ((0.9, 400), (0.97, 200), (1.0, 100)):
            self.assertAlmostEqual(curve.rate_at(recall, [0.9, 0.97, 1.0], [400, 200, 100]), rate)

    def test_is_none_above_the_highest_recall(self):
        self.assertIsNone(curve.rate_at(0.99, [0.9, 0.98], [400, 100]))
        self.assertIsNone(curve.rate_at(0.99, [], []))

    def test_is_a_bound_below_the_lowest_recall(self):
        self.assertEqual(curve.rate_at(0.5, [0.9, 0.98], [400, 100]), 400)
        self.assertTrue(curve.is_bound(0.5, [0.9, 0.98]))
        self.assertFalse(curve.is_bound(0.9, [0.9, 0.98]))

    def test_ignores_points_that_are_beaten_in_both(self):
        self.assertEqual(curve.front([0.9, 0.8, 0.95], [300, 200, 100]), [(0.9, 300), (0.95, 100)])
        self.assertEqual(curve.rate_at(0.85, [0.9, 0.8, 0.95], [300, 200, 100]), 300)


class Table(unittest.TestCase):
    def test_has_a_ratio_for_every_server_but_the_reference(self):
        text = format_table(["a", "b", "c"], 1, [Row("time", (1.0, 2.0, 3.0))])
        head, _, line = text.splitlines()
        self.assertEqual(head.split(), ["a", "b", "c", "a/b", "c/b"])
        self.assertEqual(line.split(), ["time", "1.00", "2.00", "3.00", "0.50", "1.50"])

    def test_shows_missing_values_headings_and_bounds(self):
        rows = [Row("a rather long heading"), Row("x", (None, 2.0)),
                Row("y", (2.0, 4.0), bounds=(True, False)),
                Row("z", (2.0, 4.0), bounds=(False, True)), Row("r", (1.0, 1.0), "{:.1f}", False)]
        lines = format_table(["a", "b"], 0, rows).splitlines()[2:]
        self.assertEqual(lines[0], "a rather long heading")
        self.assertEqual([line.split() for line in lines[1:]],
                         [["x", "-", "2.00", "-"], ["y", ">2.00", "4.00", "-"],
                          ["z", "2.00", ">4.00", ">2.00"], ["r", "1.0", "1.0"]])


class Pgbench(unittest.TestCase):
    def test_rate_is_read_from_old_and_new_versions(self):
        new = "latency average = 0.1 ms\ntps = 9876.543210 (without initial connection time)\n"
        old = ("tps = 900.1 (including connections establishing)\n"
               "tps = 987.6 (excluding connections establishing)\n")
        self.assertEqual(pgbench.rate_of(new), 9876.54321)
        self.assertEqual(pgbench.rate_of(old), 987.6)
        with self.assertRaises(ValueError):
            pgbench.rate_of("")

    def test_insert_latency_is_read_from_old_and_new_versions(self):
        new = "failures:\n   0.001   0 \\set i :i + 1\n   0.034   0 INSERT INTO t VALUES (1);\n"
        old = "milliseconds:\n         0.001  \\set i\n         0.034  INSERT INTO t\n"
        self.assertEqual(pgbench.insert_latency_of(new), 0.034)
        self.assertEqual(pgbench.insert_latency_of(old), 0.034)

    def test_latencies_are_read_from_all_log_files(self):
        with tempfile.TemporaryDirectory() as folder:
            prefix = Path(folder) / "log"
            Path(folder, "log.12").write_text("0 1 250 0 1700000000 1\n0 2 350 0 1700000000 2\n")
            Path(folder, "log.12.1").write_text("1 1 450 0 1700000000 1\n1 2 failed 0 1 1\n")
            np.testing.assert_array_equal(pgbench.latencies_of(prefix), [250, 350, 450])

    def test_vector_text_is_short_and_exact(self):
        self.assertEqual(pgbench.vector_text(np.array([1, -2, 0], np.float32)), "[1,-2,0]")
        values = np.random.default_rng(1).normal(size=50).astype(np.float32)
        text = pgbench.vector_text(values)
        read = np.array(text.strip("[]").split(","), np.float32)
        np.testing.assert_array_equal(read, values)
        self.assertEqual(pgbench.vector_text(np.array([0.1], np.float32)), "[0.1]")

    def test_a_run_has_at_most_128_scripts_and_fits_the_command_line(self):
        self.assertEqual(pgbench.slice_length(["x"] * 1000, 1 << 20), 128)
        self.assertEqual(pgbench.slice_length(["x"] * 5, 1 << 20), 5)
        self.assertEqual(pgbench.slice_length(["x" * 984] * 1000, 10_000), 10)
        with self.assertRaises(ValueError):
            pgbench.slice_length(["x" * 200_000])


class Copy(unittest.TestCase):
    def test_vector_rows_have_the_bytes_of_binary_copy(self):
        expected = struct.pack(">hiiihh2f", 2, 4, 7, 12, 2, 0, 1.5, -2.0)
        self.assertEqual(load.encode(np.array([[1.5, -2]]), 7, "vector"), expected)

    def test_halfvec_rows_have_two_bytes_an_element(self):
        expected = struct.pack(">hiiihh2e", 2, 4, 7, 8, 2, 0, 1.5, -2.0)
        self.assertEqual(load.encode(np.array([[1.5, -2]]), 7, "halfvec"), expected)

    def test_blocks_cover_all_rows_in_order(self):
        values = np.arange(10, dtype=np.uint8).reshape(5, 2)
        whole = b"".join(encoded for _, encoded in load.blocks(values, 3, "vector"))
        self.assertEqual(whole, load.encode(values, 3, "vector"))


class Inserts(unittest.TestCase):
    def test_slices_do_not_overlap_and_stay_inside(self):
        rounds = insert.slices(100, 50, [1, 4], 3)
        parts = [part for parts in rounds for part in parts]
        rows = [row for part in parts for row in range(part.first, part.first + part.rows)]
        self.assertEqual(len(rows), len(set(rows)))
        self.assertTrue(all(100 <= row < 150 for row in rows))
        self.assertEqual([part.clients for part in rounds[0]], [1, 4])


class Connections(unittest.TestCase):
    def test_settings_with_spaces_are_escaped(self):
        self.assertEqual(servers.escaped("a, b\\c"), "a,\\ b\\\\c")

    def test_a_password_goes_to_the_environment(self):
        conninfo, environment = servers.without_password("host=h password=secret")
        self.assertEqual((conninfo, environment["PGPASSWORD"]), ("host=h", "secret"))


if __name__ == "__main__":
    unittest.main()
