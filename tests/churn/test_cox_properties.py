"""What must not change a fit: how rows are counted, and the order they stand in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.proportional_hazards import proportional_hazards

SEEDS = st.integers(0, 2**32 - 1)


def table(seed: int, *, distinct: bool) -> pd.DataFrame:
    """Customers with a category, a whole number and strata; late entries; tenures tied or all different."""
    rng = np.random.default_rng(seed)
    size = 250
    plan, visits = rng.choice(["A", "B"], size), rng.integers(0, 4, size)
    rate = 0.08 * np.exp(0.5 * (plan == "B") - 0.2 * visits)
    entry = np.where(rng.random(size) < 0.3, rng.uniform(0, 6, size), 0.0)
    leave, end = entry + rng.exponential(1 / rate), entry + rng.uniform(1, 20, size)
    exit_ = np.minimum(leave, end)
    if not distinct:
        entry, exit_ = np.floor(entry), np.floor(entry) + np.ceil(exit_ - entry)
    frame = {"entry": entry, "exit": exit_, "event": (leave <= end).astype(int), "plan": plan, "visits": visits * 1.0}
    return pd.DataFrame(frame | {"region": rng.choice(["north", "south"], size)})


def of(frame: pd.DataFrame, *, collapse: bool = False) -> Episodes:
    return counted(frame, ["plan", "visits"], entry="entry", keep=["region"], collapse=collapse)


def same(one: Episodes, other: Episodes, **asked: object) -> None:
    fits = [fit_cox(each, ["plan", "visits"], **asked) for each in (one, other)]  # type: ignore[arg-type]
    assert fits[0].coefficients["level"].tolist() == fits[1].coefficients["level"].tolist()
    assert fits[0].coef == pytest.approx(fits[1].coef, abs=1e-9)
    assert fits[0].covariance == pytest.approx(fits[1].covariance, abs=1e-9)
    assert fits[0].log_likelihood == pytest.approx(fits[1].log_likelihood, abs=1e-7)
    for column in ("cumulative", "low", "high"):
        assert fits[0].baseline[column].to_numpy() == pytest.approx(fits[1].baseline[column].to_numpy(), abs=1e-8)
    tests = [proportional_hazards(fit)["chi2"].to_numpy() for fit in fits]
    assert tests[0] == pytest.approx(tests[1], abs=1e-7)
    assert fits[0].concordance == pytest.approx(fits[1].concordance, abs=1e-12)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, strata=st.booleans(), robust=st.booleans())
def test_collapsing_rows_to_counts_changes_nothing(seed: int, strata: bool, robust: bool) -> None:
    frame = table(seed, distinct=False)
    rows, counts = of(frame), of(frame, collapse=True)
    assert len(counts.frame) < len(rows.frame)
    same(rows, counts, strata=["region"] if strata else [], robust=robust)


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, distinct=st.booleans(), robust=st.booleans())
def test_the_order_of_rows_changes_nothing(seed: int, distinct: bool, robust: bool) -> None:
    frame = table(seed, distinct=distinct)
    same(of(frame), of(frame.sample(frac=1, random_state=seed)), robust=robust)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, distinct=st.booleans())
def test_cutting_an_episode_in_two_changes_nothing(seed: int, distinct: bool) -> None:
    frame = table(seed, distinct=distinct)
    middle = (frame["entry"] + frame["exit"]) / 2
    early, late = frame.assign(exit=middle, event=0), frame.assign(entry=middle)
    whole, cut = of(frame), of(pd.concat([early, late], ignore_index=True))
    fits = [fit_cox(each, ["plan", "visits"]) for each in (whole, cut)]
    assert fits[0].coef == pytest.approx(fits[1].coef, abs=1e-9)
    assert fits[0].log_likelihood == pytest.approx(fits[1].log_likelihood, abs=1e-7)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, scale=st.sampled_from([1e-6, 1e3, 1e9]), shift=st.sampled_from([0.0, -1e4]))
def test_the_unit_of_a_number_changes_only_its_coefficient(seed: int, scale: float, shift: float) -> None:
    frame = table(seed, distinct=False)
    one = fit_cox(of(frame), ["plan", "visits"])
    other = fit_cox(of(frame.assign(visits=shift * scale + scale * frame["visits"])), ["plan", "visits"])
    assert other.coef[1] * scale == pytest.approx(one.coef[1], rel=1e-6)
    assert other.coef[0] == pytest.approx(one.coef[0], rel=1e-6, abs=1e-9)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, abs=1e-6)
