from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, company, counted

from cxmodels import churn
from cxmodels.churn.counts.from_frame import counted as counted_frame
from cxmodels.churn.forecasts.chances import chances, limits
from cxmodels.churn.forecasts.panel import panel
from cxmodels.churn.forecasts.remaining import remaining_months

MONTH = 30.4375


def true_rate(made: dict[str, np.ndarray], months: int = 12) -> float:
    """Expected share of today's customers who leave, from the hazards they were drawn with."""
    return float(np.mean(-np.expm1(-made["rate"] * months * MONTH)))


def coverage(seeds: range, customers: int = 800) -> tuple[float, float]:
    """Share of simulated companies whose true rate lies in the interval, and the mean error of the estimate."""
    held, errors = [], []
    for seed in seeds:
        made = company(customers, seed, monthly_hazard=0.03)
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
    # of 800 customers the rate comes out 0.4 points too low: 1 - exp(-H) bends, and H is that doubtful
    held, error = coverage(range(400), customers=2500)
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
    assert forecast.rates[12].low > 0.05
    within = fit.churn_probability(cells.assign(tenure=400), horizons=(12,)).rates[12]
    assert forecast.rates[12].high - forecast.rates[12].low > 2 * (within.high - within.low)


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


class Constant:
    """A model with a constant hazard a month for each plan, known but for a factor that is drawn."""

    name = "constant"
    reach = 1000.0

    def __init__(self, hazards: dict[str, float], spread: float = 0.0, unit: str = "months") -> None:
        self.hazards, self.spread = hazards, spread
        self.covariates = ("plan",)
        self.levels = {"plan": tuple(hazards)}
        frame = pd.DataFrame({"exit": [10, 20], "event": [1, 0], "plan": "A"})
        self.episodes = counted_frame(frame, ["plan"], unit=unit)  # type: ignore[arg-type]

    def cumulative_hazard(self, cells: pd.DataFrame, times: np.ndarray) -> np.ndarray:
        return cells["plan"].map(self.hazards).to_numpy() * times / self.episodes.month

    log_risk = None

    def sample(self, size: int, seed: int) -> Drawn:
        return Drawn(self, np.exp(self.spread * np.random.default_rng(seed).standard_normal(size)))


class Drawn:
    def __init__(self, model: Constant, factor: np.ndarray) -> None:
        self.model, self.factor = model, factor

    def cumulative_hazard(self, cells: pd.DataFrame, times: np.ndarray) -> np.ndarray:
        return self.model.cumulative_hazard(cells, times)[:, None] * self.factor


@pytest.mark.parametrize("unit", ["days", "months"])
def test_any_model_is_forecast_in_its_own_unit(unit: str) -> None:
    model = Constant({"A": 0.02, "B": 0.05}, 0.1, unit)
    cells = pd.DataFrame({"tenure": [5, 7], "plan": ["A", "B"], "n": [3, 1]})
    forecast = churn.churn_probability(model, cells, horizons=(6,))
    known = -np.expm1([-0.02 * 6, -0.05 * 6])
    assert forecast.cells["churn_6m"].to_numpy() == pytest.approx(known)
    assert forecast.groups["value"].to_numpy() == pytest.approx(known)
    assert forecast.rates[6].value == pytest.approx((3 * known[0] + known[1]) / 4)
    # 95 % of the factors lie within 1.96 standard deviations
    low, high = forecast.groups.loc[1, ["low", "high"]]
    assert [low, high] == pytest.approx(-np.expm1(-0.3 * np.exp([-0.196, 0.196])), rel=0.05)
    assert remaining_months(model, cells, 24).cells["remaining_months"].to_numpy() == pytest.approx(
        -np.expm1([-0.02 * 24, -0.05 * 24]) / [0.02, 0.05], rel=1e-3
    )


