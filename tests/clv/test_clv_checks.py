from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cdnow_followed import END, FITTED, followed

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.spend import counted_spend
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.fits.spend import SpendFit, fit_spend
from cxmodels.clv.grading.frequency import FrequencyTable, frequency_table
from cxmodels.clv.grading.replay import Replay, compare
from cxmodels.clv.grading.tracking import Tracking
from cxmodels.clv.page.checks import judge
from cxmodels.estimate import Estimate
from cxmodels.verdict import Check, Verdict


@pytest.fixture(scope="module")
def purchases() -> PurchaseFit:
    past = ["frequency", "recency", "T"]
    return fit_purchases(counted(followed().groupby(past, as_index=False)["n"].sum(), n="n"))


@pytest.fixture(scope="module")
def spend() -> SpendFit:
    return fit_spend(counted_spend(followed(), n="n"))


@pytest.fixture(scope="module")
def replay() -> Replay:
    found = compare(followed(), FITTED, END, models=("bg_nbd", "mbg_nbd"), currency="USD")
    assert found is not None
    return found


def named(verdict: Verdict, opening: str) -> Check:
    (found,) = (check for check in verdict.checks if check.name.startswith(opening))
    return found


def regraded(replay: Replay, **errors: float) -> Replay:
    """Return the replay as if the model used had been off by other errors."""
    table = replay.table.copy()
    for name, value in errors.items():
        table.loc[table["used"], name] = value
    used = replace(replay.used, errors=replay.used.errors | errors)
    return replace(replay, table=table, grades={**replay.grades, replay.chosen: used})


def test_the_cdnow_sample_is_told_with_care_and_says_why(
    purchases: PurchaseFit, spend: SpendFit, replay: Replay
) -> None:
    verdict = judge(purchases, spend, replay=replay, frequency=frequency_table(purchases), last_month=replay.used)
    assert verdict.answer == "Customer value"
    status = {check.name: check.status for check in verdict.checks}
    assert "red" not in status.values()
    assert status["Error beside the naive rule"] == "green"
    assert status["Coverage of 90 % intervals of one customer"] == "green"
    assert status["Customers by repeat purchases"] == "green"
    assert status["Importance weights, Pareto k̂"] == "green"
    for check in verdict.checks:
        assert check.meaning.endswith(".")
        assert check.meaning[0].isupper()
        assert len(check.meaning.split()) >= 4
        assert "nan" not in check.found


@pytest.mark.parametrize(("ratio", "status"), [(0.8, "green"), (1.0, "amber"), (1.2, "red")])
def test_a_model_has_to_beat_the_naive_rule(replay: Replay, ratio: float, status: str) -> None:
    naive = replay.table.set_index("kind").loc["naive", "mae"]
    check = named(judge(replay.used.fit, replay=regraded(replay, mae=ratio * naive)), "Error beside")
    assert check.status == status
    assert ("do not pick customers" in check.meaning) is (status == "red")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (0.05, "green", "about as much"),
        (-0.2, "amber", "bought more altogether than was forecast; today’s value may be too low"),
        (0.4, "red", "bought less altogether than was forecast; today’s value may be too high"),
    ],
)
def test_a_total_that_missed_says_in_which_direction(replay: Replay, error: float, status: str, said: str) -> None:
    check = named(judge(replay.used.fit, replay=regraded(replay, total_error=error)), "Purchases since")
    assert check.status == status
    assert said in check.meaning


@pytest.mark.parametrize(
    ("held", "content", "status", "said"),
    [
        (0.92, 0.93, "green", "as often as it should"),
        (0.975, 0.975, "green", "as often as it should"),
        (0.84, 0.93, "amber", "too narrow"),
        (0.985, 0.93, "amber", "wider than they need be"),
        (0.7, 0.93, "red", "too narrow"),
    ],
)
def test_intervals_are_judged_by_what_they_held_beside_what_the_model_expects(
    replay: Replay, held: float, content: float, status: str, said: str
) -> None:
    coverage = pd.DataFrame({"level": [0.5, 0.9], "held": [0.5, held], "content": [0.5, content]})
    used = replace(replay.used, coverage=coverage)
    graded = replace(replay, grades={**replay.grades, replay.chosen: used})
    check = named(judge(used.fit, replay=graded), "Coverage of 90 %")
    assert check.status == status
    assert said in check.meaning


