from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import beta
from small_company import WriteStudy, company, counted
from steady_hazard import SteadyHazard, active

from cxmodels import churn
from cxmodels.churn.decisions.margins import Margins
from cxmodels.churn.decisions.profit import maximum_profit
from cxmodels.churn.decisions.ranking import grade_ranking, rank_outcome
from cxmodels.churn.decisions.targeting import Campaign, plan_campaign, responsiveness_note
from cxmodels.churn.decisions.value import CustomerValue, valued
from cxmodels.churn.figures.decisions import profit_curve
from cxmodels.churn.grading.past import Past
from cxmodels.estimate import Estimate
from cxmodels.look import Figure
from cxmodels.study.sections import ChurnSection

COSTS = {"contact_cost": 1.0, "incentive": 10.0, "value": 200.0}
RATES = {"A": 0.005, "B": 0.02, "C": 0.06}


def planned(doubt: float = 0.2, **settings: Any) -> Campaign:
    asked = ChurnSection(**(COSTS | settings))
    model = SteadyHazard(active(A=500, B=300, C=200), RATES, doubt=doubt)
    return plan_campaign(valued(model, asked, "EUR"), asked)


def test_each_customer_earns_what_the_published_definition_says() -> None:
    campaign = planned()
    cells = campaign.cells.set_index("plan")
    for plan, rate in RATES.items():
        p = 1 - np.exp(-12 * rate)
        leaver, stayer = 0.3 * (200 - 10) - 1, -10 - 1
        assert cells.loc[plan, "expected_profit"] == pytest.approx(p * leaver + (1 - p) * stayer)
    assert cells["contact"].to_dict() == {"A": False, "B": True, "C": True}
    assert campaign.size is not None
    assert campaign.profit is not None
    assert campaign.size.value == 500
    assert campaign.profit.value == pytest.approx(
        300 * cells.loc["B", "expected_profit"] + 200 * cells.loc["C", "expected_profit"]
    )


def test_who_leaves_not_by_choice_is_not_kept_by_an_offer() -> None:
    asked = ChurnSection(**COSTS)
    value = valued(SteadyHazard(active(A=500, B=300, C=200), RATES), asked, "EUR")
    chance = value.cells["chance"]
    forced = {"A": 0.5, "B": 0.0, "C": 1.0}
    share = value.cells["plan"].map(forced).astype(float)
    parted = value.cells.assign(churn_12m_involuntary=share * chance, churn_12m_voluntary=(1 - share) * chance)
    none = Estimate.exact(0.1, "share", 1000)
    reasons = churn.ByCause(parted, {"voluntary": none, "involuntary": none}, 12)
    cells = plan_campaign(value, asked, reasons).cells.set_index("plan")
    for plan, rate in RATES.items():
        p = (1 - np.exp(-12 * rate)) * (1 - forced[plan])
        assert cells.loc[plan, "expected_profit"] == pytest.approx(p * (0.3 * 190 - 1) + (1 - p) * -11)
    assert cells["contact"].to_dict() == {"A": False, "B": True, "C": False}
    whole = plan_campaign(value, asked, churn.ByCause(parted, {"voluntary": none}, 12)).cells
    assert whole["expected_profit"].tolist() == plan_campaign(value, asked).cells["expected_profit"].tolist()


def test_on_average_it_earns_the_maximum_profit_of_what_then_happens() -> None:
    rng = np.random.default_rng(4)
    cells = planned().cells
    plan = np.repeat(np.arange(3), cells["n"])
    chance = cells["chance"].to_numpy()[plan]
    seen = [maximum_profit(chance, rng.random(1000) < chance, acceptance=0.3).value * 1000 for _ in range(300)]
    campaign = planned()
    assert campaign.profit is not None
    assert np.mean(seen) == pytest.approx(campaign.profit.value, rel=0.03)


def test_the_best_list_is_the_top_of_the_curve() -> None:
    campaign = planned()
    curve = campaign.curve
    assert campaign.size is not None
    assert campaign.profit is not None
    top = curve.loc[curve["expected"].idxmax()]
    assert top["fraction"] == pytest.approx(campaign.size.value / campaign.size.n)
    assert top["expected"] == pytest.approx(campaign.profit.value)
    assert (curve["low"] <= curve["expected"]).all()
    assert (curve["high"] >= curve["expected"]).all()
    assert curve["expected"].iloc[0] == 0


