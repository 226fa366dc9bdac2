"""What a new customer is expected to bring, month by month since joining; a draw of the parameters a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.models.sbg import ShiftedBetaGeometric, renewal_table

if TYPE_CHECKING:
    from cxmodels.clv.models.model import Array, PurchaseModel


def contract_margins(
    model: ShiftedBetaGeometric, theta: Array, margin: Array, months: int, discount_rate: float
) -> Array:
    """Cumulative discounted margin of a newcomer's contract.

    The first month is paid at joining, the next after a month by those who renew, and so on.

    Parameters
    ----------
    model, theta
        Retention and (draws, 2) of its parameters.
    margin
        (draws,) margin a month of a newcomer, those without a contract counted as 0.
    months
        The horizon.
    discount_rate
        A year.

    Returns
    -------
    numpy.ndarray
        (draws, months + 1): what came in within 0, 1, … months.
    """
    at = np.arange(months)
    paid = model.survival(theta, at) * (1 + discount_rate) ** (-at / 12)
    return _from_nothing(margin[:, None] * paid)


def order_margins(
    model: PurchaseModel,
    theta: Array,
    month: float,
    first: Array,
    margin: Array,
    months: int,
    discount_rate: float,
) -> Array:
    """Cumulative discounted margin of a newcomer's orders: the first one, and those that follow it.

    Parameters
    ----------
    model, theta
        Purchases and (draws, parameters).
    month
        Length of a month in the unit of the purchase model.
    first
        (draws, up to `months`) chance that the first order falls into each month; it is taken to fall in its middle.
    margin
        (draws,) expected margin of a purchase.
    months, discount_rate
        As for `contract_margins`.

    Returns
    -------
    numpy.ndarray
        (draws, months + 1).
    """
    middles = np.arange(months, dtype=float) + 0.5
    within = model.expected_repeats(theta, middles * month)
    # of one who begins in the middle of a month: the first purchase and the repeats of that month, and of later ones
    following = np.diff(within, axis=1, prepend=-1.0)
    purchases = np.zeros_like(following)
    for begun in range(min(months, first.shape[1])):
        purchases[:, begun:] += first[:, [begun]] * following[:, : months - begun]
    discount = (1 + discount_rate) ** (-middles / 12)
    return _from_nothing(margin[:, None] * purchases * discount)


def first_order_chances(counted: pd.DataFrame, draws: int, months: int, random: np.random.Generator) -> Array:
    """(draws, months) chance that a newcomer's first order falls into each month since joining.

    Parameters
    ----------
    counted
        ``entry, exit, ended, n`` of one channel, from `first_orders`.
    draws, months, random
        How many, how far, and where chance comes from.

    Notes
    -----
    In each month the share of those still without an order who place one is Beta(ordered, not ordered): Rubin's (1981)
    Bayesian bootstrap for a grouped Kaplan-Meier curve. Beyond the months watched nobody orders for the first time.
    """
    seen = renewal_table(counted).head(months)
    ordered, due = seen["stopped"].to_numpy(), seen["due"].to_numpy()
    # a Beta distribution with a parameter 0 is the point it shrinks to
    share = np.where((ordered > 0) & (ordered == due), 1.0, 0.0) * np.ones((draws, 1))
    open_ = (ordered > 0) & (ordered < due)
    share[:, open_] = random.beta(ordered[open_], (due - ordered)[open_], (draws, int(open_.sum())))
    without = np.cumprod(1 - share, axis=1)
    chances = np.zeros((draws, months))
    chances[:, : len(seen)] = -np.diff(without, axis=1, prepend=1.0)
    return chances


def _from_nothing(flows: Array) -> Array:
    return np.concatenate([np.zeros((len(flows), 1)), flows.cumsum(axis=1)], axis=1)
