"""The chance of leaving divided among causes: it adds up, and it finds the hazards it was drawn with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.forecasts.causes import by_cause, fit_causes
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.cumulative_incidence import cumulative_incidence

HAZARDS = {"voluntary": {"A": 0.02, "B": 0.04}, "involuntary": {"A": 0.01, "B": 0.01}}
"""A month; only the one of those who go of their own accord depends on the plan."""


def company(n: int, seed: int, hazards: dict[str, dict[str, float]] = HAZARDS) -> Episodes:
    """Customers with constant hazards of two causes, watched from some tenure on for two years, in months."""
    rng = np.random.default_rng(seed)
    plan = rng.choice(["A", "B"], n)
    waits = np.array([rng.exponential(1 / np.vectorize(of.get)(plan)) for of in hazards.values()])
    entry = rng.integers(0, 24, n)
    left = np.ceil(waits.min(axis=0)).astype(int)
    seen = left > entry
    table = pd.DataFrame(
        {
            "entry": entry,
            "exit": np.minimum(left, entry + 24),
            "event": (left <= entry + 24).astype(int),
            "cause": np.array(list(hazards))[waits.argmin(axis=0)],
            "plan": plan,
        }
    )
    return counted(table[seen], ["plan"], entry="entry", cause="cause", unit="months")


def shares(months: int = 12) -> pd.DataFrame:
    """True chance by cause (rows) and plan (columns)."""
    hazards = pd.DataFrame(HAZARDS).T
    total = hazards.sum()
    return hazards / total * -np.expm1(-total * months)


def cells() -> pd.DataFrame:
    return pd.DataFrame({"tenure": [0, 5, 30, 5], "plan": ["A", "A", "B", "B"], "n": [1, 2, 3, 4]})


def test_the_causes_add_up_to_the_chance_of_leaving() -> None:
    fit = fit_cox(company(2000, 1))
    found = by_cause(fit, cells())
    total = fit.churn_probability(cells(), horizons=(12,)).cells["churn_12m"]
    parts = found.cells[["churn_12m_voluntary", "churn_12m_involuntary"]]
    assert parts.sum(axis=1).to_numpy() == pytest.approx(total.to_numpy(), abs=1e-12)
    assert sum(rate.value for rate in found.rates.values()) == pytest.approx(np.average(total, weights=cells()["n"]))
    assert all(rate.low < rate.value < rate.high for rate in found.rates.values())


def test_the_causes_are_those_the_customers_were_drawn_with() -> None:
    fit = fit_cox(company(60_000, 2))
    found = by_cause(fit, cells()).cells
    for cause in HAZARDS:
        known = cells()["plan"].map(shares().loc[cause]).to_numpy()
        assert found[f"churn_12m_{cause}"].to_numpy() == pytest.approx(known, abs=0.012)


def test_intervals_by_cause_hold_the_truth_as_often_as_they_say() -> None:
    held = []
    weight = cells().groupby("plan")["n"].sum() / 10
    for seed in range(100, 150):
        rates = by_cause(fit_cox(company(1500, seed)), cells()).rates
        held += [rates[cause].low <= shares().loc[cause] @ weight <= rates[cause].high for cause in HAZARDS]
    assert np.mean(held) >= 0.88


def test_for_newcomers_without_covariates_it_is_the_cumulative_incidence() -> None:
    episodes = replace(company(20_000, 3), covariates=(), levels={}, pooled={})
    found = by_cause(fit_cox(episodes), pd.DataFrame({"tenure": [0], "n": [1]}))
    known = cumulative_incidence(episodes).at(12)
    for cause, rate in found.rates.items():
        assert rate.value == pytest.approx(known[cause].value, abs=0.004)


def test_a_cause_of_one_tenure_is_not_forecast_for_another() -> None:
    table = pd.DataFrame(
        {
            "exit": [3, 40, 60],
            "event": [1, 1, 0],
            "cause": ["involuntary", "voluntary", "active"],
            "n": [50, 50, 100],
        }
    )
    fit = fit_cox(counted(table, cause="cause", n="n", unit="months"))
    cells = pd.DataFrame({"tenure": [0, 35], "n": [1, 1]})
    found = by_cause(fit, cells).cells
    young, old = found["churn_12m_involuntary"]
    assert young > 0.2
    assert old == 0
    assert found["churn_12m_voluntary"].iloc[1] == fit.churn_probability(cells).cells["churn_12m"].iloc[1] > 0.02


def few(**departures: int) -> Episodes:
    table = pd.DataFrame(
        {
            "exit": [5] * len(departures) + [30],
            "event": [1] * len(departures) + [0],
            "cause": [*departures, "active"],
            "n": [*departures.values(), 200],
        }
    )
    return counted(table, cause="cause", n="n", unit="months")


@pytest.mark.parametrize(
    ("departures", "named", "pooled"),
    [
        ({"voluntary": 40, "involuntary": 6, "unknown": 3}, ["voluntary", "other causes"], ("involuntary", "unknown")),
        ({"voluntary": 40, "unknown": 3}, ["voluntary", "unknown"], ()),
        ({"voluntary": 40}, ["voluntary"], ()),
    ],
)
def test_causes_too_rare_to_stand_alone_are_counted_together(
    departures: dict[str, int], named: list[str], pooled: tuple[str, ...]
) -> None:
    episodes = few(**departures)
    fitted = fit_causes(episodes)
    assert list(fitted.fits) == named
    assert fitted.pooled == pooled
    assert sum(fitted.departures.values()) == episodes.events
    found = by_cause(fit_cox(episodes), episodes.cells(), fitted=fitted)
    own = [f"churn_12m_{cause.replace(' ', '_')}" for cause in named]
    assert set(own) <= set(found.cells.columns)
    assert found.pooled == pooled


def test_where_nobody_left_there_is_no_cause() -> None:
    episodes = few()
    found = by_cause(fit_cox(episodes), episodes.cells())
    assert found.rates == {}
    assert [column for column in found.cells if column.startswith("churn")] == []