def test_a_level_never_seen_is_refused_or_scored_as_other_and_counted() -> None:
    cells = pd.DataFrame({"tenure": [5, 5], "plan": ["A", "new"], "n": [3, 2]})
    with pytest.raises(churn.UnseenLevel, match="'plan': the constant fit never saw level 'new'; it knows: A, other"):
        churn.churn_probability(Constant({"A": 0.02, "other": 0.05}), cells)
    forecast = churn.churn_probability(Constant({"A": 0.02, "other": 0.05}), cells, horizons=(1,), unseen="other")
    assert forecast.unseen == 2
    assert forecast.cells["plan"].tolist() == ["A", "new"]
    assert forecast.groups["level"].tolist() == ["A", "other"]
    assert forecast.cells["churn_1m"].iloc[1] == pytest.approx(-np.expm1(-0.05))
    with pytest.raises(churn.UnseenLevel, match="no level 'other' to score it as"):
        churn.churn_probability(Constant({"A": 0.02, "B": 0.05}), cells, unseen="other")


def test_a_missing_tenure_is_named_and_never_becomes_a_score() -> None:
    cells = pd.DataFrame({"tenure": [5, np.nan], "plan": "A", "n": 1})
    with pytest.raises(churn.ChurnError, match="1 of 2 cells have no chance"):
        churn.churn_probability(Constant({"A": 0.02}), cells)
    with pytest.raises(churn.ChurnError, match="must be finite"):
        remaining_months(Constant({"A": 0.02}), cells)


def test_what_will_be_counted_varies_by_chance_as_its_binomial_says() -> None:
    cells = pd.DataFrame({"tenure": [5], "plan": ["A"], "n": [400]})
    forecast = churn.churn_probability(Constant({"A": 0.02}), cells, horizons=(12,))
    share = -np.expm1(-0.24)
    reach = 1.645 * np.sqrt(share * (1 - share) / 400)
    found = forecast.predicted(12, level=0.90)
    assert (found.level, found.n) == (0.90, 400)
    assert [found.low, found.high] == pytest.approx([share - reach, share + reach], abs=0.005)
    wide = forecast.predicted(12, level=0.99)
    assert wide.low < found.low < found.high < wide.high
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        forecast.predicted(12, level=90)


def test_unequal_risks_leave_less_to_chance_than_equal_ones() -> None:
    # half are sure to leave, half to stay: what is counted is certain
    cells = pd.DataFrame({"tenure": [5, 5], "plan": ["A", "B"], "n": [500, 500]})
    forecast = churn.churn_probability(Constant({"A": 50.0, "B": 1e-12}), cells, horizons=(12,))
    found = forecast.predicted(12)
    assert [found.low, found.value, found.high] == pytest.approx([0.5, 0.5, 0.5], abs=1e-3)


def test_predicted_intervals_hold_what_is_counted_as_often_as_they_say() -> None:
    rng = np.random.default_rng(11)
    cells = pd.DataFrame({"tenure": np.arange(40), "plan": ["A", "B"] * 20, "n": 5})
    held = {"all": 0, "A": 0, "B": 0}
    for _ in range(300):
        factor = np.exp(0.2 * rng.standard_normal())
        truth = -np.expm1(-12 * factor * np.where(cells["plan"] == "A", 0.02, 0.05))
        left = rng.binomial(cells["n"], truth)
        # the model is as far from the truth as its draws say
        model = Constant({"A": 0.02, "B": 0.05}, 0.2)
        forecast = churn.churn_probability(model, cells, horizons=(12,))
        whole = forecast.predicted(12)
        held["all"] += whole.low <= left.sum() / 200 <= whole.high
        for row in forecast.predicted_groups(12).itertuples():
            held[row.level] += row.low <= left[cells["plan"] == row.level].sum() / row.n <= row.high
    assert all(0.85 <= count / 300 <= 0.95 for count in held.values()), held


