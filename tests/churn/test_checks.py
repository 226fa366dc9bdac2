from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, company, counted

from cxmodels import churn
from cxmodels.churn.forecasts.chances import chances
from cxmodels.churn.grading.challenge import YARDSTICK, Challenge, scored
from cxmodels.churn.grading.grade import Grade, compare
from cxmodels.verdict import Check, Verdict

YEAR_AGO = date(2025, 9, 30)
MONTHLY = pd.DataFrame(
    [(f"{2025 + i // 12}-{i % 12 + 1:02d}", 0.03, 0.02, 0.04, 30, 1000) for i in range(8, 21)],
    columns=["month", "value", "low", "high", "left", "active"],
)


@pytest.fixture(scope="module")
def fit() -> churn.CoxFit:
    return churn.fit_cox(counted(company(4000, seed=61)))


def came(
    fit: churn.CoxFit, times: float = 1.0, times_b: float = 1.0, slope: float = 1.0, shocks: float = 0.0, seed: int = 1
) -> Grade:
    """A year that follows the forecast but for what is asked: all, plan B, the spread of risks, the months."""
    rng = np.random.default_rng(seed)
    cells = fit.episodes.cells()
    cells = cells.loc[cells.index.repeat(cells["n"])].assign(n=1).reset_index(drop=True)
    chance = chances(fit, cells, (12,)).iloc[:, 0].to_numpy()
    odds = np.log(chance / (1 - chance))
    odds = odds.mean() + slope * (odds - odds.mean())
    chance = times / (1 + np.exp(-odds)) * np.where(cells["plan"] == "B", times_b, 1.0)
    left = rng.random(len(cells)) < chance
    share = np.exp(shocks * rng.standard_normal(12))
    month = rng.choice(12, len(cells), p=share / share.sum())
    cells = cells.assign(
        left=left.astype(int), **{f"left_{i + 1}": (left & (month == i)).astype(int) for i in range(12)}
    )
    by = ["tenure", "plan"]
    grade = compare(fit, cells.groupby(by, as_index=False).sum(), YEAR_AGO, AS_OF)
    assert grade is not None
    return grade


def judged(fit: churn.CoxFit, *grades: Grade) -> Verdict:
    return churn.judge(fit, None, MONTHLY, {12 - 6 * i: each for i, each in enumerate(grades)})


def named(verdict: Verdict, opening: str) -> Check:
    (found,) = (check for check in verdict.checks if check.name.startswith(opening))
    return found


def test_a_forecast_that_came_true_is_green_throughout(fit: churn.CoxFit) -> None:
    verdict = judged(fit, came(fit))
    assert [check.name for check in verdict.checks if check.status != "green"] == []
    assert named(verdict, "Earlier forecasts").found.startswith("1 of 1 held")


@pytest.mark.parametrize(("times", "status"), [(1.0, "green"), (0.86, "amber"), (0.55, "red")])
def test_a_forecast_that_missed_is_told_by_how_much(fit: churn.CoxFit, times: float, status: str) -> None:
    verdict = judged(fit, came(fit, times=times))
    check = named(verdict, "Earlier forecasts")
    assert check.status == status
    assert ("12 months" in check.meaning) is (status != "green")
    if status == "red":
        assert verdict.word == "not established"


def test_one_miss_among_several_horizons_is_named(fit: churn.CoxFit) -> None:
    check = named(judged(fit, came(fit), came(fit, times=0.84, seed=2)), "Earlier forecasts")
    assert (check.status, check.found[:6]) == ("amber", "1 of 2")
    assert "made 6 months ago was somewhat off" in check.meaning


@pytest.mark.parametrize(("slope", "status"), [(1.0, "green"), (0.25, "amber"), (-0.5, "red")])
def test_chances_that_lie_too_far_apart_are_found_by_risk(fit: churn.CoxFit, slope: float, status: str) -> None:
    assert named(judged(fit, came(fit, slope=slope)), "Calibration by tenth of risk, 12 months").status == status


def test_chance_alone_is_taken_off_the_error_of_calibration(fit: churn.CoxFit) -> None:
    grade = came(fit)
    assert grade.calibration.mean_absolute_error > 0.5 * grade.calibration.error_by_chance
    found = named(judged(fit, grade), "Calibration").found
    error, beyond = (float(part.split(" ")[0]) for part in found.replace("points, ", "|").split("|"))
    assert 0 <= beyond < error


@pytest.mark.parametrize(("shocks", "status"), [(0.0, "green"), (0.6, "amber")])
def test_months_that_differ_beyond_chance_are_told(fit: churn.CoxFit, shocks: float, status: str) -> None:
    check = named(judged(fit, came(fit, shocks=shocks)), "Months alike")
    assert check.status == status
    assert ("beyond" in check.meaning or "by more than chance" in check.meaning) is (status == "amber")


def test_a_group_that_drifted_is_named_with_its_ratio(fit: churn.CoxFit) -> None:
    grade = came(fit, times_b=0.7)
    check = named(judged(fit, grade), "Groups that drifted")
    ratio = grade.groups.set_index("level").loc["B", "ratio"]
    assert (check.status, check.found) == ("amber", "1 of 2")
    assert f"plan B ({ratio:.2f} times as many left as forecast)" in check.meaning


