"""Who holds the value and how sure that is, among simulated customers whose futures are known."""

from __future__ import annotations

import numpy as np
import pytest

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.value.concentration import POINTS, SURE, Panel, concentration
from cxmodels.clv.value.lorenz import in_top

DRAWS = 200


def company(seed: int, customers: int = 400, min_cell: int = 10) -> tuple[Panel, np.ndarray]:
    """Customers who buy at rates Gamma(.6, 1), seen for 3 months and forecast for 6; and what they really bring."""
    random = np.random.default_rng(seed)
    rate = random.gamma(0.6, 1.0, customers)
    bought = random.poisson(3 * rate)
    came = 20.0 * random.poisson(6 * rate)
    # the posterior of each rate is Gamma(.6 + bought, 1 + 3)
    rates = random.gamma(0.6 + bought[:, None], 1 / 4, (customers, DRAWS))
    expected = np.repeat(120 * (0.6 + bought[:, None]) / 4, DRAWS, axis=1)
    realised = 20.0 * random.poisson(6 * rates)
    return Panel(20.0 * bought, expected, realised, customers, "EUR", min_cell), came


@pytest.mark.parametrize("companies", [60, pytest.param(400, marks=pytest.mark.slow)])
def test_shares_hold_what_comes_as_often_as_they_say(companies: int) -> None:
    named_held = hindsight_held = right_held = 0
    for seed in range(companies):
        panel, came = company(seed)
        found = concentration(panel)
        best = np.sort(came)[::-1][:80].sum() / came.sum()
        named = np.argsort(-panel.expected[:, 0], kind="stable")[:80]
        mine = came[named].sum() / came.sum()
        named_held += found.named_share.low <= mine <= found.named_share.high
        hindsight_held += found.hindsight_share.low <= best <= found.hindsight_share.high
        right_held += found.right.low <= in_top(came)[named].mean() <= found.right.high
    for held in (named_held, hindsight_held, right_held):
        # the extremes of 200 draws lie a little too near: 94 %, three standard errors either way
        assert held / companies == pytest.approx(0.94, abs=3 * np.sqrt(0.94 * 0.06 / companies))


def test_odds_are_as_often_right_as_they_say() -> None:
    said, was = [], []
    for seed in range(25):
        panel, came = company(seed)
        found = concentration(panel)
        sure = found.certainty["customers"]
        odds = in_top(panel.realised).mean(axis=1)
        named = np.argsort(-panel.expected[:, 0], kind="stable")[:80]
        assert sure.tolist() == [(odds[named] >= probability).sum() for probability in SURE]
        assert found.odds[[0, -1]].tolist() == [odds[named].max(), odds[named].min()]
        said.append(odds[named])
        was.append(in_top(came)[named])
    odds, there = np.concatenate(said), np.concatenate(was)
    for low, high in ((0.3, 0.6), (0.6, 0.8), (0.8, 1.01)):
        inside = (odds >= low) & (odds < high)
        assert there[inside].mean() == pytest.approx(odds[inside].mean(), abs=0.05)


def test_with_everything_known_the_named_are_the_best() -> None:
    money = np.arange(1.0, 101.0)[:, None].repeat(5, axis=1)
    found = concentration(Panel(money[:, 0], money, money, 100, "EUR"))
    share = np.arange(81.0, 101.0).sum() / np.arange(1.0, 101.0).sum()
    for told in (found.named_share, found.hindsight_share, found.past_share, found.past_named_share):
        assert (told.low, told.value, told.high) == pytest.approx((share, share, share))
    assert found.right.value == found.overlap.value == found.steady.value == pytest.approx(1)
    assert found.certainty["customers"].tolist() == [20, 20, 20]
    assert found.certainty["share"].tolist() == pytest.approx([1, 1, 1])
    assert found.gini_past == pytest.approx(found.gini_named.value) == pytest.approx(33 / 100)


