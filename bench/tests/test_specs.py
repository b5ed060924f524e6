import unittest

import context  # noqa: F401

from vector_bench import specs
from vector_bench.specs import IndexSpec, Sweep


class Parsing(unittest.TestCase):
    def test_an_index_has_name_method_options_and_servers(self):
        self.assertEqual(
            specs.parse_index("big: ivfflat lists=245 bits=1 @ours @theirs"),
            IndexSpec("big", "ivfflat", (("lists", "245"), ("bits", "1")),
                      frozenset({"ours", "theirs"})))

    def test_an_index_without_name_is_called_by_its_text(self):
        self.assertEqual(specs.parse_index("hnsw  m=16").name, "hnsw m=16")
        self.assertTrue(specs.parse_index("hnsw").is_for("any"))

    def test_a_title_says_method_and_options(self):
        self.assertEqual(specs.parse_index("big: hnsw m=16").title, "big (hnsw m=16)")
        self.assertEqual(specs.parse_index("hnsw m=16").title, "hnsw m=16")

    def test_malformed_specs_are_refused(self):
        for parse, text in ((specs.parse_index, ""), (specs.parse_index, "x:"),
                            (specs.parse_index, "hnsw m 16"), (specs.parse_index, "hnsw; drop"),
                            (specs.parse_sweep, "hnsw.ef_search"), (specs.parse_sweep, "a=1,,2"),
                            (specs.parse_server, "dbname"), (specs.parse_setting, "jit")):
            with self.assertRaises(ValueError, msg=text):
                parse(text)

    def test_a_server_keeps_its_whole_dsn(self):
        self.assertEqual(specs.parse_server("a=host=/run port=1").dsn, "host=/run port=1")

    def test_a_sweep_may_name_its_index(self):
        self.assertEqual(specs.parse_sweep("hnsw.ef_search=10,40"),
                         Sweep(None, "hnsw.ef_search", ("10", "40")))
        self.assertEqual(specs.parse_sweep("big: ivfflat.probes=1").index, "big")

    def test_a_setting_may_name_its_server(self):
        self.assertEqual(specs.parse_setting("jit=off"), specs.Setting(None, "jit", "off"))
        self.assertEqual(specs.parse_setting("a:work_mem=1 GB"),
                         specs.Setting("a", "work_mem", "1 GB"))


class Choosing(unittest.TestCase):
    def test_a_sweep_is_found_by_name_then_method_then_default(self):
        by_name = Sweep("x", "ivfflat.probes", ("3",))
        by_method = Sweep(None, "ivfflat.probes", ("4",))
        sweeps = [by_method, by_name]
        self.assertIs(specs.sweep_of(IndexSpec("x", "ivfflat"), sweeps), by_name)
        self.assertIs(specs.sweep_of(IndexSpec("y", "ivfflat"), sweeps), by_method)
        self.assertEqual(specs.sweep_of(IndexSpec("h", "hnsw"), sweeps).setting, "hnsw.ef_search")
        self.assertIsNone(specs.sweep_of(IndexSpec("z", "other"), sweeps))

    def test_lists_are_added_only_where_missing(self):
        added = specs.with_lists(specs.parse_index("ivfflat"), 7)
        self.assertEqual((added.name, added.options), ("ivfflat lists=7", (("lists", "7"),)))
        for text in ("ivfflat lists=3", "hnsw"):
            index = specs.parse_index(text)
            self.assertIs(specs.with_lists(index, 7), index)


class Grouping(unittest.TestCase):
    def groups(self, *texts):
        indexes = [specs.parse_index(text) for text in texts]
        return [[(server, index.method) for server, index in group]
                for group in specs.group_cases(indexes, ["a", "b"])]

    def test_indexes_of_all_servers_follow_each_other(self):
        self.assertEqual(self.groups("hnsw", "ivfflat"),
                         [[("a", "hnsw"), ("b", "hnsw")], [("a", "ivfflat"), ("b", "ivfflat")]])

    def test_indexes_of_different_servers_are_measured_together(self):
        self.assertEqual(self.groups("hnsw @b", "ivfflat @a"),
                         [[("a", "ivfflat"), ("b", "hnsw")]])

    def test_a_server_never_has_two_indexes_at_once(self):
        self.assertEqual(self.groups("hnsw @b", "ivfflat @b"),
                         [[("b", "hnsw")], [("b", "ivfflat")]])


if __name__ == "__main__":
    unittest.main()
