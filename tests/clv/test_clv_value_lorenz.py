"""Shares of the best, Lorenz's curve and Gini's index, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.value.lorenz import concentration_curve, gini, in_top

amounts = arrays(float, st.integers(1, 40), elements=st.floats(0, 1e6).map(lambda value: round(value, 2)))


def test_gini_of_pareto_quantiles_is_its_closed_form() -> None:
    # Gini of a Pareto distribution with shape a: 1 / (2 a - 1); quantiles at the middle of equal steps.
    for shape in (2.0, 3.0, 5.0):
        chance = (np.arange(400_000) + 0.5) / 400_000
        assert gini((1 - chance) ** (-1 / shape)) == pytest.approx(1 / (2 * shape - 1), abs=2e-3)


def test_gini_of_an_exponential_is_a_half_and_its_best_fifth_holds_what_the_formula_says() -> None:
    chance = (np.arange(200_000) + 0.5) / 200_000
    money = -np.log1p(-chance)
    assert gini(money) == pytest.approx(0.5, abs=1e-4)
    # the best share s of an exponential holds s (1 - log s)
    assert concentration_curve(money, np.array([0.2]))[0] == pytest.approx(0.2 * (1 - np.log(0.2)), abs=1e-4)


def test_equal_customers_hold_equal_shares() -> None:
    money = np.full(7, 3.5)
    assert gini(money) == pytest.approx(0)
    at = np.linspace(0, 1, 11)
    np.testing.assert_allclose(concentration_curve(money, at), at)
    np.testing.assert_allclose(in_top(money, 0.2), 0.2)


def test_one_who_holds_everything_makes_gini_one_less_a_customer() -> None:
    money = np.array([0.0, 0, 0, 12.0])
    assert gini(money) == pytest.approx(1 - 1 / 4)
    np.testing.assert_allclose(concentration_curve(money, np.array([0.125, 0.25, 1])), [0.5, 1, 1])


def test_the_line_is_drawn_in_each_draw_and_shared_by_those_who_are_alike() -> None:
    money = np.array([[5.0, 0], [4, 0], [3, 0], [2, 9], [1, 0]])
    np.testing.assert_allclose(in_top(money, 0.4), [[1, 0.25], [1, 0.25], [0, 0.25], [0, 1], [0, 0.25]])
    # 30 % of five customers are one and a half
    np.testing.assert_allclose(in_top(money[:, 0], 0.3), [1, 0.5, 0, 0, 0])


def test_what_was_returned_counts_as_nothing_held() -> None:
    assert concentration_curve(np.array([-5.0, 10, 10]), np.array([1 / 3]))[0] == pytest.approx(0.5)


def test_nobody_holding_anything_is_no_share() -> None:
    assert np.isnan(gini(np.zeros(4)))
    assert np.isnan(concentration_curve(np.zeros(4), np.array([0.2]))[0])


@pytest.mark.parametrize("top", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_of_customers_lies_between_nobody_and_all(top: float) -> None:
    with pytest.raises(InvalidValue, match="between 0 and 1"):
        in_top(np.ones(3), top)


@pytest.mark.parametrize("money", [np.array([]), np.array([1.0, np.nan]), np.array([np.inf])])
def test_no_customers_or_no_numbers_are_refused(money: np.ndarray) -> None:
    for measure in (gini, in_top, lambda value: concentration_curve(value, np.array([0.2]))):
        with pytest.raises(InvalidValue, match="concentration"):
            measure(money)


@given(amounts, st.floats(0.01, 0.99))
def test_places_add_up_and_go_to_nobody_below_another(money: np.ndarray, top: float) -> None:
    member = in_top(money, top)
    assert member.sum() == pytest.approx(top * len(money))
    order = np.argsort(money, kind="stable")
    assert (np.diff(member[order]) >= -1e-12).all()


@given(amounts)
def test_the_curve_is_concave_and_holds_the_gini_index(money: np.ndarray) -> None:
    assume(money.sum() > 0)
    at = np.linspace(0, 1, len(money) + 1)
    curve = concentration_curve(money, at)
    assert (np.diff(curve, 2) <= 1e-9).all()
    # twice the area between the curve and the diagonal
    area = np.trapezoid(curve, at)
    assert 2 * area - 1 == pytest.approx(float(gini(money)), abs=1e-9)
