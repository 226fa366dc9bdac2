"""Movement between loyalty classes from one time to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

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
CHANGES = ["quadrant", "before", "after", "change", "low", "high", "real"]


@dataclass(frozen=True, eq=False)
class Movement:
    """From class to class, of customers who answered at both times.

    Attributes
    ----------
    moves
        One row a pair of classes: expected ``share`` of the customers who were in ``before`` and are in ``after``,
        ``of_before``, the share of those who were in ``before``, each with 95 % limits, and ``customers``.
    changes
        One row a class: its shares ``before`` and ``after``, their ``change`` with 95 % limits, and whether it is
        ``real``: the limits leave out 0.
    stayed
        Expected share of customers whose class is the same at both times.
    customers
        How many answered at both times.
    min_cell
        The fewest customers a move must be expected of to be shown.
    """

    moves: pd.DataFrame
    changes: pd.DataFrame
    stayed: float
    customers: int
    min_cell: int = 1

    def shown(self) -> pd.DataFrame:
        """`moves`, without the numbers of those that fewer than `min_cell` customers are expected to have made."""
        blank = self.moves.columns.difference(["before", "after"])
        few = self.moves["customers"] < self.min_cell
        return self.moves.assign(**{name: self.moves[name].mask(few) for name in blank})[self.moves.columns]


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
        ``_after``, and ``n``. Both attitudes must be on one scale: score the later answers by the earlier fit.
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
        count = {"n": pairs["n"]} if "n" in pairs.columns else {}
        times.append(
            measurements(pairs[[*own]].rename(columns=own).assign(**count), scale=scale, kind=kind, level=level)
        )
    values, errors = (np.hstack([times[0][place], times[1][place]]) for place in (0, 1))
    n = times[0][2]
    cut = np.array([attitude_cut, on_scale(np.array([behaviour_cut]), scale)[0]])
    random = np.random.default_rng(seed)
    size = int(np.clip(_NUMBERS // (len(n) * EACH), 50, draws))
    told = np.mean([_moved(values, errors, n, n, cut, random) for _ in range(20)], axis=0)
    drawn = np.array([_moved(values, errors, n, random.standard_gamma(n), cut, random) for _ in range(size)])
    return Movement(_moves(told, drawn, n.sum()), _changes(told, drawn), float(np.trace(told)), int(n.sum()), min_cell)


def _moved(values: Array, errors: Array, n: Array, weight: Array, cut: Array, random: np.random.Generator) -> Array:
    """(4, 4) share of customers from class to class, by draws of each row's quantities."""
    mean, covariance = posterior(values, errors, population(values, errors, weight))
    # what is known exactly leaves nothing open, and a little lets it have a root
    root = np.linalg.cholesky(covariance + _LITTLE * np.eye(4))
    points = mean[:, None] + np.einsum("rij,rdj->rdi", root, random.standard_normal((len(n), EACH, 4)))
    from_, to = (of_points(points[..., part], cut) for part in (slice(0, 2), slice(2, 4)))
    flat = np.bincount((4 * from_ + to).ravel(), weights=np.repeat(weight, EACH), minlength=16)
    share: Array = flat.reshape(4, 4) / flat.sum()
    return share


def _moves(told: Array, drawn: Array, customers: float) -> pd.DataFrame:
    of_before = told / told.sum(axis=1, keepdims=True)
    low, high = limits(drawn)
    below, above = limits(drawn / drawn.sum(axis=2, keepdims=True))
    rows = [
        (
            QUADRANTS[i], QUADRANTS[j], told[i, j], min(low[i, j], told[i, j]), max(high[i, j], told[i, j]),
            of_before[i, j], min(below[i, j], of_before[i, j]), max(above[i, j], of_before[i, j]),
            told[i, j] * customers,
        )
        for i in range(4)
        for j in range(4)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=MOVES)


def _changes(told: Array, drawn: Array) -> pd.DataFrame:
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
        }
    )
