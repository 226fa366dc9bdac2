"""Quantities defined by formulas of labels have the value the formula has in R."""

from __future__ import annotations

import numpy as np
import pytest

from cxmodels.loyalty.syntax.defined import evaluated
from cxmodels.loyalty.syntax.path_model import PathModel


def value_of(formula: str, **labels: float) -> float:
    paths = " + ".join(f"{label}*x_{label}" for label in labels)
    return float(evaluated(PathModel(f"y ~ {paths}\nq := {formula}").defined, labels)["q"])


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("a + b*d", 2 + 3 * 5),
        ("(a + b)*d", 25),
        ("a - b - d", -6),
        ("d/b/a", 5 / 3 / 2),
        ("-a^2", -4),
        ("a^-1", 0.5),
        ("a^b^a", 2**9),
        ("a**b", 8),
        ("2*-a", -4),
        ("+a", 2),
        ("exp(a) + log(b)", np.exp(2) + np.log(3)),
        ("sqrt(abs(a - d))", np.sqrt(3)),
        ("1.5e-1*a", 0.3),
    ],
)
def test_a_formula_has_the_value_it_has_in_r(formula: str, expected: float) -> None:
    assert value_of(formula, a=2.0, b=3.0, d=5.0) == pytest.approx(expected, rel=1e-15)


def test_a_quantity_may_use_those_before_it_and_runs_over_draws() -> None:
    defined = PathModel("y ~ a*x + b*z\nindirect := a*b\nshare := indirect/(indirect + a)").defined
    a, b = np.array([1.0, 2.0, -1.0]), np.array([3.0, 0.5, -1.0])
    found = evaluated(defined, {"a": a, "b": b})
    assert list(found) == ["indirect", "share"]
    np.testing.assert_allclose(found["indirect"], a * b)
    np.testing.assert_array_equal(found["share"][:2], [0.75, 1 / 3])
    assert np.isinf(found["share"][2])


def test_what_has_no_value_is_missing_not_an_error() -> None:
    assert np.isnan(value_of("log(a)", a=-1.0))
    assert np.isnan(value_of("a^0.5", a=-1.0))
