from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_company import company, counted
from steady_hazard import SteadyHazard, active

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted as from_table
from cxmodels.churn.decisions.money import money_at_risk
from cxmodels.churn.decisions.targeting import Campaign, plan_campaign
from cxmodels.churn.decisions.value import valued
from cxmodels.churn.figures.decisions import profit_curve
from cxmodels.churn.figures.forests import hazard_ratios
from cxmodels.churn.forecasts.causes import ByCause, by_cause
from cxmodels.churn.forecasts.forecast import Forecast, churn_probability
from cxmodels.churn.forecasts.watched import stays
from cxmodels.churn.models.cox import CoxFit, fit_cox
from cxmodels.churn.page.drivers import drivers
from cxmodels.churn.page.tables import diagnostics, expected, fit_in_numbers, least_steady, lists, offers, ratios_in_two
from cxmodels.study.sections import ChurnSection

COSTS: dict[str, Any] = {"contact_cost": 1.0, "incentive": 10.0, "value": 200.0}
RATES = {"A": 0.005, "B": 0.02, "C": 0.06}


@pytest.fixture(scope="module")
def made() -> Episodes:
    """A company of two plans, a fifth of whose departures are involuntary."""
    episodes = counted(company(2500, seed=31))
    frame = episodes.frame
    cause = np.where(np.arange(len(frame)) % 5 == 0, "involuntary", "voluntary")
    return replace(episodes, frame=frame.assign(cause=frame["cause"].where(frame["event"] == 0, cause)), min_cell=10)


@pytest.fixture(scope="module")
def fit(made: Episodes) -> CoxFit:
    return fit_cox(made)


@pytest.fixture(scope="module")
def forecast(fit: CoxFit) -> Forecast:
    return churn_probability(fit, fit.episodes.cells())


@pytest.fixture(scope="module")
def reasons(fit: CoxFit) -> ByCause:
    return by_cause(fit, fit.episodes.cells())


def planned(sizes: dict[str, int] | None = None, **settings: Any) -> Campaign:
    asked = ChurnSection(**(COSTS | settings))
    model = SteadyHazard(active(**(sizes or {"A": 500, "B": 300, "C": 200})), RATES, doubt=0.2)
    return plan_campaign(valued(model, asked, "EUR"), asked)


def test_what_to_expect_is_told_in_customers_and_shares_by_horizon_and_cause(
    forecast: Forecast, reasons: ByCause
) -> None:
    table = expected(forecast, reasons)
    assert table["horizon"].tolist() == [
        "1 month", "3 months", "6 months", "12 months",
        "12 months, of their own accord", "12 months, not by their choice",
    ]  # fmt: skip
    rate = forecast.rates[12]
    year, *causes = table["customers"].iloc[3:]
    assert (year.value, year.low, year.high) == pytest.approx([x * rate.n for x in (rate.value, rate.low, rate.high)])
    assert year.unit == "customers"
    assert sum(each.value for each in causes) == pytest.approx(year.value)
    # a cause has no share beyond the observed tenure of its own: a dash, and no number that is none
    assert table["beyond_observed_tenure"].iloc[3].value == forecast.extrapolated[12]
    assert table["beyond_observed_tenure"].iloc[4:].tolist() == [None, None]


def test_a_cause_that_rests_on_fewer_departures_than_the_smallest_cell_is_not_told(
    forecast: Forecast, reasons: ByCause
) -> None:
    rare = replace(reasons, departures=reasons.departures | {"involuntary": 9})
    assert list(rare.told) == ["voluntary"]
    assert expected(forecast, rare)["horizon"].tolist()[4:] == ["12 months, of their own accord"]
    assert len(expected(forecast, None)) == 4


def test_the_list_is_offered_as_an_action_with_its_profit_and_nothing_where_none_is_shown() -> None:
    campaign = planned()
    (offer,) = offers(campaign)
    assert offer["customers"] == campaign.size.value
    assert offer["worth"] == campaign.profit
    assert offer["pays"] == campaign.pays
    assert offers(replace(campaign, min_cell=10**9)) == []
    assert offers(Campaign("No campaign can be planned.")) == []


