"""What new customers of each channel are expected to bring, from the tables of a study."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.clv.counts.purchases import purchase_counts
from cxmodels.clv.counts.retention import retention_counts
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.fits.retention import ENOUGH, fit_retention
from cxmodels.clv.value.acquisition import Acquisition, first_orders
from cxmodels.clv.value.newcomers import contract_margins, first_order_chances, order_margins

if TYPE_CHECKING:
    from cxmodels.clv.fits.fit import PurchaseFit
    from cxmodels.clv.fits.spend import SpendFit
    from cxmodels.clv.models.model import Array


@dataclass(frozen=True)
class Ahead:
    """How far ahead is looked, and with how many draws.

    Attributes
    ----------
    horizon_months, discount_rate
        Months, and what a later year is worth less.
    draws, seed
        Of the parameters.
    """

    horizon_months: int
    discount_rate: float
    draws: int
    seed: int


def margins_of_contracts(
    snapshot: Any,
    found: Acquisition,
    channels: Iterable[str],
    ahead: Ahead,
) -> dict[str, Array]:
    """Cumulative discounted margin of a newcomer's contract, by channel: (draws, months + 1) each.

    Contracts of a channel are renewed as they were so far (shifted beta-geometric; that of all channels where fewer
    than `ENOUGH` of its own have ended). Their margin a month is that of the newcomers' first contracts, with the
    standard error of its mean; who has no fee on record is taken to pay what the others do.

    Raises
    ------
    InvalidValue
        When no contract was watched for a month.
    """
    fit = fit_retention(retention_counts(snapshot, by=(found.by,)), by=found.by)
    random = np.random.default_rng([ahead.seed, 0])
    rows = found.channels.set_index("channel")
    margins = {}
    for channel in channels:
        row = rows.loc[channel]
        noise = random.standard_normal(ahead.draws)
        if row["known"]:
            margin = row["margin"] + row["margin_sd"] / np.sqrt(row["known"]) * noise
            each = margin * row["contracts"] / row["joined"]
            theta = spread(fit.of(channel).theta, ahead.draws)
            margins[channel] = contract_margins(fit.model, theta, each, ahead.horizon_months, ahead.discount_rate)
    return margins


def margins_of_orders(
    snapshot: Any,
    by: str,
    channels: Iterable[str],
    purchases: PurchaseFit,
    spend: SpendFit,
    value_rate: float,
    ahead: Ahead,
) -> dict[str, Array]:
    """Cumulative discounted margin of a newcomer's orders, by channel: (draws, months + 1) each.

    First orders come as they came so far in the channel; what follows is the purchase model, fitted to the channel
    where at least `ENOUGH` of its customers bought again, that of all customers elsewhere. A purchase is taken to bring
    the mean of all customers.

    Parameters
    ----------
    purchases, spend
        Of all customers.
    value_rate
        What a unit of money ordered is worth.
    """
    counts = purchase_counts(snapshot, by=(by,)).in_unit(purchases.counts.unit)
    waiting = first_orders(snapshot, by)
    random = np.random.default_rng([ahead.seed, 1])
    paid = spend.model.expected_spend(spread(spend.posterior.theta, ahead.draws), np.zeros(1), np.zeros(1))[:, 0]
    margins = {}
    for channel in channels:
        own = replace(counts, frame=counts.frame[counts.frame[by] == channel], by=())
        fit = fit_purchases(own, purchases.model, size=ahead.draws) if own.repeaters >= ENOUGH else purchases
        first = first_order_chances(waiting[waiting["channel"] == channel], ahead.draws, ahead.horizon_months, random)
        margins[channel] = order_margins(
            fit.model,
            spread(fit.posterior.theta, ahead.draws),
            fit.counts.month,
            first,
            paid * value_rate,
            ahead.horizon_months,
            ahead.discount_rate,
        )
    return margins


def spread(theta: Array, draws: int) -> Array:
    """(draws, parameters) evenly from all of them; some more than once where there are fewer."""
    return theta[np.linspace(0, len(theta), draws, endpoint=False).astype(int)]
