from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from small_company import company, counted
from steady_hazard import SteadyHazard, active

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.decisions.money import money_at_risk
from cxmodels.churn.decisions.profit import Profit
from cxmodels.churn.decisions.ranking import RankingGrade
from cxmodels.churn.decisions.targeting import plan_campaign
from cxmodels.churn.decisions.value import CustomerValue, valued
from cxmodels.churn.errors import TooFewCustomers
from cxmodels.churn.forecasts.causes import by_cause
from cxmodels.churn.forecasts.forecast import churn_probability
from cxmodels.churn.forecasts.remaining import remaining_months
from cxmodels.churn.grading.grade import compare
from cxmodels.churn.models.cox import CoxFit, fit_cox
from cxmodels.churn.models.kaplan_meier import fit_survival
from cxmodels.churn.page.checks import judge_fit
from cxmodels.churn.page.estimates import estimates, marks, prospects, stakes
from cxmodels.churn.page.findings import about, ranked, title
from cxmodels.estimate import Estimate
from cxmodels.study.sections import ChurnSection

RATES = {"A": 0.005, "B": 0.02, "C": 0.06}
COSTS = ChurnSection(contact_cost=1.0, incentive=10.0, value=200.0)
NO_MONTHS = pd.DataFrame(columns=["month", "value", "low", "high", "left", "active"])


@pytest.fixture(scope="module")
def episodes() -> Episodes:
    return counted(company(1500, seed=41))


@pytest.fixture(scope="module")
def fit(episodes: Episodes) -> CoxFit:
    return fit_cox(episodes)


def worth(**plans: int) -> CustomerValue:
    return valued(SteadyHazard(active(**plans), RATES, doubt=0.2), COSTS, "EUR")


def test_what_is_to_come_has_the_names_of_results(fit: CoxFit) -> None:
    cells = fit.episodes.cells()
    reasons, remaining = by_cause(fit, cells), remaining_months(fit, cells)
    found = prospects(reasons, remaining)
    assert found == {
        "churn.rate_by_cause_12m.unknown": reasons.rates["unknown"],
        "churn.remaining_months": remaining.mean,
    }
    assert prospects(None, None) == {}
    few = replace(reasons, min_cell=reasons.departures["unknown"] + 1)
    assert list(prospects(few, remaining)) == ["churn.remaining_months"]


def test_stakes_have_names_only_where_the_study_can_tell_them() -> None:
    value = worth(A=500, B=300, C=200)
    money, campaign = money_at_risk(value), plan_campaign(value, COSTS)
    lift = Estimate(2.0, 1.5, 2.5, "times", 1000)
    found = stakes(money, campaign, RankingGrade("", date(2025, 9, 30), lift=lift))
    assert found == {
        "churn.money_at_risk": money.total,
        "churn.money_at_risk_top_decile": money.top_share,
        "churn.campaign_size": campaign.size,
        "churn.campaign_profit": campaign.profit,
        "churn.top_decile_lift": lift,
    }
    unsaid = plan_campaign(value, ChurnSection(value=200.0))
    assert list(stakes(money, unsaid)) == ["churn.money_at_risk", "churn.money_at_risk_top_decile"]


def test_a_list_of_a_few_has_no_figure_and_one_of_nobody_has() -> None:
    few = worth(A=900, C=4)
    names = ["churn.money_at_risk", "churn.money_at_risk_top_decile"]
    assert list(stakes(money_at_risk(few), plan_campaign(few, COSTS))) == names
    dear = ChurnSection(contact_cost=500.0, incentive=10.0, value=200.0)
    found = stakes(money_at_risk(few), plan_campaign(few, dear))
    assert (found["churn.campaign_size"].value, found["churn.campaign_profit"].value) == (0, 0)


def test_the_marks_of_earlier_forecasts_are_their_ratio_and_their_error(fit: CoxFit) -> None:
    cells = fit.episodes.cells()
    cells = cells.assign(left=np.where(cells["plan"] == "B", cells["n"], 0))
    cells = cells.assign(**{f"left_{month}": 0 for month in range(1, 12)}, left_12=cells["left"])
    grade = compare(fit, cells, date(2025, 9, 30), date(2026, 9, 30))
    assert grade is not None
    found, n = marks({12: grade}), fit.episodes.active
    assert found["churn.observed_over_expected_12m"] == grade.ratio
    assert found["churn.observed_over_expected_12m"].value == pytest.approx(
        cells["left"].sum() / (n * grade.expected.value)
    )
    error = found["churn.calibration_error_12m"]
    assert (error.value, error.unit, error.n) == (grade.calibration.mean_absolute_error, "share", n)
    assert marks({}) == {}


