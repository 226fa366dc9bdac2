"""Whether a stated attitude predicts what customers do later: stay, and buy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.loyalty.customers.concordance import concordance
from cxmodels.loyalty.customers.conditioned import (
    BURN_IN,
    IMPUTATIONS,
    combined,
    conditioned,
    ratio,
    within_strata,
)
from cxmodels.loyalty.customers.one_hazard_ratio import Departures
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, NotConverged, TooFewRespondents

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

SEED = 20_260_930
FEWEST_EVENTS = 20
_MOST_STEPS = 50


@dataclass(frozen=True, eq=False)
class AttitudeEffect:
    """What one standard deviation more of an attitude goes with.

    Attributes
    ----------
    ratio
        Of the hazard of leaving, or of the rate of buying, for one standard deviation more of the attitude itself.
    raw_ratio
        The same for one standard deviation more of the mean score of its items: errors of measurement draw it to 1.
    attenuation
        How much of the effect is left in the raw one, log over log; NaN where the effect is not clear of nought.
    missing
        Share of the variance of the ratio's logarithm that comes from not knowing the attitude exactly.
    concordance, raw_concordance
        Of pairs of customers one of whom left first: how often that one had the lower attitude, and the lower mean
        score, 95 % limits; None for buying.
    customers, events
        Spells watched, and how many ended by leaving; or purchases.
    adjusted
        What the ratios are adjusted for; the concordances are not.
    outcome
        What was done later: ``"leaving"`` or ``"buying"``.
    """

    ratio: Estimate
    raw_ratio: Estimate
    attenuation: float
    missing: float
    concordance: Estimate | None
    raw_concordance: Estimate | None
    customers: int
    events: int
    adjusted: tuple[str, ...] = ()
    outcome: Literal["leaving", "buying"] = "leaving"


def staying(
    frame: pd.DataFrame, *, adjust: Iterable[str] = (), imputations: int = IMPUTATIONS, seed: int = SEED
) -> AttitudeEffect:
    """Hazard ratio of leaving for an attitude.

    Parameters
    ----------
    frame
        One row a group of alike spells: ``attitude`` and ``attitude_sd``, what the answers say of the standardised
        construct (`construct_scores` by regression); ``score``, the mean of its items; ``duration`` since the answer;
        ``event``, 1 where the customer left then; ``n`` (1 without); the columns of `adjust`. From `later_departures`.
    adjust
        Columns of levels, such as a plan or a band of tenure: each combination of them leaves at a pace of its own and
        has an attitude of its own, and only customers of one combination are compared (a stratified Cox regression).
    imputations
        Sets of plausible values.

    Raises
    ------
    InvalidAnswers
        When a column is missing, or a number is none.
    TooFewRespondents
        When fewer than 20 left.

    Notes
    -----
    Cox regression (`Departures`) on plausible values that are drawn given the answers, the time watched
    and whether the customer left: in turn the attitude given the fit, and the fit given the attitude, combined by
    Rubin's rules. `conditioned` says why. What is adjusted for belongs into the imputation as well (`within_strata`).
    """
    levels = tuple(adjust)
    rows = _rows(frame, ("duration", "event"), levels)
    if (rows["duration"] <= 0).any() or not rows["event"].isin((0, 1)).all():
        raise InvalidAnswers("staying: durations are above 0 and events 0 or 1; who was not watched is left out")
    events = int(rows["event"].sum())
    if events < FEWEST_EVENTS:
        raise TooFewRespondents(f"staying: {FEWEST_EVENTS} departures after an answer are needed, found {events}")
    mean, sd, duration, event = (
        rows[name].to_numpy(float) for name in ("attitude", "attitude_sd", "duration", "event")
    )
    stratum = rows.groupby(list(levels), sort=True).ngroup().to_numpy() if levels else None
    departures = Departures(duration, event, stratum)
    told_by_answers = mean
    if stratum is not None:
        mean, sd = within_strata(mean, sd, stratum)
    random = np.random.default_rng(seed)
    attitude, found = mean, []
    for _ in range(BURN_IN + _checked(imputations)):
        coefficient, variance, hazard = departures.fit(attitude)
        found.append((coefficient, variance))
        drawn = random.normal(coefficient, np.sqrt(variance))
        attitude = conditioned(mean, sd, partial(_survived, drawn, hazard, event), random)
    coefficients, variances = np.array(found[BURN_IN:]).T
    told, missing = combined(coefficients, variances, len(rows))
    score = rows["score"].to_numpy(float)
    raw, raw_variance, _ = departures.fit((score - score.mean()) / score.std())
    raw_ratio = ratio(raw, np.sqrt(raw_variance), len(rows))
    return AttitudeEffect(
        told,
        raw_ratio,
        _attenuation(told, raw_ratio),
        missing,
        concordance(duration, event, told_by_answers),
        concordance(duration, event, score),
        len(rows),
        events,
        levels,
    )


def buying(frame: pd.DataFrame, *, imputations: int = IMPUTATIONS, seed: int = SEED) -> AttitudeEffect:
    """Rate ratio of later purchases for an attitude.

    Parameters
    ----------
    frame
        As for `staying`, with ``purchases`` after the answer and ``duration`` watched in place of ``event``.

    Raises
    ------
    InvalidAnswers
        When a column is missing, or a number is none.
    TooFewRespondents
        When there are fewer than 20 purchases.

    Notes
    -----
    Poisson regression with standard errors that hold where counts vary more than Poisson's (Huber & White); plausible
    values are drawn given a negative binomial count of the dispersion that is found, so that a customer's own rate is
    not taken for attitude.
    """
    rows = _rows(frame, ("duration", "purchases"))
    mean, sd, duration, count = (
        rows[name].to_numpy(float) for name in ("attitude", "attitude_sd", "duration", "purchases")
    )
    if (duration <= 0).any() or (count < 0).any():
        raise InvalidAnswers("buying: durations are above 0 and purchases 0 or more; who was not watched is left out")
    if count.sum() < FEWEST_EVENTS:
        raise TooFewRespondents(f"buying: {FEWEST_EVENTS} purchases are needed, found {count.sum():g}")
    random = np.random.default_rng(seed)
    attitude, found = mean, []
    for _ in range(BURN_IN + _checked(imputations)):
        coefficients, covariance, dispersion = _poisson(count, duration, attitude)
        found.append((coefficients[1], covariance[1, 1]))
        drawn = random.multivariate_normal(coefficients, covariance)
        attitude = conditioned(mean, sd, partial(_bought, drawn, dispersion, count, duration), random)
    slopes, variances = np.array(found[BURN_IN:]).T
    told, missing = combined(slopes, variances, len(rows))
    score = rows["score"].to_numpy(float)
    raw, raw_covariance, _ = _poisson(count, duration, (score - score.mean()) / score.std())
    raw_ratio = ratio(raw[1], np.sqrt(raw_covariance[1, 1]), len(rows))
    return AttitudeEffect(
        told,
        raw_ratio,
        _attenuation(told, raw_ratio),
        missing,
        None,
        None,
        len(rows),
        int(count.sum()),
        outcome="buying",
    )


def _rows(frame: pd.DataFrame, outcome: tuple[str, str], levels: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row a spell."""
    needed = ("attitude", "attitude_sd", "score", *outcome)
    if missing := [name for name in (*needed, *levels) if name not in frame.columns]:
        there = ", ".join(map(str, frame.columns))
        raise InvalidAnswers(f"later behaviour: the frame lacks {missing[0]!r}; it has: {there}")
    if not np.isfinite(frame[list(needed)].to_numpy(float)).all():
        raise InvalidAnswers(f"later behaviour: {', '.join(needed)} must be finite; leave out who did not answer")
    if empty := [name for name in levels if frame[name].isna().any()]:
        raise InvalidAnswers(f"later behaviour: {empty[0]!r} has empty values; give who has none a level of their own")
    n = frame["n"].to_numpy(int) if "n" in frame.columns else np.ones(len(frame), int)
    rows = frame.loc[frame.index.repeat(n), [*needed, *levels]].reset_index(drop=True)
    return rows.astype(dict.fromkeys(needed, float))


