"""Loyalty classes: how many customers are loyal by attitude, by behaviour, by both or by neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.loyalty.customers.behaviour import Kind, Scale, error_of, off_scale, on_scale
from cxmodels.loyalty.customers.joint import Population, measured, population, posterior
from cxmodels.loyalty.customers.quadrants import QUADRANTS, quadrants
from cxmodels.loyalty.effects.drawn import LEVEL, limits
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, TooFewRespondents

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

DRAWS, FEWEST_DRAWS, SEED = 400, 100, 20_260_930
_NUMBERS = 4_000_000
"""Draws × rows: beyond, fewer draws are made."""
FEWEST = 30
MEDIAN = "median"
Cut = float | str
"""A value, or ``"median"``: high is what the upper half of customers are."""
PROBABILITIES = tuple(f"p_{name}" for name in QUADRANTS)
NEEDED = ("attitude", "attitude_sd", "behaviour")


@dataclass(frozen=True, eq=False)
class LoyaltyClasses:
    """Customers by attitude and behaviour (Dick & Basu 1994).

    Attributes
    ----------
    shares
        One row a class, in the order true loyalty (attitude and behaviour high), latent (attitude alone), spurious
        (behaviour alone), no loyalty: expected ``share`` of the customers with 95 % limits, by their weights,
        ``by_chance``, what it would be if attitude and behaviour had nothing to do with each other, and
        ``customers``, who are counted; where a value was passed in, ``value`` a customer with limits and
        ``value_share`` of all value.
    cells
        As passed in, with the probabilities ``p_true, p_latent, p_spurious, p_none`` of each customer of a row.
    association
        Correlation of attitude and behaviour themselves, with 95 % limits.
    seen_association
        That of their measurements, which errors draw towards 0; NaN where all are alike.
    attitude_cut, behaviour_cut
        Above which either is high; of attitude in standard deviations, of behaviour on its own scale.
    told
        How high and low were parted, in a sentence.
    customers
        How many are classed.
    values_differ
        Whether customers of some class are told to be worth more than those of another, all pairs compared at 95 %;
        False without a value.
    min_cell
        The fewest customers a class must hold to be shown.
    scale, kind, level
        Of behaviour, as asked for.
    """

    shares: pd.DataFrame
    cells: pd.DataFrame
    association: Estimate
    seen_association: float
    attitude_cut: float
    behaviour_cut: float
    told: str
    customers: int
    values_differ: bool = False
    min_cell: int = 1
    scale: Scale = "logit"
    kind: Kind = "predicted"
    level: float = 0.95

    @property
    def related(self) -> bool:
        """Whether attitude and behaviour are told to go together; where not, the classes are as large as by chance."""
        return self.association.low > 0 or self.association.high < 0

    def shown(self) -> pd.DataFrame:
        """`shares`, without the numbers of classes that fewer than `min_cell` customers are expected in."""
        hidden = self.shares["customers"] < self.min_cell
        if hidden.sum() == 1:  # the rest to 1 would tell it
            hidden |= self.shares["customers"] == self.shares.loc[~hidden, "customers"].min()
        blank = self.shares.columns.difference(["quadrant"])
        return self.shares.assign(**{name: self.shares[name].mask(hidden) for name in blank})[self.shares.columns]


def classes_of(
    cells: pd.DataFrame,
    *,
    attitude_cut: Cut = MEDIAN,
    behaviour_cut: Cut = MEDIAN,
    scale: Scale = "logit",
    kind: Kind = "predicted",
    level: float = 0.95,
    draws: int = DRAWS,
    seed: int = SEED,
    min_cell: int = 1,
) -> LoyaltyClasses:
    """Class customers by what is measured of them.

    Parameters
    ----------
    cells
        One row a group of alike customers: ``attitude``, an unbiased score such as Bartlett's (`construct_scores`) and
        ``attitude_sd`` of its error; ``behaviour``, with ``low`` and ``high`` limits where there are; ``n`` customers
        (1 without) and ``weight``, the sum of their weights (`n` without); ``value`` of each where it is to be told.
    attitude_cut, behaviour_cut
        A value, so that months can be compared and everybody may be loyal; or ``"median"``, which follows Dick & Basu
        in calling an attitude high relative to others. Of behaviour on the scale it comes in, such as a chance of .9.
    scale
        On which behaviour is near to normal.
    kind
        Whether behaviour is a forecast, whose limits say how far the customer's own may lie from it, or a measurement,
        whose limits say how far it may lie from the customer's own.
    level
        Of the limits of behaviour.
    draws, seed
        Of the doubt.
    min_cell
        For `LoyaltyClasses.shown`.

    Raises
    ------
    InvalidAnswers
        When a column is missing, or an attitude is not finite.
    InvalidValue
        When a cut is neither a number nor ``"median"``, or behaviour is off its scale.
    TooFewRespondents
        When there are fewer than 30 customers.

    Notes
    -----
    Attitude and behaviour are a normal pair. Its moments are those of the measurements less those of their errors
    (`population`); each customer's probabilities are those of the pair given both measurements (`posterior`). Plugging
    scores in instead, or multiplying the probabilities of either, would lose part of the association and with it move
    customers out of true loyalty. Doubt is that of which customers there are, by the Bayesian bootstrap (Rubin 1981,
    Annals of Statistics 9), and of the moments, which are estimated anew in each draw.
    """
    values, errors, n, weight = measurements(cells, scale=scale, kind=kind, level=level)
    told = _told(values, errors, weight, attitude_cut, behaviour_cut, scale)
    found = quadrants(*posterior(values, errors, told.of), told.cut)
    worth = cells["value"].to_numpy(float) if "value" in cells.columns else None
    random = np.random.default_rng(seed)
    shares, correlations, each, parts = [], [], [], []
    for _ in range(int(np.clip(_NUMBERS // len(n), min(FEWEST_DRAWS, draws), draws))):
        drawn = random.standard_gamma(n) * (weight / n)
        again = _told(values, errors, drawn, attitude_cut, behaviour_cut, scale)
        chances = quadrants(*posterior(values, errors, again.of), again.cut)
        weighed = drawn @ chances
        shares.append(weighed / drawn.sum())
        correlations.append(_correlation(again.of))
        if worth is not None:
            money = (drawn * worth) @ chances
            each.append(money / weighed)
            parts.append(money / money.sum())
    share = weight @ found / weight.sum()
    low, high = limits(np.array(shares))
    table = pd.DataFrame({"quadrant": QUADRANTS, "share": share, "low": np.minimum(low, share),
                          "high": np.maximum(high, share), "by_chance": _by_chance(share),
                          "customers": n @ found})  # fmt: skip
    if worth is not None:
        money = (weight * worth) @ found
        below, above = limits(np.array(each))
        table = table.assign(
            value=money / (weight @ found), value_low=below, value_high=above, value_share=money / money.sum()
        )
    correlation = _correlation(told.of)
    sides = limits(np.array(correlations))
    customers = int(n.sum())
    seen = np.cov(values.T, aweights=weight)
    return LoyaltyClasses(
        table,
        cells.assign(**dict(zip(PROBABILITIES, found.T, strict=True))),
        Estimate(correlation, min(float(sides[0]), correlation), max(float(sides[1]), correlation), "r", customers),
        float(seen[0, 1] / np.sqrt(seen[0, 0] * seen[1, 1])) if seen[0, 0] * seen[1, 1] > 0 else float("nan"),
        float(told.cut[0]),
        off_scale(float(told.cut[1]), scale),
        _words(attitude_cut, behaviour_cut),
        customers,
        _differ(each),
        min_cell,
        scale,
        kind,
        level,
    )


def measurements(cells: pd.DataFrame, *, scale: Scale, kind: Kind, level: float) -> tuple[Array, Array, Array, Array]:
    """(rows, 2) attitude and behaviour, (rows, 2) variances of their errors, (rows,) customers and their weights."""
    if missing := [name for name in NEEDED if name not in cells.columns]:
        raise InvalidAnswers(f"classes: the cells lack {missing[0]!r}; they have: {', '.join(map(str, cells.columns))}")
    if kind not in ("predicted", "measured"):
        raise InvalidValue(f"behaviour: kind must be 'predicted' or 'measured', found {kind!r}")
    attitude, sd = (cells[name].to_numpy(float) for name in NEEDED[:2])
    if not (np.isfinite(attitude) & np.isfinite(sd) & (sd >= 0)).all():
        raise InvalidAnswers("classes: attitudes and their standard deviations must be finite; leave out who has none")
    n = cells["n"].to_numpy(float) if "n" in cells.columns else np.ones(len(cells))
    if n.sum() < FEWEST:
        raise TooFewRespondents(
            f"classes: {FEWEST} customers with attitude and behaviour are needed, found {n.sum():g}"
        )
    weight = cells["weight"].to_numpy(float) if "weight" in cells.columns else n
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise InvalidAnswers("classes: weights must be finite and above 0; leave out who has none")
    behaviour = on_scale(cells["behaviour"].to_numpy(float), scale)
    error = np.zeros(len(cells))
    if {"low", "high"} <= set(cells.columns):
        error = error_of(cells["low"].to_numpy(float), cells["high"].to_numpy(float), scale, level)
    if kind == "predicted":
        behaviour, error = measured(behaviour, error, weight)
    return np.column_stack([attitude, behaviour]), np.column_stack([sd**2, error]), n, weight


@dataclass(frozen=True, eq=False)
class _Told:
    of: Population
    cut: Array


def _told(values: Array, errors: Array, weight: Array, attitude: Cut, behaviour: Cut, scale: Scale) -> _Told:
    """The population and what is high in it."""
    of = population(values, errors, weight)
    cut = np.empty(2)
    for place, asked in enumerate((attitude, behaviour)):
        if asked == MEDIAN:
            # of attitudes, which have large errors, the normal's; behaviour may be anything but symmetric
            cut[place] = of.mean[0] if place == 0 else _median(values[:, 1], weight)
        elif isinstance(asked, int | float) and np.isfinite(asked):
            cut[place] = asked if place == 0 else on_scale(np.array([asked]), scale)[0]
        else:
            raise InvalidValue(f"classes: a cut is a number or 'median', found {asked!r}")
    return _Told(of, cut)


def _median(values: Array, weight: Array) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])


def _correlation(of: Population) -> float:
    return float(of.covariance[0, 1] / np.sqrt(of.covariance[0, 0] * of.covariance[1, 1]))


def _by_chance(share: Array) -> Array:
    """(4,) the products of the margins, in the order of `QUADRANTS`."""
    attitude, behaviour = share[0] + share[1], share[0] + share[2]
    return np.outer([attitude, 1 - attitude], [behaviour, 1 - behaviour]).ravel()


def _differ(drawn: list[Array]) -> bool:
    """Whether any two of (draws, 4) values are told apart, at a level for as many as are compared (Bonferroni)."""
    if not drawn:
        return False
    one, other = np.triu_indices(len(QUADRANTS), 1)
    values = np.array(drawn)
    low, high = limits(values[:, one] - values[:, other], 1 - (1 - LEVEL) / len(one))
    return bool(((low > 0) | (high < 0)).any())


def _words(attitude: Cut, behaviour: Cut) -> str:
    parts = [
        f"{what} is high {'in the upper half of customers' if cut == MEDIAN else f'above {cut:g}{unit}'}"
        for what, cut, unit in (("An attitude", attitude, " standard deviations"), ("behaviour", behaviour, ""))
    ]
    return f"{parts[0]}, {parts[1]}."
