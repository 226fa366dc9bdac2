"""The baseline hazard: what draws of it say, and the policy beyond the tenure that was seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.models.baseline import LEAST_DRIFT, MOST_DRIFT, Baseline, tenure_reached, yearly_drift
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.cox_fit import CoxFit
from cxmodels.churn.models.efron_baseline import KNOTS
from cxmodels.churn.models.tenure_only import fit_tenure


@pytest.fixture(scope="module")
def fit() -> CoxFit:
    """Three years of tenure, watched for up to four: two plans, a constant hazard."""
    rng = np.random.default_rng(12)
    plan = rng.choice(["A", "B"], 800)
    left, end = rng.exponential(np.where(plan == "B", 15, 30)), rng.uniform(10, 40, 800)
    table = pd.DataFrame({"exit": np.ceil(np.minimum(left, end)), "event": (left <= end).astype(int), "plan": plan})
    return fit_cox(counted(table, ["plan"], unit="months"))


def _reference(fit: CoxFit, rows: int = 1) -> pd.DataFrame:
    return pd.DataFrame({name: [level] * rows for name, level in fit.reference.items()})


def test_draws_spread_as_wide_as_the_interval_of_the_baseline(fit: CoxFit) -> None:
    months = np.array([6.0, 12.0, 24.0, 28.0])
    assert fit.reach > 28
    drawn = fit.sample(8000, 1).cumulative_hazard(_reference(fit, 4), months)
    table = fit.baseline.set_index("time").loc[months]
    assert np.quantile(drawn, 0.025, axis=1) == pytest.approx(table["low"].to_numpy(), rel=0.03)
    assert np.quantile(drawn, 0.975, axis=1) == pytest.approx(table["high"].to_numpy(), rel=0.03)


def test_the_same_seed_gives_the_same_draws(fit: CoxFit) -> None:
    one, same, other = (fit.sample(5, seed).cumulative_hazard(_reference(fit), np.array([9.0])) for seed in (4, 4, 5))
    assert (one == same).all()
    assert (one != other).all()


def test_beyond_the_observed_tenure_the_estimate_goes_on_at_its_recent_level(fit: CoxFit) -> None:
    at = fit.reach + np.array([-12.0, 0.0, 12.0, 60.0, 600.0])
    cumulative = fit.cumulative_hazard(_reference(fit, 5), at)
    a_year = cumulative[1] - cumulative[0]
    assert a_year > 0
    assert np.diff(cumulative)[1:] == pytest.approx(a_year * np.array([1, 4, 45]), rel=1e-9)


def test_draws_widen_beyond_the_observed_tenure_around_the_same_middle(fit: CoxFit) -> None:
    at = fit.reach + np.array([0.0, 12.0, 48.0])
    draws, cells = fit.sample(4000, 2), _reference(fit, 3)
    gone_on = draws.cumulative_hazard(cells, at + 12) - draws.cumulative_hazard(cells, at)
    assert (np.diff(draws.cumulative_hazard(cells, at), axis=0) > 0).all()
    spread = np.log(gone_on).std(axis=1)
    assert spread[0] < spread[1] < spread[2]
    estimate = fit.cumulative_hazard(cells, at + 12) - fit.cumulative_hazard(cells, at)
    assert np.median(gone_on, axis=1) == pytest.approx(estimate, rel=0.05)


def test_the_hazard_drifts_as_a_random_walk_beyond_what_was_seen() -> None:
    # integral of exp(a √u) over [0, 4] by the midpoints of many small steps
    drift = np.array([-1.3, -1e-9, 0.0, 1e-6, 0.8])
    baseline = Baseline(np.array([1.0, 2.0]), np.full((2, 5), 0.25), reach=2.0, recent=2.0, drift=drift)
    u = (np.arange(200_000) + 0.5) * 2e-5
    expected = [0.5 + 0.25 * np.exp(a * np.sqrt(u)).sum() * 2e-5 for a in drift]
    assert baseline.cumulative(np.array([6.0]))[0] == pytest.approx(np.array(expected), rel=1e-6)
    assert baseline.cumulative(np.array([1.5]))[0] == pytest.approx(np.full(5, 0.375), rel=1e-12)


def test_the_yearly_drift_is_what_moved_more_than_chance_moves() -> None:
    months = np.arange(1.0, 121.0)
    many, level = np.full(120, 1e6), np.repeat(np.where(np.arange(10) % 2, 0.015, 0.01), 12)
    assert yearly_drift(months, level, many, 120.0, 1.0) == pytest.approx(np.log(1.5), rel=1e-3)
    # the same moves of ten departures a year are what chance does
    assert yearly_drift(months, level, np.full(120, 1 / 3), 120.0, 1.0) == LEAST_DRIFT
    assert yearly_drift(months, np.full(120, 0.01), many, 120.0, 1.0) == LEAST_DRIFT
    # half a year of tenure is cut into thirds, whose moves count for what they would come to in a year
    short = np.repeat([0.02, 0.025, 0.02], 2)
    half = yearly_drift(months[:6], short, many[:6], 6.0, 1.0)
    assert half == pytest.approx(np.log(1.25) * np.sqrt(6), rel=1e-3)
    assert yearly_drift(months[:0], level[:0], many[:0], 0.0, 1.0) == LEAST_DRIFT


def test_a_hazard_that_falls_steeply_among_newcomers_does_not_drift_out_of_sight() -> None:
    # .4 a month in the first year, .01 in the fourth: as a random walk the mean of its draws would be thousands
    times, hazard = np.arange(1.0, 49.0), np.repeat([0.4, 0.1, 0.03, 0.01], 12)
    drift = yearly_drift(times, hazard, np.full(48, 1e4), 48.0, 1.0)
    assert drift == MOST_DRIFT
    drawn = drift / np.sqrt(12) * np.random.default_rng(1).standard_normal(20_000)
    baseline = Baseline(times, np.tile(hazard[:, None], (1, 20_000)), 48.0, 12.0, drawn)
    four_years = np.diff(baseline.cumulative(np.array([48.0, 96.0])), axis=0)[0]
    assert np.median(four_years) == pytest.approx(0.01 * 48, rel=0.03)
    # exp(drift √u) with a normal drift has the mean exp(drift² u / 2): 1.68 times the level over four years
    spread = MOST_DRIFT**2 / 2
    assert four_years.mean() == pytest.approx(0.01 * 12 * np.expm1(4 * spread) / spread, rel=0.05)


@pytest.mark.parametrize("blocks", [1000, 2])
def test_where_nobody_left_in_the_last_year_the_hazard_beyond_is_not_nought(
    blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # twenty leave in each of ten months, 300 are watched for sixty: the last year before the end is without a departure
    monkeypatch.setattr("cxmodels.churn.models.efron_baseline.KNOTS", blocks)
    table = pd.DataFrame({"exit": [*range(1, 11), 60], "event": [1] * 10 + [0], "n": [20] * 10 + [300]})
    episodes = counted(table, n="n", unit="months")
    at, cells = np.array([60.0, 61.0, 72.0]), pd.DataFrame(index=range(3))
    for fit in (fit_cox(episodes), fit_tenure(episodes)):
        assert fit.reach == 60
        # the last twenty of the 320 there, over the 51 months since those before them
        a_month = fit.baseline["hazard"].iloc[-1] / 51
        assert a_month == pytest.approx(20 / 310 / 51, rel=0.01)
        assert np.diff(fit.cumulative_hazard(cells, at)) == pytest.approx([a_month, 11 * a_month], rel=1e-6)
        drawn = np.diff(fit.sample(4000, 1).cumulative_hazard(cells, at), axis=0)
        assert (drawn > 0).all()
        assert np.median(drawn[0]) == pytest.approx(a_month, rel=0.05 if blocks == 1000 else 2)


def test_the_observed_tenure_ends_where_too_few_are_at_risk() -> None:
    frame = pd.DataFrame({"entry": [0, 0, 20], "exit": [10, 30, 40], "n": [100, 29, 29]})
    # 129 at the most; at 30 both the 29 and those who entered at 20 are watched, at 40 only the latter
    assert tenure_reached(frame) == 30.0
    assert tenure_reached(frame.assign(n=1)) == 40.0
    # in a large study a hundred are enough
    assert tenure_reached(frame.assign(n=[1000, 50, 99])) == 30.0
    assert tenure_reached(frame.assign(n=[1000, 50, 100])) == 40.0


def test_draws_of_many_tenures_keep_fewer_knots_and_the_same_hazard() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"exit": rng.exponential(100, 3000), "event": 1, "x": rng.normal(size=3000)})
    fit = fit_cox(counted(table, ["x"]))
    assert len(fit.baseline) == 3000
    draws = fit.sample(400, 1)
    assert len(draws.baselines[0].times) <= KNOTS
    cells, at = pd.DataFrame({"x": [0.0, 1.0]}), np.array([50.0, 200.0])
    assert draws.cumulative_hazard(cells, at).mean(axis=1) == pytest.approx(fit.cumulative_hazard(cells, at), rel=0.02)


def test_a_number_is_measured_from_its_mean() -> None:
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"exit": rng.exponential(100, 500), "event": 1, "year": 2020 + rng.normal(size=500)})
    fit = fit_cox(counted(table, ["year"]))
    mean = pd.DataFrame({"year": [table["year"].mean()]})
    assert fit.log_risk(mean) == pytest.approx([0.0], abs=1e-9)
    last = fit.baseline.iloc[-1]
    assert 1 < last["cumulative"] < 20
