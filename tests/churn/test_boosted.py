from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.errors import TooFewEvents, UnknownCovariate, UnseenLevel
from cxmodels.churn.models import boosted
from cxmodels.churn.models import person_months as counting
from cxmodels.churn.models.boosted import BoostedFit, fit_boosted
from cxmodels.churn.models.design import design_of
from cxmodels.churn.models.person_months import few_enough, person_months
from cxmodels.churn.models.tenure_only import fit_tenure

MONTH = 30.4375


def simulated(n: int, seed: int) -> Episodes:
    """In days: plan B triples the hazard, but only of those who pay more than the mean; a third enter late."""
    rng = np.random.default_rng(seed)
    plan, fee = rng.choice(["A", "B"], n), np.round(rng.normal(size=n), 1)
    time = rng.exponential(MONTH / (0.03 * np.where((plan == "B") & (fee > 0), 3, 1)))
    entry = np.where(rng.random(n) < 1 / 3, rng.integers(1, 365, n), 0)
    end = np.ceil(np.minimum(time, entry + 730))
    frame = pd.DataFrame({"entry": entry, "exit": end.astype(int), "event": (time <= end).astype(int)})
    return counted(frame.assign(plan=plan, fee=fee)[end > entry], ["plan", "fee"], entry="entry")


@pytest.fixture(scope="module")
def episodes() -> Episodes:
    return simulated(4000, 1)


@pytest.fixture(scope="module")
def fit(episodes: Episodes) -> BoostedFit:
    return fit_boosted(episodes)


CELLS = pd.DataFrame({"plan": ["A", "A", "B", "B"], "fee": [-0.8, 0.8, -0.8, 0.8]})


def test_an_effect_of_two_covariates_together_is_found(fit: BoostedFit) -> None:
    year = fit.cumulative_hazard(CELLS, np.full(4, 12 * MONTH))
    assert year == pytest.approx(12 * 0.03 * np.array([1, 1, 1, 3]), rel=0.2)
    assert fit.log_risk(CELLS).argmax() == 3


def test_a_hazard_that_falls_with_tenure_is_found() -> None:
    rng = np.random.default_rng(4)
    time = np.where(rng.random(20_000) < 0.5, rng.exponential(200, 20_000), rng.exponential(1500, 20_000))
    frame = pd.DataFrame({"exit": np.ceil(time.clip(1, 1000)).astype(int), "event": (time < 1000).astype(int)})
    episodes = counted(frame)
    fit, tenure = fit_boosted(episodes), fit_tenure(episodes)
    cell, marks = pd.DataFrame(index=range(3)), np.array([90.0, 365, 900])
    assert fit.cumulative_hazard(cell, marks) == pytest.approx(tenure.cumulative_hazard(cell, marks), rel=0.04)


def test_time_at_risk_and_departures_by_month_are_all_there(episodes: Episodes) -> None:
    frame, share = few_enough(episodes, ("plan",))
    counts = person_months(frame, design_of(frame, episodes, ("plan",)), episodes)
    assert share == 1
    assert counts.left.sum() == episodes.events
    days = ((episodes.frame["exit"] - episodes.frame["entry"]) * episodes.frame["n"]).sum()
    assert counts.months_at_risk.sum() == pytest.approx(days / MONTH)
    assert len(counts.patterns) == 2


def test_a_month_counts_who_is_there_in_it_and_who_left_in_it_for_a_half() -> None:
    # one of A is there for months 2 and 3 and leaves in the third, two of B stay for months 1 and 2
    frame = pd.DataFrame({"entry": [1, 0], "exit": [3, 2], "event": [1, 0], "plan": ["A", "B"], "n": [1, 2]})
    months = counted(frame, ["plan"], entry="entry", n="n", unit="months")
    rows = few_enough(months, ("plan",))[0]
    counts = person_months(rows, design_of(rows, months, ("plan",)), months)
    table = pd.DataFrame({"month": counts.month, "at_risk": counts.months_at_risk, "left": counts.left})
    assert table.to_numpy().tolist() == [[0, 2, 0], [1, 2, 0], [1, 1, 0], [2, 0.5, 1]]


def test_a_departure_known_to_a_part_of_a_month_is_at_risk_until_then() -> None:
    frame = pd.DataFrame({"exit": [2.25, 3.0], "event": [1, 0], "n": [1, 2]})
    months = counted(frame, n="n", unit="months")
    counts = person_months(months.frame, design_of(months.frame, months, ()), months)
    assert counts.months_at_risk.tolist() == [3, 3, 2.25]


