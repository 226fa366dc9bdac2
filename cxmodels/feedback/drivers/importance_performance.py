"""What to improve first: how much each driver goes with the target, and how well it is done today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import REAL
from cxmodels.feedback.drivers.driver_weights import driver_sums
from cxmodels.feedback.drivers.respondents import respondents
from cxmodels.feedback.drivers.sums import DRAWS, SEED
from cxmodels.feedback.errors import InvalidValue
from cxmodels.relative_importance import correlations, lmg

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

COLUMNS = [
    "driver", "importance", "importance_low", "importance_high", "performance", "performance_low", "performance_high",
    "important", "low", "first",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class ImportancePerformance:
    """Drivers by what goes with them and how they stand.

    Attributes
    ----------
    target
        What is driven.
    table
        One row a driver, the most important first: ``importance``, its share of what all explain (LMG);
        ``performance``, its mean score from 0, everybody the lowest, to 100, everybody the highest; both with 95 %
        limits. ``important`` and ``low``: probabilities that it weighs more than the average driver and scores less
        than the average driver. ``first``: whether both are at least .975, so that it should be improved first.
    kind, survey, responses, customers
        As for `DriverWeights`.
    """

    target: str
    table: pd.DataFrame
    kind: str
    survey: str
    responses: int
    customers: int


def importance_performance(
    snapshot: Snapshot,
    target: str = "nps",
    drivers: str | Iterable[str] | None = None,
    *,
    kind: str | None = None,
    survey: str | None = None,
    since: date | None = None,
    until: date | None = None,
    weights: ir.Table | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> ImportancePerformance:
    """Set the importance of scores beside their performance.

    Parameters
    ----------
    snapshot, target, drivers, kind, survey, since, until, weights, draws, seed
        As for `driver_weights`; drivers are at least two scores.

    Raises
    ------
    InvalidValue
        When there is one driver alone, or one is no score.
    UnknownMetric, UnknownColumn, MixedKinds, NoScores, TooFewAnswers, AliasedDrivers
        As for `driver_weights`.

    Notes
    -----
    Martilla & James (1977), Journal of Marketing 41, with importance derived from the scores. Both doubts come from the
    same bootstraps of customers.
    """
    people = respondents(
        snapshot, target, drivers, kind=kind, survey=survey, since=since, until=until, weights=weights, facts=False
    )
    if len(people.questions) < 2:
        raise InvalidValue("importance_performance: at least two drivers are required to be compared, found one")
    sums, _ = driver_sums(people)
    low = np.array([question.low for question in people.questions])
    width = np.array([question.high for question in people.questions]) - low
    means, covariances = sums.drawn(draws, seed)
    # the target comes first in the sums and last for LMG
    order = [*range(1, len(sums.names)), 0]
    importance, drawn = (_shares(each[:, order][:, :, order]) for each in (sums.covariance[None], covariances))
    performance, scored = (100 * (each[..., 1:] - low) / width for each in (sums.centre, means))
    important = (drawn > 1 / len(low)).mean(axis=0)
    behind = (scored < scored.mean(axis=1, keepdims=True)).mean(axis=0)
    sides, ends = (np.quantile(each, [0.025, 0.975], axis=0) for each in (drawn, scored))
    table = pd.DataFrame(
        {
            "driver": [question.name for question in people.questions],
            "importance": importance[0],
            "importance_low": sides[0],
            "importance_high": sides[1],
            "performance": performance,
            "performance_low": ends[0],
            "performance_high": ends[1],
            "important": important,
            "low": behind,
            "first": (important >= REAL) & (behind >= REAL),
        }
    )
    return ImportancePerformance(
        target=target,
        table=table.sort_values("importance", ascending=False, ignore_index=True)[COLUMNS],
        kind=people.common.kind,
        survey=people.common.survey,
        responses=people.responses,
        customers=people.customers,
    )


def _shares(covariance: np.ndarray) -> np.ndarray:
    parts = lmg(correlations(covariance))
    return parts / parts.sum(axis=1, keepdims=True)