def _checked(imputations: int) -> int:
    if imputations < 2:
        raise InvalidValue(f"imputations must be at least 2, found {imputations}")
    return imputations


def _survived(coefficient: float, hazard: Array, event: Array, attitude: Array) -> Array:
    """(rows, nodes) log-likelihood of a spell."""
    told: Array = event[:, None] * coefficient * attitude - hazard[:, None] * np.exp(coefficient * attitude)
    return told


def _bought(coefficients: Array, dispersion: float, count: Array, duration: Array, attitude: Array) -> Array:
    """(rows, nodes) log-likelihood of a count; Poisson's where there is no dispersion."""
    expected = duration[:, None] * np.exp(coefficients[0] + coefficients[1] * attitude)
    if dispersion <= 0:
        return np.asarray(count[:, None] * np.log(expected) - expected)
    more = np.log1p(dispersion * expected)
    return np.asarray(count[:, None] * (np.log(expected) - more) - more / dispersion)


def _poisson(count: Array, duration: Array, attitude: Array) -> tuple[Array, Array, float]:
    """Intercept and slope by maximum likelihood, their robust covariance, and the dispersion of the counts."""
    design = np.column_stack([np.ones(len(count)), attitude])
    coefficients = np.array([np.log(count.sum() / duration.sum()), 0.0])
    for _ in range(_MOST_STEPS):
        expected = duration * np.exp(design @ coefficients)
        information = (design * expected[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (count - expected))
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-10:
            break
    else:
        raise NotConverged("buying: the Poisson regression on the attitude found no maximum")
    inverse = np.linalg.inv(information)
    scores = design * (count - expected)[:, None]
    dispersion = float((((count - expected) ** 2 - expected).sum()) / (expected**2).sum())
    return coefficients, inverse @ (scores.T @ scores) @ inverse, dispersion


def _attenuation(told: Estimate, raw: Estimate) -> float:
    if told.low <= 1 <= told.high:
        return float("nan")
    return float(np.log(raw.value) / np.log(told.value))
