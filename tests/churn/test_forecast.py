from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, company, counted

from cxmodels import churn

MONTH = 30.4375


def true_rate(made: dict[str, np.ndarray], months: int = 12) -> float:
    """Expected share of today's customers who leave, from the hazards they were drawn with."""
    return float(np.mean(-np.expm1(-made["rate"] * months * MONTH)))


def coverage(seeds: range) -> tuple[float, float]:
    """Share of simulated companies whose true rate lies in the interval, and the mean error of the estimate."""
    held, errors = [], []
    for seed in seeds:
        made = company(800, seed, monthly_hazard=0.03)
        episodes = counted(made)
        rate = churn.fit_cox(episodes).churn_probability(episodes.cells(), horizons=(12,)).rates[12]
        held.append(rate.low <= true_rate(made) <= rate.high)
        errors.append(rate.value - true_rate(made))
    return float(np.mean(held)), float(np.mean(errors))


def test_intervals_hold_the_true_rate_of_most_companies() -> None:
    held, error = coverage(range(1000, 1040))
    assert held >= 0.85
    assert abs(error) < 0.01


@pytest.mark.slow
def test_intervals_hold_the_true_rate_as_often_as_they_say() -> None:
    held, error = coverage(range(400))
    assert 0.92 <= held <= 0.98
    assert abs(error) < 0.003


def test_a_chance_is_of_leaving_given_the_tenure_so_far() -> None:
    episodes = counted(company(3000, seed=1))
    fit = churn.fit_cox(episodes)
    cells = pd.DataFrame({"tenure": [400], "plan": [fit.reference["plan"]], "n": [1]})
    found = fit.churn_probability(cells, horizons=(3,)).cells["churn_3m"].iloc[0]
    base = fit.baseline.set_index("time")["cumulative"]
    days = np.array([400, 400 + 3 * MONTH])
    within = np.interp(days, base.index, base)
    assert found == pytest.approx(-np.expm1(-(within[1] - within[0])), rel=1e-9)


def test_beyond_the_observed_tenure_the_hazard_goes_on_as_it_last_was() -> None:
    episodes = counted(company(3000, seed=2, log_ratio=0.0))
    fit = churn.fit_cox(episodes, covariates=[])
    cells = pd.DataFrame({"tenure": [6000], "n": [1]})
    forecast = fit.churn_probability(cells, horizons=(1, 12))
    one, twelve = (forecast.cells[f"churn_{months}m"].iloc[0] for months in (1, 12))
    assert forecast.extrapolated == {1: 1.0, 12: 1.0}
    assert twelve == pytest.approx(1 - (1 - one) ** 12)
    assert forecast.rates[12].low < -np.expm1(-0.03 * 12) < forecast.rates[12].high
    assert forecast.rates[12].low > 0.1


def test_leaving_within_a_longer_time_is_more_likely() -> None:
    episodes = counted(company(800, seed=3))
    cells = churn.fit_cox(episodes).churn_probability(episodes.cells()).cells
    assert (np.diff(cells[["churn_1m", "churn_3m", "churn_6m", "churn_12m"]], axis=1) > 0).all()


def test_the_rate_of_all_is_the_mean_of_the_groups_by_size() -> None:
    episodes = counted(company(800, seed=4))
    forecast = churn.fit_cox(episodes).churn_probability(episodes.cells())
    part = forecast.groups[forecast.groups["months"] == 12]
    assert part["n"].sum() == forecast.rates[12].n == episodes.active
    assert np.average(part["value"], weights=part["n"]) == pytest.approx(forecast.rates[12].value)


def test_the_same_counts_give_the_same_interval() -> None:
    episodes = counted(company(500, seed=5))
    fits = [churn.fit_cox(episodes).churn_probability(episodes.cells()) for _ in range(2)]
    assert fits[0].rates == fits[1].rates


def test_groups_too_small_are_not_shown_nor_found_by_subtraction() -> None:
    rows = [("A", 12, 40), ("B", 12, 25), ("C", 12, 4)]
    groups = pd.DataFrame(
        [("plan", level, months, 0.1, 0.05, 0.2, n) for level, months, n in rows],
        columns=["covariate", "level", "months", "value", "low", "high", "n"],
    )
    forecast = churn.Forecast(pd.DataFrame(), {}, groups, {}, 0.0, min_cell=10)
    assert forecast.shown(12)["level"].tolist() == ["A"]


def test_no_cell_is_no_forecast() -> None:
    fit = churn.fit_cox(counted(company(500, seed=6)))
    with pytest.raises(churn.NobodyActive, match="nobody to forecast for"):
        fit.churn_probability(pd.DataFrame({"tenure": [], "plan": [], "n": []}))


def test_a_company_nobody_ever_left_has_no_churn_and_no_verdict() -> None:
    frame = pd.DataFrame({"entry": 0, "exit": [100, 200], "event": 0, "cause": "active", "n": [50, 50]})
    episodes = churn.Episodes(frame, (), {}, {}, AS_OF, 0, 0, 1)
    fit = churn.fit_cox(episodes)
    forecast = fit.churn_probability(episodes.cells())
    rate = forecast.rates[12]
    # exact Poisson limit: -log(0.025) departures over 15 000 days at risk
    assert (rate.value, rate.low) == (0, 0)
    assert rate.high == pytest.approx(-np.expm1(np.log(0.025) / 15_000 * 12 * MONTH))
    assert churn.judge(fit, forecast).status == "red"
