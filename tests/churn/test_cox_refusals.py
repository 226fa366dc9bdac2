"""Input that has no answer gets an error with a name, or the fallback that is stated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import (
    AliasedColumns,
    InvalidTimes,
    InvalidValue,
    Separation,
    TooFewEvents,
    UnknownColumn,
    UnknownCovariate,
    UnseenLevel,
)
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.grouped import fit_grouped


def episodes(**columns: Any) -> Episodes:
    """Sixty customers on two plans, half of whom leave, in the order of their tenure; `columns` replace or add."""
    size = len(next(iter(columns.values()))) if columns else 60
    place = np.arange(size)
    frame = pd.DataFrame({"entry": 0, "exit": 1.0 + place, "event": place % 2, "cause": "unknown"})
    frame["plan"], frame["fee"] = np.where(place % 3 == 0, "B", "A"), np.sin(place)
    frame = frame.assign(n=1).assign(**columns)
    names = tuple(name for name in frame.columns if name not in {"entry", "exit", "event", "cause", "n", "w"})
    levels = {name: tuple(frame[name].value_counts().index) for name in names if frame[name].dtype == object}
    return Episodes(frame, names, levels, dict.fromkeys(levels, ()), AS_OF, 0, 0, 1)


SIXTY = np.arange(60)


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({"fee": np.where(SIXTY == 7, np.inf, 1.0 * SIXTY)}, InvalidValue, r"'fee'.*finite.*first \(row 7\) is inf"),
        ({"fee": np.where(SIXTY > 57, np.nan, 1.0 * SIXTY)}, InvalidValue, r"'fee'.* 2 of 60 are missing"),
        ({"fee": np.full(60, 3.5)}, AliasedColumns, r"'fee' has a single value, 3\.5"),
        ({"plan": np.full(60, "A", dtype=object)}, AliasedColumns, r"'plan' has a single level, 'A'"),
        ({"double": 2 * np.sin(SIXTY) + 1}, AliasedColumns, r"double says the same as fee"),
        ({"mix": np.sin(SIXTY) + (SIXTY % 3 == 0)}, AliasedColumns, r"mix says the same as plan 'B', fee"),
        ({"event": np.zeros(60, dtype=int)}, TooFewEvents, r"at least 10 departures, found 0"),
        ({"event": (SIXTY == 9).astype(int)}, TooFewEvents, r"at least 10 departures, found 1"),
        ({"fee": np.where(SIXTY % 2, 40.0, 10.0)}, Separation, r"hazard ratio of fee has no finite estimate"),
        ({"fee": 60.0 - SIXTY}, Separation, r"hazard ratio of fee has no finite estimate"),
        ({"exit": np.where(SIXTY == 3, np.nan, 1.0 + SIXTY)}, InvalidTimes, r"exit must be a finite number.*row 3"),
    ],
)
def test_what_cannot_be_told_is_named(columns: dict[str, Any], error: type[Exception], message: str) -> None:
    made = episodes(**columns)
    with pytest.raises(error, match=message):
        fit_cox(made, made.covariates)


@pytest.mark.parametrize(
    ("columns", "left_out"),
    [
        ({"fee": np.full(60, 3.5)}, ["fee"]),
        ({"double": 2 * np.sin(SIXTY) + 1}, ["double"]),
        ({"event": np.zeros(60, dtype=int)}, ["plan", "fee"]),
        ({"event": (SIXTY == 9).astype(int)}, ["plan", "fee"]),
        ({"fee": np.where(SIXTY % 2, 40.0, 10.0)}, ["fee"]),
    ],
)
def test_without_a_choice_it_is_left_out_and_the_rest_is_fitted(columns: dict[str, Any], left_out: list[str]) -> None:
    made = episodes(**columns)
    fit = fit_cox(made)
    assert list(fit.left_out) == left_out
    assert fit.covariates == tuple(name for name in made.covariates if name not in left_out)
    hazard = fit.cumulative_hazard(made.frame, np.full(60, 30.0))
    assert np.isfinite(hazard).all()


def test_a_ridge_makes_ratios_finite_that_have_no_estimate() -> None:
    made = episodes(fee=np.where(SIXTY % 2, 40.0, 10.0), twin=np.where(SIXTY % 2, 1.0, 2.0))
    fit = fit_cox(made, made.covariates, ridge=1.0)
    assert np.isfinite(fit.coefficients[["coef", "se"]].to_numpy()).all()
    with pytest.raises(TooFewEvents, match="at least 1 departures, found 0"):
        fit_cox(episodes(event=np.zeros(60, dtype=int)), ["plan"], ridge=1.0)


@pytest.mark.parametrize("left", [0, 1])
def test_a_single_customer_has_a_baseline_and_no_ratio(left: int) -> None:
    made = episodes(exit=np.array([5.0]), event=np.array([left]))
    fit = fit_cox(made)
    assert fit.covariates == ()
    assert fit.baseline["cumulative"].tolist() == [1.0] * left
    assert fit.cumulative_hazard(made.frame, np.array([5.0])).tolist() == [1.0 * left]
    assert fit.sample(3, 1).cumulative_hazard(made.frame, np.array([5.0])).shape == (1, 3)


def test_an_episode_without_time_at_risk_is_passed_over() -> None:
    made = episodes()
    idle = made.frame.head(3).assign(entry=4.0, exit=4.0, fee=99.0)
    frame = pd.concat([made.frame, idle], ignore_index=True)
    more = Episodes(frame, made.covariates, made.levels, made.pooled, AS_OF, 0, 0, 1)
    assert fit_cox(more, ["plan", "fee"]).coef == pytest.approx(fit_cox(made, ["plan", "fee"]).coef, abs=1e-12)


def test_a_covariate_that_is_the_strata_is_named() -> None:
    made = episodes(region=np.where(SIXTY % 3 == 0, "x", "y").astype(object))
    with pytest.raises(AliasedColumns, match=r"plan 'B' says the same as the strata \(region\)"):
        fit_cox(made, ["plan", "fee"], strata=["region"])
    assert list(fit_cox(made, strata=["region"]).left_out) == ["plan"]


def test_columns_and_options_that_are_not_there_are_named() -> None:
    made = episodes(w=np.where(SIXTY == 5, 0.0, 1.0))
    with pytest.raises(UnknownCovariate, match=r"'price' is no covariate.*allowed: plan, fee"):
        fit_cox(made, ["price"])
    with pytest.raises(UnknownColumn, match=r"no column 'country'"):
        fit_cox(made, strata=["country"])
    with pytest.raises(UnknownColumn, match=r"cluster 'household' is no column"):
        fit_cox(made, cluster="household")
    with pytest.raises(InvalidValue, match=r"weights 'w' must be above zero in every row, found 0"):
        fit_cox(made, weights="w")
    with pytest.raises(InvalidValue, match=r"ridge must be a number of at least 0, found -1"):
        fit_cox(made, ridge=-1)


def test_clusters_that_are_missing_or_too_few_for_an_error_are_named() -> None:
    known = np.where(SIXTY % 4 == 0, np.nan, SIXTY // 2)
    frame = episodes().frame.assign(household=known, everybody=1, half=SIXTY % 2)
    made = replace(episodes(), frame=frame)
    with pytest.raises(InvalidValue, match=r"cluster 'household' must be known in every row; it is missing in 1\d"):
        fit_cox(made, cluster="household")
    for name, found in (("everybody", 1), ("half", 2)):
        with pytest.raises(InvalidValue, match=rf"more values than the 2 hazard ratios, found {found}"):
            fit_cox(made, ["plan", "fee"], cluster=name)


def test_a_stratum_in_which_nobody_left_is_named_and_never_scored_as_safe() -> None:
    made = episodes(region=np.where(SIXTY % 4 == 0, "x", "y").astype(object))
    with pytest.raises(TooFewEvents, match=r"nobody left in stratum 'x' of region, so it has no baseline hazard"):
        fit_cox(made, ["fee"], strata=["region"])


def test_a_number_that_differs_only_among_those_gone_before_the_first_departure_is_named() -> None:
    spent = np.where(SIXTY < 10, np.sin(SIXTY), 0.3)
    made = replace(episodes(spent=spent, event=(SIXTY >= 10) & (SIXTY % 2 == 1)), unit="months")
    for fit in (fit_cox, fit_grouped):
        with pytest.raises(AliasedColumns, match=r"spent is the same for all who were at risk when somebody left"):
            fit(made, ["spent"])
        assert "spent" in fit(made).left_out


def test_cells_the_fit_cannot_place_are_named() -> None:
    made = episodes()
    fit = fit_cox(made, ["fee"], strata=["plan"])
    cells, times = made.frame.head(2), np.array([3.0, 4.0])
    with pytest.raises(UnseenLevel, match=r"never saw plan 'Z'; it knows: A; B"):
        fit.cumulative_hazard(cells.assign(plan="Z"), times)
    with pytest.raises(InvalidValue, match=r"'fee'.*finite"):
        fit.log_risk(cells.assign(fee=np.nan))
    with pytest.raises(UnknownCovariate, match=r"'fee'.*no such column"):
        fit.log_risk(cells.drop(columns="fee"))