def test_without_an_earlier_forecast_that_is_said(fit: churn.CoxFit) -> None:
    check = named(churn.judge(fit, None, MONTHLY, {}), "Earlier forecasts")
    assert (check.status, check.found) == ("amber", "not gradable")


def test_what_could_not_enter_the_model_is_named_with_its_reason() -> None:
    episodes = counted(company(1500, seed=62))
    frame = episodes.frame.assign(same="one", odd=np.where(episodes.frame["event"] == 1, "x", "y"))
    levels = episodes.levels | {"same": ("one",), "odd": ("y", "x")}
    fit = churn.fit_cox(replace(episodes, frame=frame, covariates=("plan", "same", "odd"), levels=levels))
    check = named(fit.verdict, "Covariates used")
    assert (check.status, check.found) == ("amber", "1 of 3")
    assert "same" in check.meaning
    assert all(why.removeprefix("fit_cox: ")[1:] in check.meaning for why in fit.left_out.values())
    assert "fit_cox" not in check.meaning.lower()


def test_a_ratio_that_changes_with_tenure_is_said_with_what_was_done() -> None:
    from cxmodels.churn.models.stratification import stratify_where_needed

    fit = churn.fit_cox(crossing())
    before = named(fit.verdict, "Proportional hazards")
    assert before.status == "amber"
    assert "plan" in before.meaning
    after = named(stratify_where_needed(fit).verdict, "Proportional hazards")
    assert after.status == "green"
    assert "stratified by plan" in after.found
    assert "Levels of plan do not act alike at every tenure" in after.meaning


def crossing() -> churn.Episodes:
    """Plan B is left early, plan A late; channel acts alike at every tenure."""
    rng = np.random.default_rng(63)
    n = 4000
    plan, channel = rng.choice(["A", "B"], n), rng.choice(["shop", "web"], n)
    scale = 700 * np.where(channel == "web", 0.7, 1.0)
    time = np.ceil(scale * rng.weibull(np.where(plan == "B", 0.6, 1.8), n)).astype(int).clip(1)
    rows = pd.DataFrame({"entry": 0, "exit": time.clip(max=1400), "event": (time <= 1400).astype(int)})
    rows = rows.assign(cause=np.where(rows["event"] == 1, "unknown", "active"), plan=plan, channel=channel, n=1)
    levels = {"plan": ("A", "B"), "channel": ("shop", "web")}
    return churn.Episodes(rows, ("plan", "channel"), levels, {"plan": (), "channel": ()}, AS_OF, 0, 0, 1)


def challenged(told: float) -> Challenge:
    """Three models on 2 000 customers of two risks: one knows them, one half, one is the yardstick."""
    left, n = np.array([100.0, 300.0]), np.array([1000.0, 1000.0])
    apart = np.array([-0.1, 0.1])
    chances = {kind: 0.2 + part * told * apart for kind, part in ((YARDSTICK, 0.0), ("cox", 0.9), ("boosted", 1.0))}
    table = scored(chances, left, n).assign(model=["Tenure only", "Cox", "Boosted"], why_not="")
    return Challenge(table, YEAR_AGO, 12, 2000, 400, 0)


@pytest.mark.parametrize(
    ("told", "status", "said"),
    [
        (1.0, "green", "not really worse than the best (Boosted, within noise). It told who left"),
        (-1.0, "amber", "None of 2 models told who leaves better than tenure alone"),
    ],
)
def test_the_model_used_is_named_with_what_it_gains(fit: churn.CoxFit, told: float, status: str, said: str) -> None:
    check = named(churn.judge(fit, None, MONTHLY, {12: came(fit)}, challenge=challenged(told)), "Model used")
    assert (check.status, check.wanted) == (status, "simplest within noise of the best")
    assert said in check.meaning
    assert check.found.startswith("Tenure only" if told < 0 else "Cox; ")


def test_a_gain_that_chance_may_explain_is_told_with_care(fit: churn.CoxFit) -> None:
    tried = challenged(1.0)
    doubtful = replace(tried, table=tried.table.assign(low=-0.01))
    check = named(churn.judge(fit, None, MONTHLY, {}, challenge=doubtful), "Model used")
    assert check.status == "amber"
    assert "No model clearly told" in check.meaning


def test_a_rule_of_inactivity_is_said_to_be_one(fit: churn.CoxFit) -> None:
    rule = "90 days have passed without an order"
    episodes = replace(fit.episodes, rule=rule, inactivity_days=90)
    check = named(churn.fit_cox(episodes).verdict, "What counts as leaving")
    assert (check.status, check.found) == ("amber", "90 days quiet")
    assert rule in check.meaning
    assert "P(alive)" in check.meaning
    assert "What counts as leaving" not in [check.name for check in fit.verdict.checks]


def test_every_check_says_what_it_means_in_a_sentence(fit: churn.CoxFit) -> None:
    verdict = judged(fit, came(fit, times=0.6, times_b=0.8, shocks=0.6))
    assert verdict.status == "red"
    for check in verdict.checks:
        assert check.meaning.endswith(".")
        assert len(check.meaning.split()) >= 4
