from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import LogNormalAFTFitter, WeibullAFTFitter

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.errors import AliasedColumns, NotConverged, TooFewEvents, UnseenLevel
from cxmodels.churn.models import parametric
from cxmodels.churn.models.parametric import Family, fit_parametric

MONTH = 30.4375


def made() -> pd.DataFrame:
    """300 kinds of customers by a formula, tenure in months that are no whole numbers."""
    i = np.arange(300)
    plan, fee = np.array(["A", "B", "C"])[(i * i + i // 7) % 3], ((i * 37) % 101) / 50 - 1
    exit_ = 1 + ((i * i * 13 + 29 * i) % 211) * np.exp(0.3 * (plan == "B") - 0.4 * fee) / 20
    left = ((i * i + 3 * i) % 5 < 3).astype(int)
    return pd.DataFrame({"exit": MONTH * exit_, "event": left, "plan": plan, "fee": fee, "n": 1 + i % 3})


def simulated(family: Family, n: int, seed: int) -> Episodes:
    """Customers in days whose tenure is stretched 1.6 times on plan B; half of them are watched from later on."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["A", "B"], n)
    noise = rng.normal(0, 0.9, n) if family == "log_normal" else np.log(rng.exponential(size=n)) / 1.3
    time = np.exp(3 + np.log(1.6) * (plan == "B") + noise) * MONTH
    entry = np.where(rng.random(n) < 0.5, rng.uniform(0, 400, n), 0)
    end = np.minimum(time, entry + 900)
    frame = pd.DataFrame({"entry": entry, "exit": end, "event": (time <= end).astype(int), "plan": plan})
    return counted(frame[time > entry], ["plan"], entry="entry")


@pytest.mark.parametrize(
    ("family", "coefficients", "errors", "location", "log_scale", "log_likelihood"),
    [
        # R 4.2.2, survival 3.5-3: survreg(Surv(exit, event) ~ plan + fee, weights = n), tenure in months; its scale is
        # lifelines' sigma of the log-normal, and one over its rho of the Weibull
        (
            "weibull", [0.0096562288438978, 0.2881178818150222, -0.3214710083852366],
            [0.074382705791968623, 0.075169048878337016, 0.054382069616142108],
            2.3762276230844290, 0.7368278757886060, -848.82493640511848,
        ),
        (
            "log_normal", [-0.0621452812158610, 0.2541181503152934, -0.3432837252156898],
            [0.092602840078564258, 0.094901026772687899, 0.067199020007117666],
            2.2504005220558998, -0.2525288737876321, -863.14109108495131,
        ),
    ],
)  # fmt: skip
def test_curves_are_those_of_r(
    family: Family, coefficients: list[float], errors: list[float], location: float, log_scale: float,
    log_likelihood: float,
) -> None:  # fmt: skip
    fit = fit_parametric(counted(made(), ["plan", "fee"], n="n"), family)
    assert fit.coefficients["level"].tolist() == ["C", "B", ""]
    assert fit.coef == pytest.approx(coefficients, abs=2e-4)
    assert fit.coefficients["se"].to_numpy() == pytest.approx(errors, abs=2e-4)
    assert (fit.location, fit.log_scale) == pytest.approx((location, log_scale), abs=2e-4)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-3)


@pytest.mark.parametrize("family", ["log_normal", "weibull"])
def test_time_ratios_are_recovered_where_half_of_the_customers_enter_late(family: Family) -> None:
    fit = fit_parametric(simulated(family, 8000, seed=2), family)
    row = fit.coefficients.iloc[0]
    true = 1.6 if row["level"] == "B" else 1 / 1.6
    assert row["low"] < true < row["high"]
    assert row["time_ratio"] == pytest.approx(true, rel=0.08)
    scale = 0.9 if family == "log_normal" else 1.3
    assert np.exp(fit.log_scale) == pytest.approx(scale, rel=0.05)


@pytest.mark.parametrize(("family", "peer"), [("log_normal", LogNormalAFTFitter), ("weibull", WeibullAFTFitter)])
def test_the_cumulative_hazard_is_that_of_lifelines_row_by_row(family: Family, peer: type) -> None:
    episodes = simulated(family, 800, seed=3)
    fit = fit_parametric(episodes, family)
    frame = episodes.frame.loc[episodes.frame.index.repeat(episodes.frame["n"])].reset_index(drop=True)
    level = fit.levels["plan"][1]
    rows = pd.DataFrame(
        {
            "T": frame["exit"] / MONTH,
            "S": frame["entry"] / MONTH,
            "E": frame["event"],
            "x": 1.0 * (frame["plan"] == level),
        }
    )
    other = peer().fit(rows, "T", "E", entry_col="S")
    cells, times = frame[["plan"]].head(6), np.array([1.0, 30, 100, 400, 1000, 4000])
    wanted = [
        other.predict_cumulative_hazard(rows.iloc[[row]], times=[times[row] / MONTH]).iloc[0, 0] for row in range(6)
    ]
    assert fit.cumulative_hazard(cells, times) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("family", ["log_normal", "weibull"])
def test_nobody_has_left_at_the_beginning_and_the_curve_never_goes_flat(family: Family) -> None:
    fit = fit_parametric(simulated(family, 800, seed=3), family)
    times = np.array([0.0, 1, 10, 100, fit.reach, 2 * fit.reach, 4 * fit.reach])
    hazard = fit.cumulative_hazard(pd.DataFrame({"plan": ["A"] * len(times)}), times)
    assert hazard[0] == 0
    assert (np.diff(hazard) > 0).all()


def test_who_is_stretched_most_leaves_last() -> None:
    fit = fit_parametric(counted(made(), ["plan", "fee"], n="n"), "weibull")
    cells = pd.DataFrame({"plan": ["A", "B"], "fee": [0.0, 0.0]})
    assert np.diff(fit.log_risk(cells))[0] == pytest.approx(-fit.coef[1])


def test_months_give_what_days_give() -> None:
    days = simulated("log_normal", 6000, seed=4)
    frame = days.frame.assign(
        entry=np.ceil(days.frame["entry"] / MONTH).astype(int),
        exit=np.where(
            days.frame["event"] == 1, np.ceil(days.frame["exit"] / MONTH), np.floor(days.frame["exit"] / MONTH)
        ),
    )
    frame = frame[frame["exit"] > frame["entry"]]
    months = counted(frame, ["plan"], entry="entry", n="n", unit="months")
    fits = fit_parametric(days), fit_parametric(months)
    assert fits[1].coef == pytest.approx(fits[0].coef, abs=0.03)
    cells = pd.DataFrame({"plan": ["A", "B"]})
    year = [fit.cumulative_hazard(cells, np.full(2, 12 * fit.episodes.month)) for fit in fits]
    assert year[1] == pytest.approx(year[0], rel=0.04)


def test_tenure_known_to_parts_of_a_month_is_not_moved_to_the_middle_of_one() -> None:
    frame = simulated("weibull", 2000, seed=8).frame
    days = counted(frame, ["plan"], entry="entry", n="n")
    parts = frame.assign(entry=frame["entry"] / MONTH, exit=frame["exit"] / MONTH)
    months = counted(parts, ["plan"], entry="entry", n="n", unit="months")
    fits = [fit_parametric(each, "weibull") for each in (days, months)]
    assert fits[0].coef == pytest.approx(fits[1].coef, abs=1e-6)
    assert (fits[0].location, fits[0].log_scale) == pytest.approx((fits[1].location, fits[1].log_scale), abs=1e-6)


@pytest.mark.parametrize("family", ["log_normal", "weibull"])
def test_draws_lie_around_the_curve_as_far_as_the_delta_method_says(family: Family) -> None:
    fit = fit_parametric(simulated(family, 1500, seed=5), family)
    cells, times = pd.DataFrame({"plan": ["A", "B"]}), np.array([365.0, 730.0])
    draws = fit.sample(4000, seed=1).cumulative_hazard(cells, times)
    assert draws.shape == (2, 4000)
    assert draws.mean(axis=1) == pytest.approx(fit.cumulative_hazard(cells, times), rel=0.02)
    assert (draws == fit.sample(4000, seed=1).cumulative_hazard(cells, times)).all()
    mean = np.concatenate([fit.coef, [fit.location, fit.log_scale]])
    step = 1e-5 * np.eye(len(mean))
    moved = [replace(fit.sample(1, 1), parameters=(mean + side)[:, None]) for side in (*step, *-step)]
    hazard = np.column_stack([one.cumulative_hazard(cells, times)[:, 0] for one in moved])
    slope = (hazard[:, : len(mean)] - hazard[:, len(mean) :]) / 2e-5
    wanted = np.sqrt(np.einsum("ri,ij,rj->r", slope, fit.covariance, slope))
    assert draws.std(axis=1) == pytest.approx(wanted, rel=0.06)


def test_who_was_not_watched_and_who_left_at_once_do_no_harm() -> None:
    episodes = simulated("weibull", 800, seed=3)
    none = episodes.frame.head(1).assign(entry=0.0, exit=0.0, event=0, n=50)
    with_none = Episodes(
        pd.concat([episodes.frame, none]), ("plan",), episodes.levels, episodes.pooled, episodes.as_of, 0, 0, 1
    )
    assert fit_parametric(with_none, "weibull").coef == pytest.approx(fit_parametric(episodes, "weibull").coef)


def test_more_rows_than_can_be_fitted_in_seconds_are_sampled_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    episodes = simulated("weibull", 6000, seed=6)
    whole = fit_parametric(episodes, "weibull")
    monkeypatch.setattr(parametric, "MOST_ROWS", 2000)
    part = fit_parametric(episodes, "weibull")
    assert whole.share == 1
    assert 0.3 < part.share < 0.5
    row, other = part.coefficients.iloc[0], whole.coefficients.iloc[0]
    assert row["low"] < other["time_ratio"] < row["high"]
    assert row["se"] > 1.4 * other["se"]


def test_what_cannot_be_fitted_is_named() -> None:
    frame = made().assign(tariff=lambda table: table["plan"].str.lower())
    episodes = counted(frame, ["plan", "tariff"], n="n")
    with pytest.raises(AliasedColumns, match=r"fit_parametric: tariff .* says the same as plan"):
        fit_parametric(episodes, covariates=["plan", "tariff"])
    assert list(fit_parametric(episodes, "weibull").left_out) == ["tariff"]
    with pytest.raises(TooFewEvents, match="at least one departure is required"):
        fit_parametric(counted(frame.assign(event=0), ["plan"], n="n"))
    with pytest.raises(ValueError, match=r"family must be one of log_normal, weibull, found 'gamma'"):
        fit_parametric(episodes, "gamma")  # type: ignore[arg-type]
    with pytest.raises(UnseenLevel, match=r"'plan'.*'D'"):
        fit_parametric(episodes, "weibull").log_risk(pd.DataFrame({"plan": ["D"], "tariff": ["a"]}))


def test_a_curve_without_a_maximum_is_named() -> None:
    # everybody leaves on the same day: the spread of a log-normal curve goes to nought
    frame = pd.DataFrame({"exit": [300.0] * 40, "event": [1] * 40})
    with pytest.raises(NotConverged, match="log_normal has no spread to fit, everybody leaves at 300"):
        fit_parametric(counted(frame))