@pytest.mark.parametrize(
    ("held", "times", "status", "said"),
    [(0.92, 1.0, "green", "one by one"), (0.92, 1.25, "amber", "together less"), (0.7, 1.0, "red", "too narrow")],
)
def test_money_is_judged_one_by_one_and_together(
    replay: Replay, held: float, times: float, status: str, said: str
) -> None:
    assert replay.spent is not None
    total = Estimate(times * replay.spent.came, 0.0, 2 * replay.spent.came, "USD", 10, level=0.9)
    coverage = pd.DataFrame({"level": [0.5, 0.9], "held": [0.5, held]})
    graded = replace(replay, spent=replace(replay.spent, total=total, coverage=coverage))
    check = named(judge(replay.used.fit, replay=graded), "Money spent")
    assert check.status == status
    assert said in check.meaning


@pytest.mark.parametrize(("error", "status"), [(-0.04, "green"), (0.2, "amber"), (-0.3, "red"), (np.nan, "red")])
def test_tracking_is_judged_by_the_error_at_its_end(purchases: PurchaseFit, error: float, status: str) -> None:
    table = pd.DataFrame({"until": [END], "seen": [100.0], "expected": [100.0 * (1 + error)]})
    told = Estimate(error, error, error, "share", 10)
    tracked = Tracking(table.fillna(0.0), FITTED, END, told, told, "BG/NBD")
    assert named(judge(purchases, tracking=tracked), "Tracking").status == status


@pytest.mark.parametrize(("miss", "status"), [(0.01, "green"), (0.05, "amber"), (0.2, "red")])
def test_the_frequency_table_is_judged_by_how_many_lie_elsewhere_and_not_by_p(
    purchases: PurchaseFit, miss: float, status: str
) -> None:
    table = FrequencyTable(pd.DataFrame(), miss, 0.0, "BG/NBD")
    check = named(judge(purchases, frequency=table), "Customers by repeat")
    assert check.status == status
    assert "p < 0.01" in check.found


@pytest.mark.parametrize(
    ("rho", "status", "said"),
    [
        (0.05, "green", "about as much"),
        (0.2, "amber", "understated"),
        (-0.2, "amber", "overstated"),
        (0.5, "red", "not to be believed"),
    ],
)
def test_spend_that_depends_on_frequency_says_what_it_does_to_the_answer(
    spend: SpendFit, rho: float, status: str, said: str
) -> None:
    dependent = replace(spend, dependence=Estimate(rho, rho - 0.02, rho + 0.02, "correlation", 900))
    check = named(judge(spend=dependent), "Spend independent")
    assert check.status == status
    assert said in check.meaning


def test_spend_of_too_few_customers_is_not_judged_but_said(spend: SpendFit) -> None:
    unknown = Estimate(np.nan, np.nan, np.nan, "correlation", 3)
    check = named(judge(spend=replace(spend, dependence=unknown)), "Spend independent")
    assert (check.status, check.found) == ("amber", "unknown")


@pytest.mark.parametrize(("k_hat", "status"), [(0.2, "green"), (0.6, "amber"), (0.9, "red")])
def test_weights_carried_by_few_draws_are_found(purchases: PurchaseFit, k_hat: float, status: str) -> None:
    weighed = replace(purchases, posterior=replace(purchases.posterior, k_hat=k_hat))
    assert named(judge(weighed), "Importance weights").status == status


@pytest.mark.parametrize(("ess", "status"), [(900.0, "green"), (250.0, "amber"), (40.0, "red")])
def test_few_effective_draws_are_found(purchases: PurchaseFit, ess: float, status: str) -> None:
    drawn = replace(purchases, posterior=replace(purchases.posterior, ess=ess))
    assert named(judge(drawn), "Effective draws").status == status


