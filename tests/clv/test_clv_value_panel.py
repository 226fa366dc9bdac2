"""Customers side by side, and the same customers on two days: what the engine joins is who it is."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known_fits import purchase_fit
from small_shop import AS_OF, contracts, customers, orders, shop
from valued_company import company

from cxmodels.clv.counts.base import NUMBERS, customer_base
from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.figures.bridge import value_bridge as bridge_figure
from cxmodels.clv.figures.concentration import concentration_curves, who_is_top
from cxmodels.clv.forecasts.forecast import ClvForecast
from cxmodels.clv.page.tables import bridge_table
from cxmodels.clv.value.bridge import Bridge, value_bridge
from cxmodels.clv.value.concentration import Concentration, concentration
from cxmodels.clv.value.earlier import Earlier, forecast_known, matched
from cxmodels.clv.value.expected import expected_value
from cxmodels.clv.value.pairs import BEFORE, NOW, customer_pairs
from cxmodels.clv.value.panel import paid_so_far, spread_over, value_panel
from cxmodels.look import numbers
from cxmodels.study import Study

BEFORE_DAY = date(2026, 8, 31)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return company(tmp_path_factory.mktemp("valued"))


@pytest.fixture(scope="module")
def earlier(study: Study) -> Earlier:
    return Earlier(study, draws=60)


def made(earlier: Earlier, day: date = AS_OF) -> ClvForecast:
    found = earlier.forecast(day)
    assert found is not None
    return found


def test_past_revenue_is_orders_and_fees_of_each_customer(tmp_path: Path) -> None:
    snapshot = shop(
        tmp_path,
        customers=customers("a", "b", "c"),
        contracts=contracts(("a", 487, None), ("b", 974, 487), monthly_fee=[10.0, 20.0]),
        orders=orders(("a", 5, 7.5), ("a", 5, 2.5), ("b", 9, 40.0), ("c", 9, 40.0), ("c", 3, -15.0)),
    ).snapshot(AS_OF)
    base = customer_base(snapshot)
    past = paid_so_far(snapshot, base).merge(base.cells.reset_index(names="cell"), on="cell")
    # 487 days are 16 months; b's contract is over, so b is alike with c but for what was paid for it
    runs = past["contract_months"].notna()
    assert past.loc[runs, "paid"].tolist() == pytest.approx([10 + 160])
    assert sorted(past.loc[~runs, "paid"]) == pytest.approx([40, 40 + 320])


def test_amounts_of_a_cell_are_spread_evenly_over_its_drawn_customers() -> None:
    past = pd.DataFrame({"cell": [0, 0, 1, 2], "paid": [1.0, 2.0, 5.0, 9.0], "n": [2, 2, 1, 3]})
    np.testing.assert_allclose(spread_over(past, np.array([2, 0, 0, 1, 0, 0])), [9, 1, 1, 5, 2, 2])
    np.testing.assert_allclose(spread_over(past, np.array([0, 2])), [2, 9])
    np.testing.assert_allclose(spread_over(past, np.array([0, 0])), [1, 2])


def test_the_panel_holds_everybodys_money(earlier: Earlier) -> None:
    forecast_today = made(earlier)
    snapshot = earlier.snapshot(AS_OF)
    panel = value_panel(snapshot, forecast_today)
    people = paid_so_far(snapshot, forecast_today.base)
    assert panel.customers == len(panel.past) == people["n"].sum() == 500
    assert panel.past.sum() == pytest.approx(people["n"] @ people["paid"])
    assert panel.expected.sum(axis=0).mean() == pytest.approx(forecast_today.total("clv").value)
    sample = value_panel(snapshot, forecast_today, size=100)
    assert len(sample.past) == 100
    assert 5 * sample.expected.mean(axis=1).sum() == pytest.approx(forecast_today.total("clv").value, rel=0.02)
    assert 5 * sample.past.sum() == pytest.approx(panel.past.sum(), rel=0.15)


def test_the_figures_say_what_was_found(earlier: Earlier) -> None:
    found = concentration(value_panel(earlier.snapshot(AS_OF), made(earlier)))
    curves, top = concentration_curves(found), who_is_top(found)
    share = f"{found.named_share.value:.0%}".replace("%", "\u202f%")
    assert f"are expected to bring {share}" in curves.title
    assert "of past revenue" in curves.alt
    assert top.title.startswith("Of the 100 customers named among the best 20\u202f%")
    assert "who paid most so far are on the list" in top.note
    with pytest.raises(ValueError, match="too few"):
        concentration_curves(Concentration("too few"))
    with pytest.raises(ValueError, match="too few"):
        who_is_top(Concentration("too few"))


def test_pairs_are_the_bases_of_both_days(earlier: Earlier) -> None:
    then, today = earlier.snapshot(BEFORE_DAY), earlier.snapshot(AS_OF)
    before, now = customer_base(then), customer_base(today)
    pairs = customer_pairs(before, now, then, today)
    for base, side in ((before, BEFORE), (now, NOW)):
        names = [f"{name}{side}" for name in NUMBERS]
        there = pairs[pairs[[f"frequency{side}", f"contract_months{side}"]].notna().any(axis=1)]
        counted = there.fillna(-1).groupby(names)["n"].sum()
        expected = base.cells.fillna(-1).groupby(list(NUMBERS))["n"].sum()
        assert counted.index.tolist() == expected.index.tolist()
        assert counted.tolist() == expected.tolist()
    both = pairs.dropna(subset=[f"T{BEFORE}", f"T{NOW}"])
    assert (both[f"T{NOW}"] - both[f"T{BEFORE}"] == 30).all()
    assert (both[f"frequency{NOW}"] >= both[f"frequency{BEFORE}"]).all()
    new = pairs[f"T{BEFORE}"].isna() & pairs[f"T{NOW}"].notna()
    assert (pairs.loc[new, f"T{NOW}"] < 30).all()


def test_the_bridge_goes_from_what_was_told_then_to_what_is_told_today(earlier: Earlier) -> None:
    before, now = made(earlier, BEFORE_DAY), made(earlier)
    bridge = value_bridge(before, now, earlier.snapshot(BEFORE_DAY), earlier.snapshot(AS_OF))
    steps = bridge.steps.set_index("step")["value"]
    assert bridge.before.value == before.total("clv").value
    assert bridge.now.value == now.total("clv").value
    assert bridge.before.value + steps.sum() == pytest.approx(bridge.now.value, rel=1e-12)
    assert steps["new"] > 0
    assert bridge.days == 30
    drawn = bridge_figure(bridge)
    assert re.search("a month ago to .*: (.* (added|took) .*, .* (added|took)|no step goes beyond chance)", drawn.title)
    assert drawn.alt.count(";") == len(steps) - 1


def test_the_table_of_the_bridge_tells_every_step_that_could_move_anything(earlier: Earlier) -> None:
    bridge = value_bridge(
        made(earlier, BEFORE_DAY), made(earlier), earlier.snapshot(BEFORE_DAY), earlier.snapshot(AS_OF)
    )
    told = bridge_table(bridge)
    assert told["step"].tolist() == bridge.steps["title"].tolist()
    new = bridge.steps.set_index("step").loc["new"]
    assert told["money"].tolist()[2] == numbers.signed(new["value"], "EUR")
    assert (told["more than chance"] == "yes").tolist() == bridge.steps["real"].tolist()
    nothing = bridge.steps.assign(**{name: bridge.steps[name].where(bridge.steps["step"] != "new", 0.0) for name in
                                     ("value", "low", "high")})  # fmt: skip
    without = replace(bridge, steps=nothing)
    assert "New customers" not in bridge_table(without)["step"].tolist()
    assert "new customers" not in bridge_figure(without).alt
    with pytest.raises(ValueError, match="not known"):
        bridge_table(Bridge("not known"))


def test_customers_of_both_days_keep_their_attributes_whatever_these_are_called(tmp_path: Path) -> None:
    study = shop(
        tmp_path,
        customers=customers("a", "b", joined=500, plan=["X", "Y"], paid=["P", "Q"]),
        orders=orders(("a", 400, 9.0), ("b", 10, 9.0)),
    )
    then, today = study.snapshot(BEFORE_DAY), study.snapshot(AS_OF)
    now = customer_base(today, by=("plan", "paid"))
    for before in (customer_base(then), customer_base(then, by=("plan", "paid"))):
        pairs = customer_pairs(before, now, then, today).set_index("plan")
        assert pairs["paid"].to_dict() == {"X": "P", "Y": "Q"}
        assert pairs[f"T{NOW}"].to_dict() == {"X": 400, "Y": 10}


def test_parameters_that_did_not_change_teach_nothing(earlier: Earlier) -> None:
    now = made(earlier)
    then = earlier.snapshot(BEFORE_DAY)
    same = ClvForecast(**{**vars(made(earlier, BEFORE_DAY)), "ahead": now.ahead})
    old = customer_base(then)
    # last month's customers valued with today's parameters, told as last month's value
    value = old.cells["n"].to_numpy() @ expected_value(now.ahead, old.cells)
    told = same.totals.assign(expected_clv=value)
    same = ClvForecast(**{**vars(same), "totals": told})
    bridge = value_bridge(same, now, then, earlier.snapshot(AS_OF), draws=60)
    assert bridge.steps.set_index("step").loc["learned", "value"] == pytest.approx(0, abs=1e-5 * bridge.now.value)


def test_a_bridge_needs_an_earlier_value_the_same_kind_and_order(earlier: Earlier) -> None:
    now, then, today = made(earlier), earlier.snapshot(BEFORE_DAY), earlier.snapshot(AS_OF)
    assert "not known" in value_bridge(None, now, then, today).reason
    with pytest.raises(ValueError, match="not known"):
        bridge_figure(Bridge("not known"))
    with pytest.raises(InvalidValue, match="later forecast must come second"):
        value_bridge(now, made(earlier, BEFORE_DAY), today, then)
    longer = ClvForecast(**{**vars(now), "horizon_months": 12})
    with pytest.raises(InvalidValue, match="same horizon_months, found 24 and 12"):
        value_bridge(made(earlier, BEFORE_DAY), longer, then, today)
    orders_alone = ClvForecast(**{**vars(now), "ahead": type(now.ahead)(now.ahead.orders, None, 1.0, 60)})
    assert "one of the two days" in value_bridge(made(earlier, BEFORE_DAY), orders_alone, then, today).reason


def test_a_day_before_anything_was_known_has_no_forecast_and_is_asked_once(study: Study) -> None:
    earlier = Earlier(study, draws=20)
    assert earlier.forecast(date(2020, 1, 31)) is None
    assert earlier.forecast(date(2020, 1, 31)) is None
    assert made(earlier) is made(earlier)


def test_a_few_draws_have_the_mean_and_covariance_of_all() -> None:
    fit = purchase_fit()
    few = matched(fit.model, fit.posterior, 30)
    every, kept = (fit.model.unbounded(each.theta) for each in (fit.posterior, few))
    assert len(kept) == 30
    np.testing.assert_allclose(kept.mean(axis=0), every.mean(axis=0))
    np.testing.assert_allclose(np.cov(kept, rowvar=False), np.cov(every, rowvar=False))
    assert matched(fit.model, fit.posterior, 400) is fit.posterior


def test_few_draws_tell_the_value_that_many_do(study: Study) -> None:
    snapshot = study.snapshot(AS_OF)
    few, many = (forecast_known(snapshot, draws=draws).total("clv", predictive=False) for draws in (30, 400))
    assert few.value == pytest.approx(many.value, abs=0.05 * many.standard_error)


def test_earlier_forecasts_are_what_would_have_been_told_then(earlier: Earlier) -> None:
    found = made(earlier, BEFORE_DAY)
    assert found.base.as_of == BEFORE_DAY
    assert found.horizon_months == 24
    assert found.customers < made(earlier).customers
