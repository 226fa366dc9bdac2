"""What a ranking of customers is worth: maximum profit, expected maximum profit and lift of a list drawn from it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincc

from cxmodels.churn.errors import InvalidValue
from cxmodels.estimate import Estimate

Array = NDArray[np.float64]

CHURN_ACCEPTANCE = (6.0, 14.0)
"""Beta distribution of the share of leavers who accept the offer (Verbraken, Verbeke & Baesens 2013, section 5)."""


@dataclass(frozen=True)
class Profit:
    """The most a campaign can earn with a ranking.

    Attributes
    ----------
    value
        Profit for each customer of the base (not of the list), in the currency of `clv`.
    fraction
        Share of the base to contact for it.
    n
        Customers in the base.
    """

    value: float
    fraction: float
    n: float


def maximum_profit(
    score: ArrayLike,
    churned: ArrayLike,
    n: ArrayLike | None = None,
    *,
    clv: float = 200.0,
    incentive: float = 10.0,
    contact_cost: float = 1.0,
    acceptance: float = 0.30,
) -> Profit:
    """The profit of the best list that follows a ranking, where a known share of leavers accepts.

    Parameters
    ----------
    score
        (rows,) chance of leaving, or anything that ranks as it does. Customers with the same score are contacted
        together, each with the same chance where a list ends among them.
    churned
        (rows,) 1 or true who left, 0 or false who stayed.
    n
        (rows,) customers a row stands for. Default: one.
    clv, incentive, contact_cost
        What a kept customer is worth, what the offer costs when taken, what contacting costs: each in money, 0 or more.
    acceptance
        Share of the leavers contacted who accept and stay; everybody else contacted who stays anyway takes the offer.

    Raises
    ------
    InvalidValue
        When scores or counts are not finite, `churned` is neither 0 nor 1, lengths differ, a base is empty, or money
        or a share is out of range.

    Notes
    -----
    Equation 4 of Verbraken, Verbeke & Baesens (2013), IEEE Transactions on Knowledge and Data Engineering 25(5),
    after Neslin et al. (2006), Journal of Marketing Research 43: a list earns γ (clv - incentive) - contact for each
    leaver and loses incentive + contact for each stayer. Only vertices of the ROC curve's convex hull can be best.
    """
    _require_money(clv=clv, incentive=incentive, contact_cost=contact_cost)
    if not 0 <= acceptance <= 1:
        raise InvalidValue(f"maximum_profit: acceptance must lie between 0 and 1, found {acceptance}")
    share, size, total = _hull(score, churned, n)
    gain = acceptance * share * (clv - incentive) - contact_cost - incentive * (1 - share)
    listed = gain > 0
    return Profit(float((size * gain)[listed].sum()), float(size[listed].sum()), total)


def expected_maximum_profit(
    score: ArrayLike,
    churned: ArrayLike,
    n: ArrayLike | None = None,
    *,
    clv: float = 200.0,
    incentive: float = 10.0,
    contact_cost: float = 1.0,
    acceptance: tuple[float, float] = CHURN_ACCEPTANCE,
) -> Profit:
    """The same where the share that accepts is not known: the mean over its Beta distribution (EMPC).

    Parameters
    ----------
    score, churned, n, clv, incentive, contact_cost
        As for `maximum_profit`.
    acceptance
        The two parameters of the Beta distribution, both positive.

    Returns
    -------
    Profit
        For each γ the best list is drawn; value and fraction are means over γ.

    Raises
    ------
    InvalidValue
        As for `maximum_profit`.

    Notes
    -----
    Equation 6 of Verbraken, Verbeke & Baesens (2013). A segment of the hull with churn share p enters the list at
    γ₀ = (contact + incentive (1 - p)) / (p (clv - incentive)), so that each adds
    ∫ (γ p (clv - incentive) - contact - incentive (1 - p)) h(γ) dγ from γ₀ to 1: two incomplete beta functions.
    """
    _require_money(clv=clv, incentive=incentive, contact_cost=contact_cost)
    alpha, beta = acceptance
    if not (0 < alpha < math.inf and 0 < beta < math.inf):
        raise InvalidValue(f"expected_maximum_profit: acceptance must be two positive numbers, found {acceptance}")
    share, size, total = _hull(score, churned, n)
    kept, spent = share * (clv - incentive), contact_cost + incentive * (1 - share)
    enters = np.ones_like(share)
    np.divide(spent, kept, out=enters, where=kept > spent)
    above = betaincc(alpha, beta, enters)
    weighted = alpha / (alpha + beta) * betaincc(alpha + 1, beta, enters)
    return Profit(float(size @ (kept * weighted - spent * above)), float(size @ above), total)


def top_decile_lift(
    score: ArrayLike, churned: ArrayLike, n: ArrayLike | None = None, *, share: float = 0.10
) -> Estimate:
    """How many times as many leave among the tenth with the highest score as among all.

    Parameters
    ----------
    score, churned, n
        As for `maximum_profit`; scores made before the outcome was known.
    share
        Size of the top, between 0 and 1. Where it ends among customers with the same score, each counts in part.

    Returns
    -------
    Estimate
        In ``"times"``, at most 1 / share.

    Raises
    ------
    InvalidValue
        As for `maximum_profit`, and where nobody left.

    Notes
    -----
    Neslin et al. (2006). With p and q the shares that left within the top and the rest, lift is
    p / (share p + (1 - share) q), which rises with p / q: its 95 % interval is that of the relative risk on the log
    scale, half a customer added to each count (Walter 1975, Biometrika 62).
    """
    if not 0 < share < 1:
        raise InvalidValue(f"top_decile_lift: share must lie between 0 and 1, found {share}")
    left, size = _ranked(score, churned, n)
    people, leavers = float(size.sum()), float(left.sum())
    if not leavers:
        raise InvalidValue("top_decile_lift: nobody left, so there is no share of leavers to exceed")
    top = share * people
    seen = np.concatenate([[0.0], size.cumsum()])
    reached = float(np.interp(top, seen, np.concatenate([[0.0], left.cumsum()])))
    rest = leavers - reached
    counts = (reached + 0.5, top + 0.5, rest + 0.5, people - top + 0.5)
    ratio = math.log(counts[0] / counts[1]) - math.log(counts[2] / counts[3])
    # neither count exceeds its group, so no difference is negative
    variance = 1 / counts[0] - 1 / counts[1] + 1 / counts[2] - 1 / counts[3]
    margin = NormalDist().inv_cdf(0.975) * math.sqrt(variance)
    value = reached / leavers / share
    low, high = (1 / (share + (1 - share) * math.exp(-side)) for side in (ratio - margin, ratio + margin))
    return Estimate(value, min(low, value), max(high, value), "times", round(people))


def _hull(score: ArrayLike, churned: ArrayLike, n: ArrayLike | None) -> tuple[Array, Array, float]:
    """Segments of the ROC curve's convex hull: share that left, share of the base (both in order), base size."""
    from scipy.optimize import isotonic_regression

    left, size = _ranked(score, churned, n)
    total = size.sum()
    # pooling adjacent violators of a falling share is the convex hull of the ROC curve (Fawcett & Niculescu-Mizil 2007)
    blocks = isotonic_regression(left / size, weights=size, increasing=False).blocks[:-1]
    people = np.add.reduceat(size, blocks)
    return np.add.reduceat(left, blocks) / people, people / total, float(total)