def test_doubt_of_the_plan_is_that_of_acceptance_and_of_the_model() -> None:
    known = planned(doubt=0.0, acceptance=(6e8, 14e8))
    unsure = planned(doubt=0.0)
    more = planned(doubt=0.5)
    widths = []
    for campaign in (known, unsure, more):
        assert campaign.profit is not None
        widths.append(campaign.profit.high - campaign.profit.low)
    assert widths[0] < 2 < 1000 < widths[1] < widths[2]
    assert (known.pays, known.pays_at_all) == (1, 1)
    # the two plans share the draws of acceptance: the list pays where gamma is above that of no profit
    p = (1 - np.exp(-12 * 0.02), 1 - np.exp(-12 * 0.06))
    leavers = 300 * p[0] + 200 * p[1]
    least = (500 + 10 * (500 - leavers)) / (leavers * 190)
    assert unsure.pays == pytest.approx(beta.sf(least, 6, 14), abs=0.06)
    assert unsure.pays <= unsure.pays_at_all


def test_where_no_list_pays_nobody_is_on_it_and_the_figure_says_so() -> None:
    campaign = planned(value=20.0)
    assert campaign.size is not None
    assert campaign.profit is not None
    assert (campaign.size.value, campaign.profit.value, campaign.pays) == (0, 0, 0)
    assert not campaign.cells["contact"].any()
    assert profit_curve(campaign).title.startswith("No list pays at these costs")


def test_the_list_by_money_and_the_list_by_risk_stand_side_by_side() -> None:
    settings = ChurnSection(contact_cost=1, incentive=10, value=None)
    model = SteadyHazard(active(A=300, B=300), {"A": 0.03, "B": 0.04})
    margins = Margins(pd.DataFrame({"plan": ["A", "B"], "margin": [30.0, 5.0], "n": [1, 1]}), "margins")
    campaign = plan_campaign(valued(model, settings, "EUR", margins), settings)
    assert campaign.cells.set_index("plan")["contact"].to_dict() == {"A": True, "B": False}
    table = campaign.rankings.set_index("ranking")
    assert table["profit"].idxmax() == "expected profit"
    assert table.loc["money at risk", "profit"] == table.loc["expected profit", "profit"]
    assert table.loc["chance of leaving", "departures"] > table.loc["expected profit", "departures"]
    assert table.loc["chance of leaving", "profit"] < 0
    assert table.loc["chance of leaving", "best_profit"] < table.loc["expected profit", "best_profit"]


def test_deciles_hold_all_departures_from_the_riskiest_down() -> None:
    deciles = planned().deciles
    assert deciles["customers"].sum() == pytest.approx(1000)
    assert deciles["departures"].sum() == pytest.approx(
        sum(n * (1 - np.exp(-12 * RATES[p])) for p, n in (("A", 500), ("B", 300), ("C", 200)))
    )
    assert (np.diff(deciles["rate"]) <= 1e-12).all()
    assert deciles["lift"].mean() == pytest.approx(1)
    assert deciles["captured"].iloc[-1] == pytest.approx(1)


def test_what_is_missing_is_named() -> None:
    assert "churn.contact_cost and churn.incentive" in planned(contact_cost=None, incentive=None).reason
    assert "churn.incentive" in planned(incentive=None).reason
    unknown = CustomerValue(pd.DataFrame(), "No fee.", "", "EUR", 12, 24, SteadyHazard(active(A=5), RATES))
    campaign = plan_campaign(unknown, ChurnSection(**COSTS))
    assert campaign.reason == "No fee."
    with pytest.raises(ValueError, match="No fee"):
        profit_curve(campaign)


def test_a_campaign_for_a_fitted_company_marks_each_of_its_cells_once() -> None:
    episodes = counted(company(1500, seed=60))
    settings = ChurnSection(**COSTS)
    campaign = plan_campaign(valued(churn.fit_cox(episodes), settings, "EUR"), settings)
    cells = campaign.cells
    assert not cells.duplicated(["tenure", "plan"]).any()
    assert cells["n"].sum() == episodes.active
    assert campaign.size is not None
    assert campaign.size.value == cells.loc[cells["contact"], "n"].sum()
    assert 0 < campaign.size.low <= campaign.size.value <= campaign.size.high <= episodes.active


