"""Must-have or delighter: what low scores on a driver take from the target, and what high ones give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.estimate import REAL
from cxmodels.feedback.drivers.asked import Question
from cxmodels.feedback.drivers.respondents import UNITS, Respondents, respondents
from cxmodels.feedback.drivers.sums import DRAWS, SEED, block_sums
from cxmodels.feedback.errors import InvalidValue, TooFewCustomers

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

type Array = NDArray[np.float64]

MIDDLE = (0.4, 0.6)
"""Of a scale from 0 to 1, what is neither low nor high: 3 of 1 to 5, 4 of 1 to 7, 5 and 6 of 1 to 10."""
CLASSES = ("must-have", "performance", "delighter", "idle")
OPEN = "open"
_ASYMMETRY, _LITTLE = 0.2, 1e-6
COLUMNS = [
    "driver", "class", "likeliest", "probability", "penalty", "penalty_low", "penalty_high", "reward", "reward_low",
    "reward_high", *CLASSES, "low", "middle", "high",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class PenaltyReward:
    """What low and high scores on each driver go with, against middling ones.

    Attributes
    ----------
    target
        What is explained.
    table
        One row a driver, the largest spread from penalty to reward first: ``class``, one of `CLASSES` where its
        probability is at least .975, else ``"open"``; ``likeliest`` class and its ``probability``; ``penalty`` and
        ``reward``, by how many points of its scale the target differs at low and at high scores from that at middling
        ones, the other drivers equal, with 95 % limits; the probability of each class; ``low``, ``middle``, ``high``,
        customers who gave such scores.
    hidden
        Drivers left out because fewer customers gave low, middling or high scores than may be told of.
    kind, survey, responses, customers
        As for `DriverWeights`.
    """

    target: str
    table: pd.DataFrame
    hidden: tuple[str, ...]
    kind: str
    survey: str
    responses: int
    customers: int


def penalty_reward(
    snapshot: Snapshot,
    target: str = "nps",
    drivers: str | Iterable[str] | None = None,
    *,
    kind: str | None = None,
    survey: str | None = None,
    since: date | None = None,
    until: date | None = None,
    weights: ir.Table | None = None,
    middle: tuple[float, float] = MIDDLE,
    draws: int = DRAWS,
    seed: int = SEED,
) -> PenaltyReward:
    """Regress the target on low and high scores of all drivers together.

    Parameters
    ----------
    snapshot, target, drivers, kind, survey, since, until, weights, draws, seed
        As for `driver_weights`; drivers are scores.
    middle
        Shares of a scale: below the first a score is low, above the second it is high.

    Raises
    ------
    TooFewCustomers
        When no driver has enough customers with low, middling and high scores.
    InvalidValue
        When `middle` does not lie within 0 and 1 in rising order, or a driver is no score.
    UnknownMetric, UnknownColumn, MixedKinds, NoScores, TooFewAnswers, AliasedDrivers
        As for `driver_weights`.

    Notes
    -----
    Penalty–reward contrast analysis (Brandt 1987; Matzler & Sauerwein 2002, International Journal of Service Industry
    Management 13). With penalty p and reward r, both 0 or more, (r - p)/(r + p) below -.2 is a must-have, above .2 a
    delighter, between a driver of performance (Mikulić & Prebežac 2008, Managing Service Quality 18); where high scores
    do not lie above low ones it is idle. Probabilities are shares of bootstraps of customers.
    """
    if not 0 < middle[0] <= middle[1] < 1:
        raise InvalidValue(f"middle: two rising shares between 0 and 1 are required, found {middle!r}")
    people = respondents(
        snapshot, target, drivers, kind=kind, survey=survey, since=since, until=until, weights=weights, facts=False
    )
    sides = {question.name: _sides(people, at, middle) for at, question in enumerate(people.questions)}
    counted = _customers(people, sides)
    shown = counted.index[(counted >= max(people.min_cell, 1)).all(axis=1)]
    if shown.empty:
        raise TooFewCustomers("penalty_reward: no driver has enough customers with low, middling and high scores")
    columns = {target: people.table.y}
    for name in shown:
        columns |= {f"{name} ({side})": sides[name][side].cast("int64") * UNITS for side in ("low", "high")}
    sums = block_sums(people.table, columns, people.customers)
    value = contrasts(sums.covariance[None])[0]
    table = classified(value, contrasts(sums.drawn(draws, seed)[1]), list(shown)).join(counted, on="driver")
    table = table.assign(spread=table["reward"] - table["penalty"]).sort_values("spread", ascending=False)
    return PenaltyReward(
        target=target,
        table=table.reset_index(drop=True)[COLUMNS],
        hidden=tuple(name for name in counted.index if name not in shown),
        kind=people.common.kind,
        survey=people.common.survey,
        responses=people.responses,
        customers=people.customers,
    )


def contrasts(covariance: Array) -> Array:
    """(batch, drivers, 2) coefficients of low and high scores from (batch, 1 + 2 drivers, 1 + 2 drivers) covariances.

    The target is first, then low and high of each driver. Where they cannot be told apart they are the shortest that
    fit equally well.
    """
    inverse = np.linalg.pinv(covariance[:, 1:, 1:], hermitian=True)
    found: Array = np.einsum("bij,bj->bi", inverse, covariance[:, 1:, 0])
    return found.reshape(len(covariance), -1, 2)


def classified(value: Array, drawn: Array, names: list[str]) -> pd.DataFrame:
    """Penalty, reward and class of each driver.

    Parameters
    ----------
    value
        (drivers, 2) coefficients of low and of high scores.
    drawn
        (draws, drivers, 2) the same with their doubt.
    """
    penalty, reward = np.maximum(-drawn[..., 0], 0), np.maximum(drawn[..., 1], 0)
    spread = penalty + reward
    asymmetry = np.divide(reward - penalty, spread, out=np.zeros_like(spread), where=spread > 0)
    idle = drawn[..., 1] <= drawn[..., 0]
    of = {
        "must-have": ~idle & (asymmetry < -_ASYMMETRY),
        "performance": ~idle & (np.abs(asymmetry) <= _ASYMMETRY),
        "delighter": ~idle & (asymmetry > _ASYMMETRY),
        "idle": idle,
    }
    chances = pd.DataFrame({name: each.mean(axis=0) for name, each in of.items()})
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    likeliest, probability = chances.idxmax(axis=1), chances.max(axis=1)
    return pd.DataFrame(
        {
            "driver": names,
            "class": likeliest.where(probability >= REAL, OPEN),
            "likeliest": likeliest,
            "probability": probability,
            "penalty": value[:, 0],
            "penalty_low": low[:, 0],
            "penalty_high": high[:, 0],
            "reward": value[:, 1],
            "reward_low": low[:, 1],
            "reward_high": high[:, 1],
        }
    ).join(chances)


def _sides(people: Respondents, place: int, middle: tuple[float, float]) -> dict[str, ir.BooleanValue]:
    """Whether a score is low, and whether it is high."""
    question: Question = people.questions[place]
    score = people.table[f"x{place}"]
    bounds = [question.low + share * (question.high - question.low) for share in middle]
    # a score that lies on a bound lies in the middle
    return {"low": score < bounds[0] * UNITS - _LITTLE, "high": score > bounds[1] * UNITS + _LITTLE}


def _customers(people: Respondents, sides: dict[str, dict[str, ir.BooleanValue]]) -> pd.DataFrame:
    """Customers with low, middling and high scores, one row a driver."""
    asked: dict[str, ir.Value] = {}
    for name, of in sides.items():
        cluster = people.table.cluster
        asked |= {f"low:{name}": cluster.nunique(where=of["low"]), f"high:{name}": cluster.nunique(where=of["high"])}
        asked[f"middle:{name}"] = cluster.nunique(where=~of["low"] & ~of["high"])
    found = people.table.aggregate(**asked).to_pandas().iloc[0]
    return pd.DataFrame(
        {side: [int(found[f"{side}:{name}"]) for name in sides] for side in ("low", "middle", "high")}, index=[*sides]
    )