def test_with_nothing_known_the_named_are_right_one_time_in_five() -> None:
    random = np.random.default_rng(5)
    realised = random.exponential(1.0, (2000, 100))
    found = concentration(
        Panel(random.permutation(2000.0 * np.ones(2000)), np.ones((2000, 100)), realised, 2000, "EUR")
    )
    assert found.right.value == pytest.approx(0.2, abs=0.005)
    assert found.named_share.value == pytest.approx(0.2, abs=0.005)
    # the best fifth of an exponential: .2 (1 - log .2)
    assert found.hindsight_share.value == pytest.approx(0.2 * (1 - np.log(0.2)), abs=0.01)
    assert found.certainty["customers"].tolist() == [0, 0, 0]


def test_the_curve_begins_with_nobody_ends_with_all_and_passes_through_the_shares() -> None:
    panel, _ = company(3)
    found = concentration(panel)
    curve = found.curve
    assert len(curve) == POINTS
    assert curve.loc[0, ["past", "named", "hindsight"]].tolist() == [0, 0, 0]
    assert curve.iloc[-1][["past", "named", "hindsight"]].tolist() == pytest.approx([1, 1, 1])
    at = curve.set_index("customers").loc[0.2]
    assert at["past"] == pytest.approx(found.past_share.value)
    assert at["named"] == pytest.approx(found.named_share.value, abs=0.01)
    assert at["hindsight"] == pytest.approx(found.hindsight_share.value, abs=0.01)
    assert (curve["hindsight"] >= curve["named"] - 1e-9).all()
    assert (np.diff(curve["named"]) >= 0).all()


def test_parameters_that_swap_two_customers_unsettle_the_list() -> None:
    money = np.arange(10.0)[:, None].repeat(4, axis=1)
    money[[7, 8], 0] = 8, 7  # the second of the two best gives way to the third in one draw of four
    found = concentration(Panel(money[:, 1], money, money, 10, "EUR"))
    assert found.steady.value == pytest.approx((3 * 1 + 1 / 2) / 4)


def test_equal_customers_do_not_unsettle_the_list() -> None:
    money = np.repeat([[1.0], [2.0]], 10, axis=0).repeat(6, axis=1)
    assert concentration(Panel(money[:, 0], money, money, 20, "EUR")).steady.low == pytest.approx(1)


def test_fewer_customers_than_points_of_the_curve_are_all_counted_once() -> None:
    money = np.array([[6.0], [3.0], [1.0]])
    found = concentration(Panel(money[:, 0], money, money, 3, "EUR"), top=0.4)
    curve = found.curve.set_index("customers")
    assert curve.loc[1.0, "named"] == pytest.approx(1)
    assert curve.loc[0.33, "named"] == pytest.approx(0.6)


def test_a_sample_speaks_for_all_it_stands_for() -> None:
    panel, _ = company(1)
    more = Panel(panel.past, panel.expected, panel.realised, 4000, "EUR", 10)
    one, ten = concentration(panel), concentration(more)
    assert ten.certainty["customers"].to_numpy() == pytest.approx(10 * one.certainty["customers"].to_numpy(), abs=6)
    assert ten.named_share.n == 4000


def test_without_a_known_past_only_what_is_to_come_is_told() -> None:
    panel, _ = company(2)
    found = concentration(Panel(np.full(400, np.nan), panel.expected, panel.realised, 400, "EUR"))
    assert found.past_share is found.overlap is found.past_named_share is None
    assert np.isnan(found.gini_past)
    assert found.curve["past"].isna().all()
    assert found.named_share is not None


def test_too_few_customers_or_no_value_is_a_reason() -> None:
    panel, _ = company(4, customers=40)
    assert "fewer than 10 customers" in concentration(panel).reason
    nothing = np.zeros((100, 4))
    assert "Nothing is expected" in concentration(Panel(np.ones(100), nothing, nothing, 100, "EUR")).reason


def test_futures_that_bring_nothing_have_no_share() -> None:
    money = np.array([[1.0, 0.0], [3.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    found = concentration(Panel(money[:, 0], money, money, 5, "EUR"))
    assert (found.named_share.low, found.named_share.high) == pytest.approx((0.75, 0.75))


def test_rows_that_do_not_agree_are_refused() -> None:
    with pytest.raises(InvalidValue, match="same rows"):
        concentration(Panel(np.ones(3), np.ones((4, 2)), np.ones((4, 2)), 4, "EUR"))
