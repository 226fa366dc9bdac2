"""Movement between loyalty classes from one time to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.loyalty.customers.behaviour import Kind, Scale, on_scale
from cxmodels.loyalty.customers.classes import measurements
from cxmodels.loyalty.customers.joint import population, posterior
from cxmodels.loyalty.customers.quadrants import QUADRANTS, of_points
from cxmodels.loyalty.effects.drawn import limits
from cxmodels.loyalty.errors import InvalidAnswers

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

DRAWS, EACH, SEED = 200, 10, 20_260_930
_NUMBERS, _LITTLE = 8_000_000, 1e-10
BEFORE, AFTER = "before", "after"
MOVES = ["before", "after", "share", "low", "high", "of_before", "of_before_low", "of_before_high", "customers"]


@dataclass(frozen=True, eq=False)
class Movement:
    """From class to class, of customers who answered at both times.

    Attributes
    ----------
    moves
        One row a pair of classes: expected ``share`` of the customers who were in ``before`` and are in ``after``,
        ``of_before``, the share of those who were in ``before``, each with 95 % limits, and ``customers``, counted.
    changes
        One row a class: its shares ``before`` and ``after``, their ``change`` with 95 % limits, whether it is
        ``real`` (the limits leave out 0), and how many ``customers`` it had at the time when it had fewer.
    stayed
        Expected share of customers whose class is the same at both times, with 95 % limits.
    customers
        How many answered at both times.
    min_cell
        The fewest customers a move must be expected of to be shown.
    """

    moves: pd.DataFrame
    changes: pd.DataFrame
    stayed: Estimate
    customers: int
    min_cell: int = 1

    def shown(self) -> pd.DataFrame:
        """`moves`, without the numbers of those that fewer than `min_cell` customers are expected to have made."""
        return _without(self.moves, ["before", "after"], self.moves["customers"] < self.min_cell)

    def changes_shown(self) -> pd.DataFrame:
        """`changes`, without the numbers of classes that at either time had fewer than `min_cell` customers."""
        few = self.changes["customers"] < self.min_cell
        if few.sum() == 1:  # the rest to 1 would tell it
            few |= self.changes["customers"] == self.changes.loc[~few, "customers"].min()
        return _without(self.changes, ["quadrant"], few)


def movement_of(
    pairs: pd.DataFrame,
    *,
    attitude_cut: float,
    behaviour_cut: float,
    scale: Scale = "logit",
    kind: Kind = "predicted",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
    min_cell: int = 1,
) -> Movement:
    """How customers moved between classes that are parted the same way at both times.

    Parameters
    ----------
    pairs
        One row a group of alike customers: the columns of `classes_of`, each followed by ``_before`` and by
        ``_after``; ``n`` and ``weight``, the sum of their weights, without an ending. Both attitudes must be on one
        scale: score the later answers by the earlier fit.
    attitude_cut, behaviour_cut
        Those of the earlier `LoyaltyClasses`.
    min_cell
        For `Movement.shown`.

    Raises
    ------
    InvalidAnswers, InvalidValue, TooFewRespondents
        As for `classes_of`.

    Notes
    -----
    Attitude and behaviour at both times are four normal quantities, whose correlations, over time too, are those of
    the measurements less their errors (`population`). Comparing two classifications instead would count as movement
    what is nothing but error. Drawn from the posterior of the four, with the Bayesian bootstrap over customers.
    """
    times = []
    for time in (BEFORE, AFTER):
        own = {name: name.removesuffix(f"_{time}") for name in pairs.columns if str(name).endswith(f"_{time}")}
        if not own:
            raise InvalidAnswers(
                f"movement: no column ends in _{time}; there are: {', '.join(map(str, pairs.columns))}"
            )
        count = {name: pairs[name] for name in ("n", "weight") if name in pairs.columns}
        times.append(
            measurements(pairs[[*own]].rename(columns=own).assign(**count), scale=scale, kind=kind, level=level)
        )
    values, errors = (np.hstack([times[0][place], times[1][place]]) for place in (0, 1))
    n, weight = times[0][2:]
    cut = np.array([attitude_cut, on_scale(np.array([behaviour_cut]), scale)[0]])
    random = np.random.default_rng(seed)
    size = int(np.clip(_NUMBERS // (len(n) * EACH), 50, draws))
    whole = np.mean([_moved(values, errors, weight, np.stack([weight, n]), cut, random) for _ in range(20)], axis=0)
    told, customers = whole[0] / whole[0].sum(), whole[1]
    drawn = np.empty((size, 4, 4))
    for place in range(size):
        again = random.standard_gamma(n) * (weight / n)
        drawn[place] = _moved(values, errors, again, again[None], cut, random)[0] / again.sum()
    same, kept = float(np.trace(told)), np.trace(drawn, axis1=1, axis2=2)
    low, high = limits(kept)
    stayed = Estimate(same, min(float(low), same), max(float(high), same), "share", int(n.sum()))
    return Movement(_moves(told, drawn, customers), _changes(told, drawn, customers), stayed, int(n.sum()), min_cell)


def _without(table: pd.DataFrame, keys: list[str], few: pd.Series) -> pd.DataFrame:
    """A table without the numbers of the rows that tell of few."""
    blank = table.columns.difference(keys)
    return table.assign(**{name: table[name].mask(few) for name in blank})[table.columns]


def _moved(
    values: Array, errors: Array, weight: Array, counted: Array, cut: Array, random: np.random.Generator
) -> Array:
    """(k, 4, 4) sums of (k, rows) from class to class, by draws of each row's quantities."""
    mean, covariance = posterior(values, errors, population(values, errors, weight))
    # what is known exactly leaves nothing open, and a little lets it have a root
    root = np.linalg.cholesky(covariance + _LITTLE * np.eye(4))
    points = mean[:, None] + np.einsum("rij,rdj->rdi", root, random.standard_normal((len(values), EACH, 4)))
    from_, to = (of_points(points[..., part], cut) for part in (slice(0, 2), slice(2, 4)))
    move = (4 * from_ + to).ravel()
    sums = [np.bincount(move, weights=np.repeat(each / EACH, EACH), minlength=16) for each in counted]
    return np.array(sums).reshape(-1, 4, 4)


def _moves(told: Array, drawn: Array, customers: Array) -> pd.DataFrame:
    of_before = told / told.sum(axis=1, keepdims=True)
    low, high = limits(drawn)
    below, above = limits(drawn / drawn.sum(axis=2, keepdims=True))
    rows = [
        (
            QUADRANTS[i], QUADRANTS[j], told[i, j], min(low[i, j], told[i, j]), max(high[i, j], told[i, j]),
            of_before[i, j], min(below[i, j], of_before[i, j]), max(above[i, j], of_before[i, j]),
            customers[i, j],
        )
        for i in range(4)
        for j in range(4)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=MOVES)


def _changes(told: Array, drawn: Array, customers: Array) -> pd.DataFrame:
    before, after = told.sum(axis=1), told.sum(axis=0)
    low, high = limits(drawn.sum(axis=1) - drawn.sum(axis=2))
    return pd.DataFrame(
        {
            "quadrant": QUADRANTS,
            "before": before,
            "after": after,
            "change": after - before,
            "low": low,
            "high": high,
            "real": (low > 0) | (high < 0),
            "customers": np.minimum(customers.sum(axis=1), customers.sum(axis=0)),
        }
    )