@pytest.mark.parametrize(
    ("r_hat", "divergences", "status"), [(1.002, 0, "green"), (1.002, 3, "amber"), (1.03, 0, "amber"), (1.2, 0, "red")]
)
def test_chains_are_judged_where_they_were_run_and_the_reason_is_said(
    purchases: PurchaseFit, r_hat: float, divergences: int, status: str
) -> None:
    sampled = replace(
        purchases.posterior,
        engine="nuts",
        r_hat=r_hat,
        divergences=divergences,
        k_hat=np.nan,
        fell_back="NUTS took over: few draws carried the weight.",
    )
    verdict = judge(replace(purchases, posterior=sampled))
    check = named(verdict, "Chains agree")
    assert check.status == status
    assert check.meaning.endswith("NUTS took over: few draws carried the weight.")
    assert not any(each.name.startswith("Importance") for each in verdict.checks)


def test_parameters_of_which_the_data_say_nothing_are_named(purchases: PurchaseFit) -> None:
    model, prior = purchases.model, purchases.prior
    told = named(judge(purchases), "Parameters told")
    assert told.status == "green"
    coordinates = model.unbounded(purchases.posterior.theta)
    drawn = prior.drawn(len(coordinates), seed=3)
    coordinates[:, 3] = drawn[:, 3]
    vague = pd.DataFrame(model.theta(coordinates), columns=list(model.parameters))
    check = named(judge(replace(purchases, posterior=replace(purchases.posterior, draws=vague))), "Parameters told")
    assert check.status == "amber"
    assert f"BG/NBD {model.coordinates[3]}" in check.meaning
    assert model.coordinates[0] not in check.meaning


def test_parameters_that_move_together_are_said_to_be_hardly_told_apart(purchases: PurchaseFit) -> None:
    model = purchases.model
    coordinates = model.unbounded(purchases.posterior.theta)
    coordinates[:, 1] = coordinates[:, 0] + 1e-3 * coordinates[:, 1]
    tied = pd.DataFrame(model.theta(coordinates), columns=list(model.parameters))
    check = named(judge(replace(purchases, posterior=replace(purchases.posterior, draws=tied))), "Parameters told")
    assert f"{model.coordinates[0]} and {model.coordinates[1]}" in check.meaning


def test_the_model_used_is_named_with_those_that_could_not_be_fitted(replay: Replay) -> None:
    check = named(judge(replay.used.fit, replay=replay), "Model used")
    assert check.status == "green"
    assert replay.why in check.meaning
    refused = replay.table.assign(why_not=np.where(replay.table["kind"] == "mbg_nbd", "no maximum was found", ""))
    refused = refused.assign(score=refused["score"].where(refused["kind"] != "mbg_nbd"))
    one = replace(replay, table=refused, grades={"bg_nbd": replay.grades["bg_nbd"]}, chosen="bg_nbd")
    check = named(judge(replay.used.fit, replay=one), "Model used")
    assert check.status == "amber"
    assert "Not fitted: MBG/NBD." in check.meaning


def test_last_months_forecast_is_told_beside_what_came(replay: Replay) -> None:
    grade = replay.used
    held = replace(grade, total=Estimate(grade.came, 0.9 * grade.came, 1.1 * grade.came, "purchases", 10))
    assert named(judge(grade.fit, last_month=held), "Last month").status == "green"
    near = Estimate(1.05 * grade.came, 1.04 * grade.came, 1.06 * grade.came, "purchases", 10)
    check = named(
        judge(grade.fit, last_month=replace(grade, total=near, errors=grade.errors | {"total_error": 0.05})), "L"
    )
    assert check.status == "green"
    assert "off by more than chance" in check.meaning
    far = Estimate(2.0 * grade.came, 1.9 * grade.came, 2.1 * grade.came, "purchases", 10)
    missed = replace(grade, total=far, errors=grade.errors | {"total_error": 1.0})
    check = named(judge(grade.fit, last_month=missed), "Last month")
    assert check.status == "amber"
    assert "bought fewer" in check.meaning


def test_a_history_too_short_to_grade_is_said(purchases: PurchaseFit) -> None:
    check = named(judge(purchases), "Earlier forecasts")
    assert (check.status, check.found) == ("amber", "not gradable")


def test_without_any_model_there_is_nothing_to_judge() -> None:
    with pytest.raises(ValueError, match="at least one"):
        judge()
