"""Where a ratio changes with tenure: strata, ratios before and after, and the picture of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.errors import UnknownCovariate
from cxmodels.churn.figures.forests import hazard_ratios
from cxmodels.churn.figures.residuals import ratio_over_tenure as drawn
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.cox_fit import CoxFit
from cxmodels.churn.models.proportional_hazards import proportional_hazards
from cxmodels.churn.models.residuals import ratio_over_tenure
from cxmodels.churn.models.stratification import ratios_by_tenure, stratify_where_needed

EARLY = {"A": 0.02, "B": 0.08, "C": 0.02}
LATER = {"A": 0.03, "B": 0.015, "C": 0.03}


def company(size: int = 6000, seed: int = 4) -> Episodes:
    """On plan B four times as many leave in the first year as on plan A, and half as many later; region doubles it."""
    rng = np.random.default_rng(seed)
    plan, region = rng.choice(["A", "B", "C"], size, p=[0.5, 0.3, 0.2]), rng.choice(["north", "south"], size)
    factor = np.where(region == "south", 2.0, 1.0)
    early, later = (np.array([rate[p] for p in plan]) * factor for rate in (EARLY, LATER))
    draw = rng.exponential(size=size)
    tenure = np.where(draw < 12 * early, draw / early, 12 + (draw - 12 * early) / later)
    end = rng.uniform(6, 48, size)
    table = pd.DataFrame(
        {"entry": 0, "exit": np.ceil(np.minimum(tenure, end)), "event": (tenure <= end).astype(int), "plan": plan}
    )
    return counted(table.assign(region=region, spend=rng.normal(size=size)), ["plan", "region", "spend"], unit="months")


@pytest.fixture(scope="module")
def fit() -> CoxFit:
    return fit_cox(company())


def test_the_covariate_whose_ratio_changes_gets_baselines_of_its_own(fit: CoxFit) -> None:
    stratified = stratify_where_needed(fit)
    assert stratified.strata.names == ("plan",)
    assert stratified.stratified_because["plan"] < 1e-6
    assert set(stratified.stratified_because) == {"plan"}
    assert stratified.name == "Cox, stratified by plan"
    assert stratified.coefficients["term"].tolist() == ["region", "spend"]
    assert stratified.covariates == ("region", "spend", "plan")
    assert stratified.levels["plan"] == ("A", "B", "C")
    assert sorted(set(stratified.baseline["stratum"])) == ["A", "B", "C"]


def test_strata_forecast_what_one_baseline_cannot(fit: CoxFit) -> None:
    stratified = stratify_where_needed(fit)
    reference = {name: known[0] for name, known in stratified.levels.items()}
    cells = pd.DataFrame({"plan": ["A", "B"], "region": "north", "spend": 0.0})
    true = np.array([12 * EARLY[p] + 12 * LATER[p] for p in cells["plan"]])
    found = stratified.cumulative_hazard(cells, np.array([24.0, 24.0]))
    assert found == pytest.approx(true, rel=0.08)
    # of those on plan B who have been there for a year, few leave in the second: without strata, as many as on A
    second = found[1] - stratified.cumulative_hazard(cells, np.array([12.0, 12.0]))[1]
    assert second == pytest.approx(12 * LATER["B"], rel=0.2)
    plain = np.diff([fit.cumulative_hazard(cells, np.full(2, at))[1] for at in (12.0, 24.0)])[0]
    assert plain > 2 * second
    assert reference["plan"] == "A"


def test_draws_of_a_stratified_fit_lie_around_its_estimate(fit: CoxFit) -> None:
    stratified = stratify_where_needed(fit)
    cells = pd.DataFrame({"plan": ["A", "B", "C", "A"], "region": "south", "spend": 0.5})
    times = np.array([24.0, 24.0, 12.0, 6.0])
    drawn = stratified.sample(2000, 3).cumulative_hazard(cells, times)
    assert drawn.shape == (4, 2000)
    assert np.median(drawn, axis=1) == pytest.approx(stratified.cumulative_hazard(cells, times), rel=0.02)


def test_a_fit_without_a_changing_ratio_stays_as_it_is(fit: CoxFit) -> None:
    steady = fit_cox(fit.episodes, ["region", "spend"])
    assert stratify_where_needed(steady) is steady
    assert ratios_by_tenure(steady).empty


def test_a_stratum_with_few_departures_is_not_made() -> None:
    fit = fit_cox(company(900))
    assert fit.episodes.frame.query("plan == 'C'")["event"].sum() > 50
    assert stratify_where_needed(fit).strata.names == ("plan",)
    frame = fit.episodes.frame
    few = frame[(frame["plan"] != "C") | ((frame["event"] == 1).cumsum() % 4 == 0)]
    refitted = fit_cox(replace(fit.episodes, frame=few))
    assert 0 < few.query("plan == 'C'")["event"].sum() < 50
    assert stratify_where_needed(refitted) is refitted


def test_a_ratio_told_by_departures_at_one_tenure_cannot_change() -> None:
    table = pd.DataFrame({"exit": 12, "event": [1, 0] * 60, "plan": ["A", "A", "B", "B", "B", "A"] * 20})
    fit = fit_cox(counted(table, ["plan"], unit="months"), ["plan"])
    test = proportional_hazards(fit).iloc[0]
    assert (test["chi2"], test["df"], test["p"]) == (0, 0, 1)
    assert stratify_where_needed(fit) is fit
    assert fit.verdict.status in ("green", "amber", "red")


def test_more_strata_than_two_dozen_are_not_made() -> None:
    rng = np.random.default_rng(6)
    shop = rng.integers(0, 30, 9000)
    early, later = np.where(shop % 2, 0.1, 0.01), np.where(shop % 2, 0.03, 0.1)
    draw = rng.exponential(size=9000)
    tenure = np.where(draw < 12 * early, draw / early, 12 + (draw - 12 * early) / later)
    table = pd.DataFrame({"exit": np.ceil(tenure), "event": 1, "shop": np.char.add("s", shop.astype(str))})
    fit = fit_cox(counted(table, ["shop"], unit="months"))
    assert proportional_hazards(fit)["p"].iloc[0] < 1e-6
    assert stratify_where_needed(fit) is fit


def test_ratios_before_and_after_a_year_are_found(fit: CoxFit) -> None:
    table = ratios_by_tenure(fit)
    assert table["period"].unique().tolist() == ["first 12 months", "later"]
    assert set(table["term"]) == {"plan"}
    for level, period, true in (("B", 0, 4.0), ("C", 0, 1.0), ("B", 1, 0.5), ("C", 1, 1.0)):
        named = ("first 12 months", "later")[period]
        row = table[(table["level"] == level) & (table["period"] == named)].iloc[0]
        assert abs(row["coef"] - np.log(true)) < 2.5 * row["se"]
        assert row["se"] < 0.2


def test_ratios_before_and_after_are_those_of_the_two_halves_fitted_apart(fit: CoxFit) -> None:
    # at risk before the cut or after it: with nothing else in the model the halves do not meet
    table = ratios_by_tenure(fit_cox(fit.episodes, ["plan"]), cut_months=12)
    frame = fit.episodes.frame
    later = frame[frame["exit"] > 12].assign(entry=12)
    alone = fit_cox(counted(later, ["plan"], entry="entry", n="n", unit="months"), ["plan"]).coefficients
    both = alone.merge(table[table["period"] == "later"], on="level")
    assert len(both) == 2
    assert both["coef_x"].to_numpy() == pytest.approx(both["coef_y"].to_numpy(), abs=1e-9)
    assert both["se_x"].to_numpy() == pytest.approx(both["se_y"].to_numpy(), abs=1e-9)


def test_the_smoothed_ratio_falls_from_above_one_to_below(fit: CoxFit) -> None:
    table = ratio_over_tenure(fit, "plan")
    assert sorted(table["level"].unique()) == ["B", "C"]
    curve = table[table["level"] == "B"]
    assert curve.iloc[5]["low"] > 1
    assert curve.iloc[-10]["high"] < 1
    flat = table[table["level"] == "C"]
    assert ((flat["low"] < 1) & (flat["high"] > 1)).mean() > 0.8
    with pytest.raises(UnknownCovariate, match=r"'price' has no hazard ratio here; allowed: plan, region, spend"):
        ratio_over_tenure(fit, "price")


def test_the_figure_says_how_the_ratio_changes(fit: CoxFit) -> None:
    figure = drawn(fit, "plan")
    assert figure.title.startswith("Plan B against A: hazard ratio ")
    assert "months" in figure.title
    assert "B" in figure.alt
    assert figure.webp()


def test_levels_too_small_to_be_shown_are_not_drawn(fit: CoxFit) -> None:
    figure = drawn(replace(fit, episodes=replace(fit.episodes, min_cell=5000)), "plan")
    assert figure.title == "Too few customers on each level of plan to tell how its ratio changes"
    assert "B" not in figure.alt


def test_a_number_is_in_the_forest_of_ratios_with_its_unit(fit: CoxFit) -> None:
    alone = hazard_ratios(fit_cox(fit.episodes, ["spend"]))
    assert "spend: one unit more" in alone.alt
    frame = fit.episodes.frame
    steep = fit_cox(replace(fit.episodes, frame=frame.assign(spend=frame["spend"] - 0.1 * frame["exit"])), ["spend"])
    assert hazard_ratios(steep).title.startswith("For one unit more of spend customers leave at ")
