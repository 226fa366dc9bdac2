"""CDNOW: published parameters and log-likelihoods, and what the models foresaw of the 39 weeks held out."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from cdnow_followed import followed

from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.laplace import maximise

# Fader, Hardie & Lee (2005), table 2 (BG/NBD, Pareto/NBD); Batislam, Denizel & Filiztekin (2007) and the tests of
# CLVTools for MBG/NBD. Times in weeks.
PUBLISHED = {
    "bg_nbd": ((0.243, 4.414, 0.793, 2.426), -9582.429),
    "mbg_nbd": ((0.525, 6.183, 0.891, 1.614), -9582.136),
    "pareto_nbd": ((0.553, 10.578, 0.606, 11.669), -9594.976),
}
# total off by, MAE, RMSE, correlation: re-computed with lifetimes and CLVTools
HELD_OUT = {
    "naive": (0.557, 1.024, 2.212, 0.584),
    "bg_nbd": (-0.121, 0.786, 1.608, 0.626),
    "mbg_nbd": (-0.162, 0.765, 1.607, 0.627),
    "pareto_nbd": (-0.115, 0.755, 1.603, 0.630),
}


@cache
def weeks(name: str = "sample") -> pd.DataFrame:
    frame = followed(name)
    return frame.assign(recency=frame["recency"] / 7, T=frame["T"] / 7)


@cache
def fitted(name: str, data: str = "sample") -> tuple[np.ndarray, float]:
    model = purchase_model(name)
    likelihood = model.likelihood(weeks(data))
    found = maximise(lambda points: likelihood(model.theta(points)), model.unbounded(model.start(weeks(data))))
    return model.theta(found.point)[None], found.value


def foreseen(name: str, data: str = "sample") -> np.ndarray:
    frequency, recency, T = (weeks(data)[column].to_numpy(float) for column in ("frequency", "recency", "T"))
    if name == "naive":
        return frequency * 39 / np.maximum(T, 1e-9)
    return purchase_model(name).expected_purchases(fitted(name, data)[0], frequency, recency, T, 39.0)[0]


def errors(expected: np.ndarray, data: str = "sample") -> tuple[float, ...]:
    """Total off by, MAE, RMSE and correlation, over customers."""
    n, came = (weeks(data)[column].to_numpy(float) for column in ("n", "purchases"))
    covariance = np.cov(expected, came, fweights=n.astype(int))
    return (
        n @ expected / (n @ came) - 1,
        n @ np.abs(expected - came) / n.sum(),
        np.sqrt(n @ (expected - came) ** 2 / n.sum()),
        covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]),
    )


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_the_published_parameters_and_log_likelihood_come_out(name: str) -> None:
    theta, log_likelihood = fitted(name)
    published, value = PUBLISHED[name]
    assert weeks()["n"].sum() == 2357
    assert theta[0] == pytest.approx(published, abs=7e-4)
    assert log_likelihood == pytest.approx(value, abs=0.002)


@pytest.mark.parametrize("name", list(HELD_OUT))
def test_the_weeks_held_out_are_foreseen_as_well_as_is_known(name: str) -> None:
    assert weeks()["n"] @ weeks()["purchases"] == 1882
    assert errors(foreseen(name)) == pytest.approx(HELD_OUT[name], abs=5.5e-4)


@pytest.mark.parametrize(
    ("name", "mean_error", "correlation"), [("bg_nbd", 0.819, 0.669), ("pareto_nbd", 0.794, 0.671)]
)
def test_the_whole_cohort_is_foreseen_as_well_as_is_known(name: str, mean_error: float, correlation: float) -> None:
    assert weeks("master")["n"].sum() == 23570
    found = errors(foreseen(name, "master"), "master")
    assert found[1] == pytest.approx(mean_error, abs=5e-4)
    assert found[3] == pytest.approx(correlation, abs=5e-4)


# Fader, Hardie & Lee (2005), figure 3 and section 4.3: cumulative repeat purchases by week 78
@pytest.mark.parametrize(("name", "off"), [("bg_nbd", -0.040), ("pareto_nbd", -0.015)])
def test_the_cumulative_purchases_by_week_78_are_as_published(name: str, off: float) -> None:
    n = weeks()["n"].to_numpy(float)
    expected = purchase_model(name).expected_repeats(fitted(name)[0], weeks()["T"].to_numpy() + 39)[0] @ n
    bought = n @ (weeks()["frequency"] + weeks()["purchases"])
    assert expected / bought - 1 == pytest.approx(off, abs=0.0015)