def _ranked(score: ArrayLike, churned: ArrayLike, n: ArrayLike | None) -> tuple[Array, Array]:
    """Leavers and customers at each distinct score, highest score first."""
    ranks, event = np.asarray(score, float).ravel(), np.asarray(churned, float).ravel()
    weight = np.ones_like(ranks) if n is None else np.asarray(n, float).ravel()
    if not ranks.size == event.size == weight.size:
        raise InvalidValue(f"lengths differ: {ranks.size} scores, {event.size} outcomes, {weight.size} counts")
    if not np.isfinite(ranks).all():
        raise InvalidValue(f"scores must be finite, found {ranks[~np.isfinite(ranks)][0]}")
    if (wrong := (event != 0) & (event != 1)).any():
        raise InvalidValue(f"an outcome is 1 (left) or 0 (stayed), found {event[wrong][0]:g}")
    if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.sum() > 0):
        raise InvalidValue("counts must be finite, not negative, and one of them positive")
    ranks, event, weight = (column[weight > 0] for column in (ranks, event, weight))
    _, place = np.unique(-ranks, return_inverse=True)
    return np.bincount(place, weights=weight * event), np.bincount(place, weights=weight)


def _require_money(**amounts: float) -> None:
    for name, amount in amounts.items():
        if not 0 <= amount < math.inf:
            raise InvalidValue(f"{name}: an amount of money, 0 or more, is required, found {amount}")