def test_marks_are_those_of_the_plan_and_a_cell_outside_of_it_is_on_no_list() -> None:
    campaign = planned()
    cells = campaign.cells[["plan", "tenure"]].iloc[::-1].assign(churn_12m=0.5).set_axis([7, 8, 9])
    more = pd.concat([cells, pd.DataFrame({"plan": ["C"], "tenure": [401]}, index=[3])])
    marked = campaign.marks(more)
    assert marked.index.tolist() == [7, 8, 9, 3]
    assert marked["contact"].tolist() == [True, True, False, False]
    each = campaign.cells.set_index("plan")["expected_profit"].round(2)
    assert marked["expected_profit"].iloc[:3].tolist() == each.loc[["C", "B", "A"]].tolist()
    assert np.isnan(marked["expected_profit"].loc[3])
    unplanned = planned(contact_cost=None).marks(more)
    assert (list(unplanned.columns), unplanned.index.tolist()) == ([], [7, 8, 9, 3])


def test_the_figure_says_whom_to_contact_and_what_it_earns() -> None:
    figure = profit_curve(planned())
    assert isinstance(figure, Figure)
    assert figure.title.startswith("Contacting the best 500 customers is expected to earn most, €")
    assert "30 % accept" in figure.note
    assert len(figure.webp()) < 80_000
    everybody = planned(contact_cost=0.0, incentive=0.0)
    assert profit_curve(everybody).title.startswith("Contacting all 1\u202f000 customers is expected to earn most")


def test_risk_is_not_responsiveness_is_said_with_what_would_tell() -> None:
    assert "Ascarza 2018" in responsiveness_note()
    assert "by lot" in responsiveness_note()


def outcome() -> pd.DataFrame:
    rows = [("A", 0.05, 500, 30), ("B", 0.2, 300, 70), ("C", 0.5, 200, 95)]
    return pd.DataFrame(rows, columns=["plan", "churn_12m", "n", "left"])


def test_a_ranking_is_graded_by_what_came() -> None:
    settings = ChurnSection(**COSTS)
    value = valued(SteadyHazard(active(A=500, B=300, C=200), RATES), settings, "EUR")
    found = rank_outcome(outcome(), value, settings, score="churn_12m")
    assert found.lift is not None
    assert found.expected_maximum_profit is not None
    assert found.maximum_profit is not None
    assert found.unranked is not None
    assert found.lift.value == pytest.approx((95 / 200) / (195 / 1000))
    assert found.clv == 200
    # the list of B and C: 165 leavers, 335 stayers, a share of .3 accepts
    assert found.maximum_profit.value == pytest.approx((165 * (0.3 * 190 - 1) - 335 * 11) / 1000)
    assert found.maximum_profit.fraction == 0.5
    assert found.expected_maximum_profit.value > found.unranked.value > 0
    without = rank_outcome(outcome(), value, ChurnSection(value=200), score="churn_12m")
    assert without.lift == found.lift
    assert without.expected_maximum_profit is None


def test_the_ranking_of_a_year_ago_is_graded_where_the_data_reach_back(write_study: WriteStudy) -> None:
    study = write_study(company(1500, seed=61)["contracts"], covariates=("plan",), window_months=24)
    snapshot, settings = study.snapshot("2026-09"), ChurnSection(**COSTS)
    value = valued(churn.fit_cox(churn.episodes(snapshot)), settings, "EUR")
    found = grade_ranking(Past(study, snapshot), value, settings)
    assert found.reason == ""
    assert found.made_on == date(2025, 9, 30)
    assert found.lift is not None
    assert found.expected_maximum_profit is not None
    assert found.unranked is not None
    assert found.lift.low > 1
    assert found.expected_maximum_profit.value >= found.unranked.value
    assert "do not reach back far enough" in grade_ranking(Past(study, snapshot), value, settings, months=40).reason
