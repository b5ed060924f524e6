"""Statements at the limits of types and modifiers, one by one."""

from __future__ import annotations

LONG = {"vector": "16000", "halfvec": "16000", "sparsevec": "1000000000"}

# What differs on purpose, with the reason.
MEANT = {
    "md5(array_fill(1, ARRAY[16001])::sparsevec::text)":
        # pgvector 0.8.0 makes a value whose text and bytes it refuses itself.
        "too many elements from an array",
}


def limits_of(name: str) -> list[str]:
    if name == "bit":
        return ["B'101' <~> B'10'", "B'' <%> B''", "B'' <~> B''", "B'1' <%> '0'",
                "NULL::bit(3) <~> B'101'", "B'111'::varbit <%> B'1'::varbit"]
    found = [f"'{good_text(name)}'::{name}({modifier})" for modifier in
             ("0", "-1", "1", "3", "a", "'a'", "1, 2", "99999999999", LONG[name],
              str(int(LONG[name]) + 1))]
    found += [f"NULL::{name}({modifier})" for modifier in ("0", "3")]
    for count in 16000, 16001:
        found += [f"l2_norm(array_fill(1, ARRAY[{count}])::vector::{name}::halfvec)",
                  f"md5(array_fill(1, ARRAY[{count}])::{name}::text)",
                  f"md5(({many_text(name, count)})::{name}::text)"]
    found += [f"ARRAY[{literal}]::{name}" for literal in ("1, 2", "1.5, NULL", "'NaN'::float8")]
    found += [f"array_fill({value}, ARRAY[{shape}])::{name}" for value, shape in
              (("1", "0"), ("1", "2,2"), ("1.5::float8", "3"), ("7", "3], ARRAY[5"))]
    found += [f"{aggregate}(v) FROM (VALUES {values}) AS t (v)" for aggregate in ("avg", "sum")
              for values in aggregated(name) if name != "sparsevec"]
    if name != "sparsevec":
        found += [f"md5((array_fill(1, ARRAY[{count}])::{name} || '[1]')::text)"
                  for count in (15999, 16000)]
    return found


def good_text(name: str) -> str:
    return "{1:1,2:2}/3" if name == "sparsevec" else "[1,2,3]"


def many_text(name: str, count: int) -> str:
    """SQL for the text of a value with many elements."""
    if name == "sparsevec":
        return ("SELECT '{' || string_agg(i || ':1', ',') || '}/20000' "
                f"FROM generate_series(1, {count}) i")
    return f"SELECT '[' || string_agg('1', ',') || ']' FROM generate_series(1, {count})"


def aggregated(name: str) -> list[str]:
    largest = "3e38" if name == "vector" else "65504"
    return [f"(NULL::{name})", f"('[1,2]'::{name}), (NULL), ('[-0,4]')",
            f"('[1,2]'::{name}), ('[1]')", f"('[{largest}]'::{name}), ('[{largest}]')",
            f"('[-0]'::{name})", f"('[1]'::{name}), ('[2]'), ('[4]')"]