def test_lists_of_one_length_stand_side_by_side_and_those_alike_in_one_row() -> None:
    same = lists(planned())
    assert same["chosen by"].tolist() == ["Expected profit, or money at risk, or chance of leaving"]
    assert same["its own best length"].tolist() == [500]
    campaign = planned()
    other = campaign.rankings.assign(departures=[100.0, 90.0, 120.0])
    table = lists(replace(campaign, rankings=other))
    assert table["chosen by"].tolist() == ["Expected profit", "Money at risk", "Chance of leaving"]
    assert table["departures on it"].tolist() == [100, 90, 120]
    assert table["expected profit"].str.startswith("€").all()


def test_a_list_too_small_to_be_shown_is_told_neither_in_the_table_nor_in_the_figure() -> None:
    campaign = planned({"A": 900, "C": 4})
    assert campaign.size is not None
    assert campaign.profit is not None
    assert (campaign.size.value, campaign.min_cell, campaign.shown) == (4, 10, False)
    assert lists(campaign).empty
    figure = profit_curve(campaign)
    assert figure.title == "Contacting fewer than 10 customers is expected to earn most: too few to be shown"
    assert [text.get_text() for text in figure.drawing.axes[0].texts] == []
    assert lists(planned(contact_cost=500.0)).empty


def test_the_tenth_with_the_most_at_risk_is_told_only_where_it_is_a_cell() -> None:
    settings = ChurnSection(**COSTS)
    values = [valued(SteadyHazard(active(A=n), RATES), settings, "EUR") for n in (99, 100)]
    assert [money_at_risk(value).top_share is None for value in values] == [True, False]


def test_diagnostics_hold_what_the_fit_holds(fit: CoxFit) -> None:
    (row,) = diagnostics(fit).to_dict("records")
    coef, se = fit.coefficients.iloc[0][["coef", "se"]]
    assert row["term"] == "plan B"
    assert (float(row["coefficient"]), float(row["standard error"])) == (round(coef, 3), round(se, 3))
    assert row["p"] == "< 0.001"
    said = fit_in_numbers(fit)
    assert f"concordance {fit.concordance:.3f}" in said
    assert "on 1 degrees of freedom" in said
    assert least_steady(fit) == "plan"


def test_a_level_below_the_smallest_cell_is_in_no_table_sentence_or_figure(made: Episodes) -> None:
    hidden = fit_cox(replace(made, min_cell=5000))
    assert diagnostics(hidden).empty
    assert drivers(hidden) == []
    figure = hazard_ratios(hidden)
    assert figure.title == "Too few customers in each group to tell who leaves sooner"
    assert "B" not in figure.alt + "".join(text.get_text() for text in figure.drawing.axes[0].texts)


def test_ratios_that_change_with_tenure_are_told_in_two_parts() -> None:
    rng = np.random.default_rng(7)
    plan = rng.choice(["A", "B"], 3000)
    early, late = rng.exponential(1 / np.where(plan == "B", 0.09, 0.03)), rng.exponential(1 / 0.03, 3000)
    time = np.where(early < 12, early, 12 + late)
    frame = pd.DataFrame({"exit": np.ceil(np.minimum(time, 48)), "event": (time < 48).astype(int), "plan": plan})
    fit = fit_cox(from_table(frame, ["plan"], unit="months"))
    (row,) = ratios_in_two(fit).to_dict("records")
    term, *parts = row.values()
    assert term == f"plan {'B' if fit.reference['plan'] == 'A' else 'A'}"
    first, later = (float(str(part).split()[0]) for part in parts)
    assert abs(np.log(first)) > 3 * abs(np.log(later))


def split_stays() -> Episodes:
    """Three stays: one cut in three parts, one in two, one whole; the level "low" was held by two of them."""
    rows = [
        (0, 10, 0, "switched", "high", 1), (10, 20, 0, "switched", "low", 1), (20, 30, 0, "active", "high", 1),
        (0, 15, 0, "switched", "low", 1), (15, 40, 1, "voluntary", "high", 1),
        (5, 25, 0, "active", "high", 1),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["entry", "exit", "event", "cause", "mood", "n"])
    known = active(A=1)
    return replace(known, frame=frame, covariates=("mood",), levels={"mood": ("high", "low")}, pooled={"mood": ()})


def test_a_stay_cut_into_parts_counts_once() -> None:
    episodes = split_stays()
    assert episodes.n == 6
    assert stays(episodes) == 3
    assert stays(episodes, "mood", "high") == 3
    # both were low at a tenure of 10 to 15 days, and neither was at the end
    assert stays(episodes, "mood", "low") == 2
