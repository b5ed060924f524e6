"""What is computed from the values of each type, and how the results of two servers compare."""

from __future__ import annotations

from dataclasses import dataclass

COMPARISONS = ["<", "<=", "=", "<>", ">=", ">"]


@dataclass(frozen=True)
class Expression:
    """SQL over the texts a, b and x and the integers s and n.

    `measure` names the rule for floating point results; without one they are equal as text.
    """

    sql: str
    measure: str | None = None


def expressions_of(name: str) -> list[Expression]:
    if name == "bit":
        return [Expression(sql) for sql in bit_expressions()]
    shared = [f"a::{name}", f"a::{name}(3)", f"encode({name}_send(a::{name}), 'hex')",
              f"{name}_cmp(a::{name}, b::{name})"]
    shared += [f"a::{name} {operator} b::{name}" for operator in COMPARISONS]
    for element in "int4", "float4", "float8", "numeric":
        shared += [f"x::{element}[]::{name}", f"x::{element}[]::{name}(3)"]
    own = {"vector": vector_expressions, "halfvec": halfvec_expressions,
           "sparsevec": sparsevec_expressions}[name]()
    return [Expression(sql) for sql in shared + own] + measured_expressions(name)


def measured_expressions(name: str) -> list[Expression]:
    """Floating point results, whose sums may be taken in another order."""
    norm = "vector_norm" if name == "vector" else "l2_norm"
    a, b = f"a::{name}", f"b::{name}"
    found = [Expression(f"{a} <-> {b}", "l2"), Expression(f"{a} <#> {b}", "product"),
             Expression(f"{a} <=> {b}", "cosine"), Expression(f"{a} <+> {b}", "l1"),
             Expression(f"l2_distance({a}, {b})", "l2"),
             Expression(f"inner_product({a}, {b})", "product"),
             Expression(f"cosine_distance({a}, {b})", "cosine"),
             Expression(f"l1_distance({a}, {b})", "l1"),
             Expression(f"{name}_l2_squared_distance({a}, {b})", "l2_squared"),
             Expression(f"{name}_negative_inner_product({a}, {b})", "product"),
             Expression(f"{norm}({a})", "norm"), Expression(f"l2_normalize({a})")]
    if name != "sparsevec":
        found.append(Expression(
            f"{name}_spherical_distance(l2_normalize({a}), l2_normalize({b}))", "angle"))
    return found


def dense_expressions(name: str) -> list[str]:
    return [f"a::{name} {operator} b::{name}" for operator in ("+", "-", "*", "||")] + [
        f"subvector(a::{name}, s, n)", f"binary_quantize(a::{name})", f"vector_dims(a::{name})",
        f"a::{name}::real[]", f"a::{name}::sparsevec"]


def vector_expressions() -> list[str]:
    return [*dense_expressions("vector"), "a::vector::halfvec", "a::vector::halfvec(3)",
            "a::vector::sparsevec(3)"]


def halfvec_expressions() -> list[str]:
    return [*dense_expressions("halfvec"), "a::halfvec::vector", "a::halfvec::vector(3)"]


def sparsevec_expressions() -> list[str]:
    return ["a::sparsevec::vector", "a::sparsevec::halfvec", "a::sparsevec::vector(3)"]


def bit_expressions() -> list[str]:
    return ["a::varbit <~> b::varbit", "a::varbit <%> b::varbit",
            "hamming_distance(a::varbit, b::varbit)", "jaccard_distance(a::varbit, b::varbit)",
            "a::bit(64) <~> b::bit(64)", "a::bit(7) <%> b::bit(7)"]