def test_a_portfolio_of_many_cells_has_the_interval_of_all_of_them() -> None:
    episodes = counted(company(3000, seed=7))
    fit = churn.fit_cox(episodes)
    rng = np.random.default_rng(3)
    n = 12_000
    cells = pd.DataFrame(
        {"tenure": rng.integers(0, 2000, n), "plan": rng.choice(["A", "B"], n, p=[0.99, 0.01]), "n": 1}
    )
    cells["n"] += rng.integers(0, 4, n)
    sampled = churn.churn_probability(fit, cells, horizons=(12,))
    chance = sampled.cells["churn_12m"].to_numpy()
    assert sampled.rates[12].value == pytest.approx(np.average(chance, weights=cells["n"]))
    risk = chances(fit, cells, (12,))["churn_12m"].to_numpy()
    some = panel(cells, [(cells["plan"] == "B").to_numpy()], risk)
    every = panel(cells, [(cells["plan"] == "B").to_numpy()], risk, whole=n)
    assert len(some.cells) < n / 2 < len(every.cells) == n
    assert some.weights.T @ risk[some.places] == pytest.approx(every.weights.T @ risk, rel=1e-3)
    hazard = fit.sample(200, 1)

    def of(part: pd.DataFrame) -> list[np.ndarray]:
        time = part["tenure"].to_numpy(float)
        return [hazard.cumulative_hazard(part, time + 365) - hazard.cumulative_hazard(part, time)]

    (a,), (b,) = some.means(of), every.means(of)
    assert a.std(axis=1) == pytest.approx(b.std(axis=1), rel=0.03)


def test_the_limits_of_a_cell_hold_its_true_chance_as_often_as_they_say() -> None:
    held = []
    cells = pd.DataFrame({"tenure": [400, 400], "plan": ["A", "B"], "n": 1})
    truth = -np.expm1(-0.03 * 12 * np.array([1.0, np.exp(0.7)]))
    for seed in range(2000, 2060):
        fit = churn.fit_cox(counted(company(600, seed)))
        ((low, high),) = limits(fit, cells, (12,), 200, 1)
        held.append((low <= truth) & (truth <= high))
    assert np.mean(held) >= 0.88


def test_what_remains_is_the_area_under_survival_within_the_horizon() -> None:
    cells = pd.DataFrame({"tenure": [5, 9], "plan": ["A", "A"], "n": [1, 3]})
    found = remaining_months(Constant({"A": 0.02}, 0.3), cells, 12)
    known = -np.expm1(-0.24) / 0.02
    assert found.mean.value == pytest.approx(known, rel=1e-3)
    limits_ = -np.expm1(-0.24 * np.exp([1.96 * 0.3, -1.96 * 0.3])) / (0.02 * np.exp([1.96 * 0.3, -1.96 * 0.3]))
    assert [found.mean.low, found.mean.high] == pytest.approx(limits_, rel=0.03)
    assert (found.mean.unit, found.mean.n, found.within) == ("months", 4, 12)
    with pytest.raises(ValueError, match="at least 1 month"):
        remaining_months(Constant({"A": 0.02}), cells, 0)


def test_where_nobody_left_what_remains_is_doubtful_as_the_poisson_limit_says() -> None:
    frame = pd.DataFrame({"entry": 0, "exit": [100, 200], "event": 0, "cause": "active", "n": [50, 50]})
    fit = churn.fit_cox(churn.Episodes(frame, (), {}, {}, AS_OF, 0, 0, 1))
    mean = remaining_months(fit, fit.episodes.cells(), 24).mean
    hazard = -np.log(0.025) / 15_000 * MONTH
    assert (mean.value, mean.high) == (24, 24)
    assert mean.low == pytest.approx(-np.expm1(-hazard * 24) / hazard)
    ((low, high),) = limits(fit, fit.episodes.cells(), (12,), 100, 1)
    assert (low == 0).all()
    assert high == pytest.approx(-np.expm1(-hazard * 12))
    assert fit.churn_probability(fit.episodes.cells()).predicted(12).high >= 0.01
