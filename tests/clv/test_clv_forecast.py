"""Forecasts of customers: against closed forms, against hand-made sums, and what holds for every one of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from known_fits import BASE, base_of, purchase_fit, retention_fit, spend_fit

from cxmodels.clv.errors import InvalidValue, NoPurchases, UnknownColumn
from cxmodels.clv.forecasts import streamed
from cxmodels.clv.forecasts.forecast import forecast
from cxmodels.clv.forecasts.outcomes import QUANTITIES

YEAR = {"horizon_months": 12, "discount_rate": 0.10}
LIMITS = ("low", "low_50", "high_50", "high")


def cells(n: int = 1) -> pd.DataFrame:
    """Return customers who bought seldom and often, who only have a contract, and who have both."""
    return pd.DataFrame(
        {
            "frequency": [0.0, 0, 3, 12, np.nan, 5],
            "recency": [0.0, 0, 200, 610, np.nan, 90],
            "T": [20.0, 500, 300, 620, np.nan, 400],
            "payments": [0, 0, 3, 11, 0, 5],
            "total": [0.0, 0, 60, 610, 0, 45],
            "contract_months": [np.nan, np.nan, np.nan, np.nan, 4, 30],
            "margin": [np.nan, np.nan, np.nan, np.nan, 8.0, 12],
            "plan": ["A", "A", "B", "B", "A", "B"],
            "n": n,
        }
    )


def test_expectations_are_the_closed_forms_averaged_over_the_draws() -> None:
    purchases, spend = purchase_fit(), spend_fit()
    found = forecast(base_of(cells()), purchases, spend, retention_fit(), **YEAR, draws=40)
    buys = cells()["frequency"].notna().to_numpy()
    some, theta = cells()[buys], purchases.posterior.thinned(40)
    past = [some[name].to_numpy(float) for name in ("frequency", "recency", "T")]
    ahead = 12 * 30.4375
    told = found.cells[buys]
    assert told["p_alive"].to_numpy() == pytest.approx(purchases.model.p_alive(theta, *past).mean(axis=0))
    expected = purchases.model.expected_purchases(theta, *past, ahead)
    assert told["purchases"].to_numpy() == pytest.approx(expected.mean(axis=0))
    each = spend.model.expected_spend(
        spend.posterior.thinned(40), some["payments"].to_numpy(float), some["total"].to_numpy(float)
    )
    assert told["spend"].to_numpy() == pytest.approx(each.mean(axis=0))
    assert told["spent"].to_numpy() == pytest.approx((expected * each).mean(axis=0))
    # discounted day by day, each day's purchases from its middle
    days = np.linspace(0, ahead, 366)
    by_then = np.stack([purchases.model.expected_purchases(theta, *past, float(day)) for day in days])
    worth = 1.1 ** (-(days[1:] + days[:-1]) / 2 / 365.25)
    orders = (np.einsum("t,tdr->dr", worth, np.diff(by_then, axis=0)) * each).mean(axis=0)
    assert told["clv_orders"].to_numpy() == pytest.approx(orders, rel=2e-4)
    assert np.isnan(found.cells.loc[~buys, ["p_alive", "spend"]]).all(axis=None)


@pytest.mark.parametrize(("retention", "value"), [(0.8, 250.0), (0.9, 409.0909)])
def test_with_constant_retention_the_value_is_the_margin_times_r_over_1_plus_d_minus_r(
    retention: float, value: float
) -> None:
    # Gupta & Lehmann (2003): m r / (1 + d - r) with m 100 and d .12 a period, here a month
    sure = 1e9 * np.array([[1 - retention, retention]])
    only = base_of(cells().iloc[[4]].assign(margin=100.0))
    found = forecast(only, None, None, retention_fit(sure), horizon_months=600, discount_rate=1.12**12 - 1)
    assert found.cells["clv"].item() == pytest.approx(value, abs=1e-4)
    assert found.cells["clv_contracts"].item() == found.cells["clv"].item()
    drawn = found.drawn().realised
    assert drawn.mean() == pytest.approx(value, abs=4 * drawn.std() / 20)


def test_futures_vary_around_the_expectations() -> None:
    many = base_of(cells())
    found = forecast(many, purchase_fit(), spend_fit(), retention_fit(), **YEAR, draws=8000)
    for quantity in QUANTITIES:
        panel = found.drawn(quantity=quantity)
        error = panel.realised.std(axis=1) / np.sqrt(8000)
        apart = np.abs(panel.realised.mean(axis=1) - panel.expected.mean(axis=1))
        assert (apart <= 4 * error + 1e-12).all(), quantity
        assert (np.diff(found.cells.loc[panel.places, [f"{quantity}_{side}" for side in LIMITS]], axis=1) >= 0).all()
        assert panel.expected.mean(axis=1) == pytest.approx(found.cells.loc[panel.places, quantity].to_numpy())


def test_limits_hold_their_share_of_the_futures() -> None:
    # the last one is sure to buy again, so that no chance of buying nothing makes an interval hold more
    busy = cells().iloc[[3]].assign(frequency=90.0, recency=619.0, payments=90)
    asked = base_of(pd.concat([cells(), busy], ignore_index=True))
    found = forecast(asked, purchase_fit(), spend_fit(), retention_fit(), **YEAR, draws=4000)
    panel = found.drawn()
    own = found.cells.loc[panel.places]
    for low, high, share in (("low", "high", 0.9), ("low_50", "high_50", 0.5)):
        floor, ceiling = (own[f"clv_{side}"].to_numpy()[:, None] for side in (low, high))
        within = ((floor <= panel.realised) & (panel.realised <= ceiling)).mean(axis=1)
        assert (within > share - 0.03).all()
        assert within[panel.places == 6] == pytest.approx(share, abs=0.03)
    assert found.cells["purchases_high"].dtype == np.int64


def test_the_same_seed_gives_the_same_numbers_on_any_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streamed, "_NUMBERS", 40 * 3)
    asked = (base_of(pd.concat([cells()] * 10, ignore_index=True)), purchase_fit(), spend_fit(), retention_fit())
    one, other = (forecast(*asked, **YEAR, draws=40, threads=threads) for threads in (1, 4))
    pd.testing.assert_frame_equal(one.cells, other.cells, check_exact=True)
    pd.testing.assert_frame_equal(one.totals, other.totals, check_exact=True)
    pd.testing.assert_frame_equal(one.groups, other.groups, check_exact=True)
    assert not forecast(*asked, **YEAR, draws=40, seed=1).totals.equals(one.totals)


def test_the_input_stays_as_it_was() -> None:
    base, before = base_of(cells()), cells()
    forecast(base, purchase_fit(), spend_fit(), retention_fit(), **YEAR, draws=40)
    pd.testing.assert_frame_equal(base.cells, before)


def test_groups_add_up_to_the_whole_under_every_draw() -> None:
    found = forecast(base_of(cells(n=3), by=("plan",)), purchase_fit(), spend_fit(), retention_fit(), **YEAR, draws=50)
    assert list(zip(found.groups["level"].unique(), found.groups.groupby("level")["n"].first(), strict=True)) == [
        ("A", 9),
        ("B", 9),
    ]
    together = found.groups.groupby("draw")[list(found.totals.columns)].sum()
    assert together.to_numpy() == pytest.approx(found.totals.to_numpy())
    assert found.totals["clv"].to_numpy() == pytest.approx(found.totals["clv_orders"] + found.totals["clv_contracts"])
    assert found.totals["expected_clv"].mean() == pytest.approx(found.cells["clv"] @ found.cells["n"])
    assert found.totals["expected_alive"].mean() == pytest.approx(3 * found.cells["p_alive"].sum())
    told = found.by_group("clv").set_index("level")
    assert told["value"].sum() == pytest.approx(found.total("clv").value)
    assert (told["low"] < told["value"]).all()
    assert (told["value"] < told["high"]).all()
    only = found.total("clv", predictive=False)
    assert only.high - only.low < found.total("clv").high - found.total("clv").low


def test_customers_counted_together_vary_as_if_each_stood_alone() -> None:
    models = (purchase_fit(certain=True), spend_fit(), retention_fit())
    together = forecast(base_of(cells(n=25)), *models, **YEAR, draws=2000).totals
    alone = forecast(base_of(pd.concat([cells()] * 25, ignore_index=True)), *models, **YEAR, draws=2000).totals
    for quantity in QUANTITIES:
        assert together[quantity].mean() == pytest.approx(alone[quantity].mean(), rel=0.03)
        assert together[quantity].std() == pytest.approx(alone[quantity].std(), rel=0.08)
        assert together[f"expected_{quantity}"].to_numpy() == pytest.approx(alone[f"expected_{quantity}"].to_numpy())
    assert (together[list(QUANTITIES)] >= 0).all(axis=None)


def test_a_sample_of_customers_stands_for_all_of_them() -> None:
    found = forecast(base_of(cells(n=1000)), purchase_fit(), spend_fit(), retention_fit(), **YEAR, draws=50)
    panel = found.drawn(300)
    assert panel.expected.shape == panel.realised.shape == (300, 50)
    assert panel.weight == 20
    assert np.bincount(panel.places).tolist() == [50] * 6
    assert panel.expected.mean(axis=1).sum() * panel.weight == pytest.approx(found.total().value)
    assert len({tuple(row) for row in panel.realised[panel.places == 3]}) == 50
    with pytest.raises(InvalidValue, match=r"quantity must be one of purchases, .*found 'money'"):
        found.drawn(quantity="money")


def test_who_never_paid_again_is_expected_to_pay_as_the_population_does() -> None:
    spend = spend_fit()
    found = forecast(base_of(cells()), purchase_fit(), spend, None, **YEAR)
    p, q, v = spend.posterior.thinned(400).T
    assert found.cells.loc[:1, "spend"].to_numpy() == pytest.approx(np.mean(p * v / (q - 1)))


def test_a_fit_in_weeks_says_the_same_as_one_in_days() -> None:
    days, weeks = (
        forecast(base_of(cells()), purchase_fit(unit), spend_fit(), None, **YEAR).cells for unit in ("days", "weeks")
    )
    for name in ("p_alive", "purchases", "clv"):
        assert weeks[name].to_numpy() == pytest.approx(days[name].to_numpy(), nan_ok=True)


def test_a_level_with_a_retention_of_its_own_is_told_by_it() -> None:
    loyal = retention_fit(of={"B": np.array([[1.0, 1e6]])}, by="plan")
    found = forecast(base_of(cells(), by=("plan",)), None, None, loyal, **YEAR)
    months = 1.1 ** (-np.arange(1, 13) / 12)
    assert found.cells.loc[5, "clv_contracts"] == pytest.approx(12 * months.sum(), rel=1e-4)
    alike = forecast(base_of(cells()), None, None, retention_fit(), **YEAR)
    assert found.cells.loc[4, "clv_contracts"] == pytest.approx(alike.cells.loc[4, "clv_contracts"])
    # a cohort of customers is one of first purchases: a name in common makes it no cohort of contracts
    other = retention_fit(of={"B": np.array([[1.0, 1e6]])}, by="cohort")
    by_cohort = base_of(cells().rename(columns={"plan": "cohort"}), by=("cohort",))
    pooled = forecast(by_cohort, None, None, other, **YEAR)
    assert pooled.cells["clv_contracts"].to_numpy() == pytest.approx(alike.cells["clv_contracts"].to_numpy())


def test_what_is_missing_is_said_and_the_rest_is_told() -> None:
    base = base_of(cells(n=2), margin_rate=None)
    contracts = forecast(base, None, None, retention_fit(), **YEAR)
    assert contracts.told == ("Orders of 10 customers are left out: no purchase model could be fitted.",)
    assert (contracts.cells["clv"] == contracts.cells["clv_contracts"]).all()
    orders = forecast(base, purchase_fit(), spend_fit(), None, **YEAR)
    assert orders.told == (
        "Orders count with their revenue: no margin is on record.",
        "Of 2 customers with a contract no orders are expected: they have never ordered.",
        "Contracts of 4 customers are left out: no retention model could be fitted.",
    )
    assert orders.cells.loc[4, ["purchases", "clv"]].tolist() == [0, 0]
    counts = forecast(base, purchase_fit(), None, retention_fit(), **YEAR)
    assert "no spend model" in counts.told[0]
    assert (counts.cells["purchases"] > 0).sum() == 5
    assert (counts.cells["clv_orders"] == 0).all()
    fees = forecast(
        base_of(cells(), fees_alone=2, returned_share=0.1), purchase_fit(), spend_fit(), retention_fit(), **YEAR
    )
    assert (
        fees.told[0]
        == "What is sent back, 10.0\u202f% of the money ordered so far, is taken off everybody’s value alike."
    )
    assert fees.told[-1] == "Contracts of 2 customers count with their whole fee: no margin is on record."
    kept = forecast(base_of(cells()), purchase_fit(), spend_fit(), retention_fit(), **YEAR).cells
    assert fees.cells["clv_orders"].to_numpy() == pytest.approx(0.9 * kept["clv_orders"].to_numpy())
    free = base_of(cells().assign(margin=np.nan))
    assert forecast(free, None, None, retention_fit(), **YEAR).told[-1] == (
        "Contracts of 2 customers have no monthly fee on record and count as 0."
    )


def test_what_is_missing_of_few_customers_is_said_without_their_number() -> None:
    few = forecast(base_of(cells(), min_cell=10, fees_alone=2), None, None, retention_fit(), **YEAR)
    assert few.told == (
        "Orders of fewer than 10 customers are left out: no purchase model could be fitted.",
        "Contracts of fewer than 10 customers count with their whole fee: no margin is on record.",
    )


def test_a_forecast_says_whether_anything_can_be_told_in_money() -> None:
    free = base_of(cells().assign(margin=np.nan))
    assert forecast(base_of(cells()), None, None, retention_fit(), **YEAR).in_money
    assert forecast(free, purchase_fit(), spend_fit(), retention_fit(), **YEAR).in_money
    assert not forecast(free, purchase_fit(), None, retention_fit(), **YEAR).in_money
    never = base_of(cells().iloc[[4]].assign(margin=np.nan))
    assert not forecast(never, purchase_fit(), spend_fit(), retention_fit(), **YEAR).in_money


def test_margin_and_horizon_and_discount_do_what_their_names_say() -> None:
    asked = (purchase_fit(), spend_fit(), retention_fit())
    whole = forecast(base_of(cells()), *asked, **YEAR)
    third = forecast(base_of(cells(), margin_rate=0.3), *asked, **YEAR)
    for name in ("clv_orders", "clv_orders_high"):
        assert third.cells[name].to_numpy() == pytest.approx(0.3 * whole.cells[name].to_numpy())
    plain = forecast(base_of(cells()), *asked, horizon_months=12, discount_rate=0)
    assert plain.cells["clv_orders"].to_numpy() == pytest.approx(plain.cells["spent"].to_numpy())
    assert plain.total().value > whole.total().value
    assert forecast(base_of(cells()), *asked, horizon_months=24, discount_rate=0).total().value > plain.total().value


EXTREME = pd.DataFrame(
    {
        "frequency": [5000.0, 0, 1, 0, 3000],
        "recency": [5000.0, 0, 1, 0, 3000 / 7],
        "T": [5001.0, 0, 5000, 20_000, 3000],
        "payments": [5000, 0, 1, 0, 1],
        "total": [1e9, 0, 1e-2, 0, 1e12],
        "n": 1,
    }
)


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "pareto_nbd", "mbg_cnbd_2"])
@pytest.mark.parametrize("one", [False, True])
def test_every_number_is_finite_for_extreme_customers(name: str, one: bool) -> None:
    fit = purchase_fit(name=name)
    if name == "bg_nbd":
        # a -> 1 is a removable singularity of the expectation
        drawn = fit.posterior.draws.assign(a=np.where(np.arange(len(fit.posterior.draws)) % 2, 1.0, 1 + 1e-12))
        fit = replace(fit, posterior=replace(fit.posterior, draws=drawn))
    for row in EXTREME.index if one else [slice(None)]:
        extreme = EXTREME.iloc[[row] if one else row].reset_index(drop=True)
        found = forecast(base_of(extreme), fit, spend_fit(), None, horizon_months=36, discount_rate=0.1, draws=40)
        assert np.isfinite(found.cells.drop(columns=["contract_months", "margin"])).all(axis=None)
        assert np.isfinite(found.totals).all(axis=None)


def test_a_question_that_has_no_answer_is_refused_by_name() -> None:
    base, fit = base_of(cells()), purchase_fit()
    with pytest.raises(InvalidValue, match="horizon_months must be above 0, found 0"):
        forecast(base, fit, None, None, horizon_months=0, discount_rate=0.1)
    with pytest.raises(InvalidValue, match="discount_rate must be 0 or more, found nan"):
        forecast(base, fit, None, None, horizon_months=12, discount_rate=float("nan"))
    with pytest.raises(InvalidValue, match="draws must be a whole number and at least 20, found 19"):
        forecast(base, fit, None, None, **YEAR, draws=19)
    with pytest.raises(InvalidValue, match="a purchase model or a retention model is required"):
        forecast(base, None, spend_fit(), None, **YEAR)
    with pytest.raises(UnknownColumn, match="not counted by 'region'; it was by: nothing"):
        forecast(base, fit, None, None, **YEAR, by="region")
    with pytest.raises(NoPurchases, match="nobody to forecast for"):
        forecast(base_of(cells().iloc[:0]), fit, None, None, **YEAR)
    assert BASE["as_of"] == date(2026, 9, 30)