def test_a_count_of_two_is_two_rows(episodes: Episodes, fit: BoostedFit) -> None:
    frame = episodes.frame
    rows = frame.loc[frame.index.repeat(frame["n"])].assign(n=1).sample(frac=1, random_state=3)
    again = fit_boosted(counted(rows, ["plan", "fee"], entry="entry", n="n", collapse=False))
    times = np.full(4, 400.0)
    assert again.cumulative_hazard(CELLS, times) == pytest.approx(fit.cumulative_hazard(CELLS, times), rel=1e-6)


def test_each_cell_has_the_hazard_at_its_own_tenure(fit: BoostedFit) -> None:
    many = pd.concat([CELLS] * 50, ignore_index=True)
    times = np.linspace(0, 1.5 * fit.reach, len(many))
    together = fit.cumulative_hazard(many, times)
    alone = [fit.cumulative_hazard(many.iloc[[row]], times[[row]])[0] for row in range(0, len(many), 17)]
    assert together[::17] == pytest.approx(alone)
    assert together[0] == 0


def test_beyond_the_observed_tenure_the_hazard_keeps_its_recent_level(fit: BoostedFit) -> None:
    cell = CELLS.iloc[[3, 3, 3, 3]]
    at = fit.cumulative_hazard(cell, fit.reach + MONTH * np.array([-12.0, 0, 12, 24]))
    assert np.diff(at) == pytest.approx(np.full(3, at[1] - at[0]))
    assert at[1] > at[0]


def test_draws_lie_around_the_fit_and_never_fall_with_tenure(fit: BoostedFit) -> None:
    draws = fit.sample(500, seed=1)
    months = [3.0, 11.5, 12, 20, 30, 60]
    along = np.stack([draws.cumulative_hazard(CELLS, np.full(4, MONTH * month)) for month in months])
    assert along.shape == (6, 4, 500)
    assert (np.diff(along, axis=0) > 0).all()
    year = fit.cumulative_hazard(CELLS, np.full(4, 12 * MONTH))
    assert along[2].mean(axis=1) == pytest.approx(year, rel=0.05)
    spread = along[2].std(axis=1) / year
    assert (spread > 0.01).all()
    assert (spread < 0.3).all()
    widening = along[[4, 5]].std(axis=2) / along[[4, 5]].mean(axis=2)
    assert (widening[1] > widening[0]).all()


@pytest.mark.slow
def test_the_average_of_the_draws_holds_the_truth() -> None:
    held = 0
    for seed in range(20):
        fit = fit_boosted(simulated(2500, 50 + seed))
        year = fit.sample(400, seed).cumulative_hazard(CELLS, np.full(4, 12 * MONTH)).mean(axis=0)
        held += np.quantile(year, 0.025) < 12 * 0.03 * 1.5 < np.quantile(year, 0.975)
    assert held >= 17


def test_the_same_counts_give_the_same_trees(fit: BoostedFit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boosted, "REFITS", 3)
    times = np.full(4, 300.0)
    again = fit_boosted(fit.episodes)
    assert (again.cumulative_hazard(CELLS, times) == fit.cumulative_hazard(CELLS, times)).all()
    one, other = (each.sample(10, seed=2).cumulative_hazard(CELLS, times) for each in (fit, again))
    assert (one == other).all()


def test_more_months_than_can_be_fitted_in_seconds_are_sampled_and_told(
    episodes: Episodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_ROWS", 4000)
    fit = fit_boosted(episodes)
    assert 0.03 < fit.share < 0.3
    year = fit.cumulative_hazard(CELLS, np.full(4, 12 * MONTH))
    assert year.argmax() == 3
    monkeypatch.setattr(counting, "MOST_ROWS", 50)
    with pytest.raises(
        TooFewEvents, match=r"found \d+ in the 0\.\d+ % of the episodes that can be fitted; band numbers"
    ):
        fit_boosted(episodes)


def test_few_departures_unknown_covariates_and_unseen_levels_are_named(episodes: Episodes, fit: BoostedFit) -> None:
    few = counted(episodes.frame.head(40), ["plan"], entry="entry", n="n")
    with pytest.raises(TooFewEvents, match="at least 50 departures are required, found"):
        fit_boosted(few)
    with pytest.raises(UnknownCovariate, match="'price' is no covariate of these episodes; allowed: plan, fee"):
        fit_boosted(episodes, ["price"])
    with pytest.raises(UnseenLevel, match=r"'plan'.*'C'"):
        fit.cumulative_hazard(pd.DataFrame({"plan": ["C"], "fee": [0.0]}), np.array([10.0]))