def parted(episodes: Episodes) -> Episodes:
    """The same stays, each cut at 100 days where it lasts longer: as many customers, more episodes."""
    frame = episodes.frame
    long = frame[(frame["exit"] > 100) & (frame["entry"] < 100)]
    rest = frame.drop(long.index)
    begun = long.assign(exit=100, event=0, cause="switched")
    return replace(episodes, frame=pd.concat([rest, begun, long.assign(entry=100)], ignore_index=True))


def test_cutting_stays_into_parts_changes_no_count_of_customers(episodes: Episodes, fit: CoxFit) -> None:
    cut = parted(episodes)
    assert cut.n > episodes.n
    figures = []
    for each in (episodes, cut):
        own = fit_cox(each)
        forecast = churn_probability(own, each.cells())
        found = estimates(each, fit_survival(each), own, forecast, NO_MONTHS)
        figures.append({name: estimate.n for name, estimate in found.items()})
    assert figures[0] == figures[1]
    checks = [{check.name: check for check in judge_fit(fit_cox(each)).checks} for each in (episodes, cut)]
    assert checks[0]["Watched from the first day"] == checks[1]["Watched from the first day"]
    said = [about(each, fit, NO_MONTHS, {})[1] for each in (episodes, cut)]
    assert said[1].startswith(said[0])
    assert "parts" not in said[0]
    assert "parts" in said[1]


def test_nothing_that_ended_before_the_watch_is_not_told_as_none(episodes: Episodes, fit: CoxFit) -> None:
    assert not any("before the watch are out" in line for line in about(episodes, fit, NO_MONTHS, {}))
    some = about(replace(episodes, before_window=7), fit, NO_MONTHS, {})
    assert "7 contracts that ended before the watch are out." in some


def test_what_an_earlier_ranking_was_worth_is_said_in_full_or_not_at_all() -> None:
    lift = Estimate(1.66, 1.4, 1.96, "times", 2395)
    grade = RankingGrade("", date(2025, 9, 30), lift=lift)
    assert ranked(grade, "EUR") == (
        "<b>An earlier ranking.</b> Of the tenth of customers ranked highest on 30 September 2025, 1.7 times "
        "(1.4 – 2.0) as large a share left as of all customers."
    )
    earned = replace(grade, expected_maximum_profit=Profit(0.69, 0.3, 2395), unranked=Profit(0.16, 0.1, 2395))
    assert "0.69 EUR a customer" in ranked(earned, "EUR")
    assert ranked(earned, "EUR").endswith("(everybody or nobody) 0.16.")
    assert ranked(RankingGrade("No ranking."), "EUR") == "No ranking."


def test_the_title_names_no_group_that_is_not_clearly_above_all(fit: CoxFit) -> None:
    forecast = churn_probability(fit, fit.episodes.cells())
    assert "; highest for plan B, " in title(forecast)
    wide = forecast.groups.assign(low=forecast.groups["low"].where(forecast.groups["level"] != "B", 0.0))
    assert "highest" not in title(replace(forecast, groups=wide))
    # a small group whose interval takes in the rate of all is passed over, however high its value
    columns = ["covariate", "level", "months", "value", "low", "high", "n"]
    small = pd.DataFrame([("region", "X", 12, 0.9, 0.01, 1.0, 50)], columns=columns)
    more = replace(forecast, groups=pd.concat([forecast.groups, small], ignore_index=True))
    assert "; highest for plan B, " in title(more)


def test_fewer_customers_than_may_be_told_of_have_no_title(fit: CoxFit) -> None:
    forecast = churn_probability(fit, fit.episodes.cells())
    with pytest.raises(TooFewCustomers, match="found fewer"):
        title(replace(forecast, min_cell=forecast.rates[12].n + 1))
