"""How few customers hold how much, who they are, and how sure of that anybody can be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.model import Array
from cxmodels.clv.value.drawn import from_draws
from cxmodels.clv.value.lorenz import TOP, concentration_curve, gini, in_top
from cxmodels.estimate import Estimate

SURE = (0.5, 0.75, 0.9)
"""How probable a place among the best is asked to be."""
POINTS = 101
_SORTED = 100
"""Draws that are sorted in full for the curve of what comes; its shares and odds use all."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Customers, one a row, with what they may bring.

    Attributes
    ----------
    past
        (rows,) what each has paid so far; NaN in every row where that is not known.
    expected
        (rows, draws) expected value to come under each draw of the parameters.
    realised
        (rows, draws) one possible future of each customer under each draw.
    customers
        How many the rows stand for: more than rows where they are a sample.
    currency
        The study's.
    min_cell
        The fewest customers that may be spoken of.
    """

    past: Array
    expected: Array
    realised: Array
    customers: int
    currency: str
    min_cell: int = 1


@dataclass(frozen=True, eq=False)
class Concentration:
    """How few customers hold how much. *Named* are the `top` of customers with the highest expected value today.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can. Everything else is empty otherwise.
    top
        Share of the customers that is looked at.
    customers
        Of the base.
    past_share
        Share of past revenue held by those who paid most; counted. None where no past revenue is known.
    named_share
        Share of the value to come that the named will bring.
    hindsight_share
        Share that the best will turn out to have brought, whoever they are: never less than `named_share`, by what
        nobody can know today.
    past_named_share
        Share of the value to come that the best payers of the past will bring; None as above.
    overlap
        Share of the best payers of the past who are among the named; counted. None as above.
    right
        Share of the named who will be among the best.
    steady
        Share of the named who would be named under other parameters that the data allow.
    certainty
        One row for each of `SURE`: ``probability``, ``customers`` of the named whose probability to be among the best
        is at least that, ``share`` of the named.
    odds
        (points,) for the named from the surest down: probability to be among the best; evenly spaced over them.
    gini_past, gini_named, gini_hindsight
        Gini's index of past revenue, of expected value and of the value that comes.
    curve
        Tidy, `POINTS` rows: ``customers`` (share of them, best first), ``past``, ``named, named_low, named_high``,
        ``hindsight`` (shares of the money).
    currency
        The study's.
    min_cell
        The fewest customers that may be spoken of.

    Notes
    -----
    Intervals are 95 % over draws of parameters and of futures, so they are of what will be found, not of its
    expectation. Top 20 % over all as in McCarthy & Winer (2019), "The Pareto rule in marketing revisited", Marketing
    Letters 30, who found 67 % on average; past revenue counts all recorded history. Customers who brought the same
    share the places that are left on the line; of those expected to, the first in the base are named.
    """

    reason: str
    top: float = TOP
    customers: int = 0
    past_share: Estimate | None = None
    named_share: Estimate | None = None
    hindsight_share: Estimate | None = None
    past_named_share: Estimate | None = None
    overlap: Estimate | None = None
    right: Estimate | None = None
    steady: Estimate | None = None
    certainty: pd.DataFrame | None = None
    odds: Array | None = None
    gini_past: float = float("nan")
    gini_named: Estimate | None = None
    gini_hindsight: Estimate | None = None
    curve: pd.DataFrame | None = None
    currency: str = ""
    min_cell: int = 1


def concentration(panel: Panel, *, top: float = TOP) -> Concentration:
    """How few customers of a panel hold how much of the past and of what is to come.

    Parameters
    ----------
    panel
        From `value_panel`.
    top
        Share of the customers to look at.

    Returns
    -------
    Concentration
        With `reason` where the best are fewer than `min_cell`, or nothing is expected of anybody.

    Raises
    ------
    InvalidValue
        When `top` does not lie between 0 and 1, or shapes disagree.
    """
    if panel.expected.shape != panel.realised.shape or len(panel.past) != len(panel.expected):
        shapes = f"{panel.past.shape}, {panel.expected.shape}, {panel.realised.shape}"
        raise InvalidValue(f"concentration: past, expected and realised must have the same rows, found {shapes}")
    if top * panel.customers < max(panel.min_cell, 1):
        return Concentration(f"The best {top:.0%} are fewer than {max(panel.min_cell, 1)} customers: too few to tell.")
    mean = panel.expected.mean(axis=1)
    if not mean.sum() > 0:
        return Concentration("Nothing is expected of any customer, so nobody holds more of it than others.")
    rows, customers = len(mean), panel.customers
    named, best = _list(mean, top), in_top(panel.realised, top)
    came = panel.realised.sum(axis=0)
    odds = best.mean(axis=1)
    known = bool(np.isfinite(panel.past).all() and panel.past.sum() > 0)
    payers = in_top(panel.past, top) if known else None

    def told(draws: Array) -> Estimate:
        return from_draws(draws, "share", customers)

    def brought(member: Array) -> Estimate:
        return told(_over(member @ panel.realised, came))

    return Concentration(
        "", top, customers,
        past_share=_counted(payers @ np.maximum(panel.past, 0) / np.maximum(panel.past, 0).sum(), customers)
        if payers is not None else None,
        named_share=brought(named),
        hindsight_share=told(_over((best * panel.realised).sum(axis=0), came)),
        past_named_share=brought(payers) if payers is not None else None,
        overlap=_counted(payers @ named / (top * rows), customers) if payers is not None else None,
        right=told(named @ best / (top * rows)),
        steady=told(_kept(named, panel.expected, mean, top) / (top * rows)),
        certainty=_certainty(named, odds, customers / rows, top * rows),
        odds=_from_the_surest(named, odds),
        gini_past=float(gini(panel.past)) if known else float("nan"),
        gini_named=from_draws(gini(_thinned(panel.expected)), "Gini index", customers, value=float(gini(mean))),
        gini_hindsight=from_draws(gini(_thinned(panel.realised)), "Gini index", customers),
        curve=_curve(panel, mean, known),
        currency=panel.currency,
        min_cell=panel.min_cell,
    )  # fmt: skip


def _list(value: Array, top: float) -> Array:
    """1 for the best, of equal ones the first, and the part that is left of the last place for the next."""
    places = top * len(value)
    member = np.zeros(len(value))
    member[np.argsort(-value, kind="stable")] = np.clip(places - np.arange(len(value)), 0, 1)
    return member


def _kept(named: Array, expected: Array, mean: Array, top: float) -> Array:
    """(draws,) how many of the named each draw of the parameters names too; equal customers in the same order."""
    order = np.argsort(-mean, kind="stable")
    return np.array([named[order] @ _list(draw, top) for draw in _thinned(expected)[order].T])


def _counted(share: Any, n: int) -> Estimate:
    return Estimate.exact(float(share), "share", n)


def _over(part: Array, whole: Array) -> Array:
    """Shares; NaN where a future brings nothing at all."""
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _certainty(named: Array, odds: Array, stands_for: float, places: float) -> pd.DataFrame:
    sure = [float(named @ (odds >= probability)) for probability in SURE]
    return pd.DataFrame(
        {
            "probability": SURE,
            "customers": [round(rows * stands_for) for rows in sure],
            "share": [rows / places for rows in sure],
        }
    )


def _from_the_surest(named: Array, odds: Array) -> Array:
    """(points,) odds of the named in falling order, at evenly spaced places among them."""
    order = np.argsort(-odds, kind="stable")
    so_far = named[order].cumsum()
    at = np.linspace(0, 1, POINTS) * so_far[-1]
    return odds[order][np.minimum(np.searchsorted(so_far, at), len(order) - 1)]


def _thinned(draws: Array) -> Array:
    return draws[:, :: max(draws.shape[1] // _SORTED, 1)]


def _curve(panel: Panel, mean: Array, known: bool) -> pd.DataFrame:
    at = np.linspace(0, 1, POINTS)
    # the named in their order, whatever comes of it: shares of each future up to each point
    futures = panel.realised[np.argsort(-mean, kind="stable")]
    place = np.round(at * len(mean)).astype(int)
    steps = np.add.reduceat(futures, np.minimum(place[:-1], len(mean) - 1), axis=0)
    # with fewer customers than points some steps hold nobody
    steps[np.diff(place) == 0] = 0.0
    so_far = np.vstack([np.zeros(futures.shape[1]), steps.cumsum(axis=0)])
    whole = so_far[-1]
    shares = so_far[:, whole > 0] / whole[whole > 0]
    low, high = np.quantile(shares, [0.025, 0.975], axis=1)
    hindsight = concentration_curve(_thinned(panel.realised)[:, _thinned(panel.realised).sum(axis=0) > 0], at)
    return pd.DataFrame(
        {
            "customers": at,
            "past": concentration_curve(panel.past, at) if known else np.full(POINTS, np.nan),
            "named": shares.mean(axis=1),
            "named_low": low,
            "named_high": high,
            "hindsight": hindsight.mean(axis=1),
        }
    )
