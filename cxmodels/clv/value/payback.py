"""After how many months a new customer has paid back what it cost to win them, by acquisition channel."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.value.acquisition import MONTHS, Acquisition, acquisition
from cxmodels.clv.value.attributes import acquisition_attribute
from cxmodels.clv.value.new_customers import Ahead, margins_of_contracts, margins_of_orders
from cxmodels.look import dates, numbers

if TYPE_CHECKING:
    from cxmodels.clv.counts.base import Base
    from cxmodels.clv.fits.fit import PurchaseFit
    from cxmodels.clv.fits.spend import SpendFit
    from cxmodels.clv.models.model import Array

DRAWS, SEED = 400, 20100101
_CHANNELS = [
    "channel", "joined", "cost", "cost_per_customer", "value", "value_low", "value_high", "ratio", "ratio_low",
    "ratio_high", "months", "months_low", "months_high", "within_12m",
]  # fmt: skip
_UNKNOWN = "When a new customer has paid back what they cost is not known"
_CURVES = ["channel", "month", "value", "low", "high"]


@dataclass(frozen=True, eq=False)
class Payback:
    """What new customers cost and bring, by acquisition channel.

    Attributes
    ----------
    channels
        One row a channel that can be told, the highest ratio first: ``channel``; ``joined`` and ``cost`` of the months
        counted; ``cost_per_customer``; ``value, value_low, value_high``, expected discounted margin of a new customer
        within the horizon; ``ratio, …``, that over the cost (NaN where it cost nothing); ``months, …``, until the cost
        is paid back (infinite where not within the horizon); ``within_12m``, the probability that a new customer pays
        it back on average within twelve months. Means and 95 % limits of what the parameters leave open; for months
        the median.
    curves
        ``channel, month, value, low, high``: the same expected margin within 0, 1, … months.
    not_shown
        ``channel, why``: channels that cannot be told, in words.
    told
        What was counted and what it cannot tell, a sentence each.
    reason
        Why there is nothing, in a sentence; empty where there is.
    currency, horizon_months
        Money is in it, within so many months.
    """

    channels: pd.DataFrame
    curves: pd.DataFrame
    not_shown: pd.DataFrame
    told: tuple[str, ...]
    reason: str
    currency: str
    horizon_months: int


def acquisition_payback(
    snapshot: Any,
    base: Base,
    purchases: PurchaseFit | None = None,
    spend: SpendFit | None = None,
    *,
    horizon_months: int | None = None,
    discount_rate: float | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Payback:
    """Cost of a new customer beside what they are expected to bring, by acquisition channel.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    base
        From `customer_base`: says what a unit of money ordered is worth.
    purchases, spend
        From `fit_purchases` and `fit_spend`; without both, orders are left out.
    horizon_months, discount_rate
        Default: the study's settings.
    draws, seed
        Of the parameters.

    Returns
    -------
    Payback
        With `reason` where the study has no costs, nobody says through which channel they came, no channel that has
        costs won enough customers, or nothing says what these bring.

    Notes
    -----
    See `acquisition` for costs, `margins_of_contracts` and `margins_of_orders` for what is expected.
    """
    settings = snapshot.settings
    currency, min_cell = settings.study.currency, settings.privacy.min_cell
    horizon = settings.clv.horizon_months if horizon_months is None else horizon_months
    rate = settings.clv.discount_rate if discount_rate is None else discount_rate
    by = acquisition_attribute(snapshot)
    if "costs" not in snapshot.tables or by is None:
        lacks = (
            "the study has no costs on record"
            if "costs" not in snapshot.tables
            else "no attribute of customers names it"
        )
        return _nothing(f"{_UNKNOWN}: {lacks}.", currency, horizon)
    found = acquisition(snapshot, by)
    channels = list(_tellable(found, min_cell)["channel"])
    parts: dict[str, dict[str, Array]] = {}
    ahead = Ahead(horizon, rate, draws, seed)
    if channels and "contracts" in snapshot.tables:
        # without a month watched there is no retention to tell
        with suppress(InvalidValue):
            parts["contracts"] = margins_of_contracts(snapshot, found, channels, ahead)
    if channels and purchases is not None and spend is not None:
        parts["orders"] = margins_of_orders(snapshot, by, channels, purchases, spend, base.value_rate, ahead)
    margins: dict[str, Array] = {}
    for channel in channels:
        if known := [part[channel] for part in parts.values() if channel in part]:
            margins[channel] = np.sum(known, axis=0)
    revenue = "orders" in parts and base.margin_rate is None
    told = payback(found, margins, currency=currency, min_cell=min_cell, revenue=revenue)
    if told.reason:
        return told
    counted = f"A new customer brings the margin of {' and '.join(parts)}, discounted by {numbers.share(rate)} a year."
    return replace(told, told=(*told.told, counted))


def payback(
    found: Acquisition, margins: Mapping[str, Array], *, currency: str, min_cell: int = 1, revenue: bool = False
) -> Payback:
    """The same from costs and expected margins that are known.

    Parameters
    ----------
    found
        Costs and customers won.
    margins
        By channel (draws, months + 1): cumulative discounted margin expected of a new customer; a channel may lack.
    currency
        Money is in it.
    min_cell
        The fewest customers a channel must have won to be shown.
    revenue
        Whether orders are counted at their whole amount, as no margin is known.
    """
    horizon = max((drawn.shape[1] for drawn in margins.values()), default=1) - 1
    rows, curves = [], []
    told = _tellable(found, min_cell)
    for row in told[told["channel"].isin(list(margins))].itertuples():
        drawn, cost = margins[row.channel], row.cost / row.joined
        rows.append((row.channel, row.joined, row.cost, cost, *_against(cost, drawn)))
        low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
        curve = {"month": np.arange(horizon + 1), "value": drawn.mean(axis=0), "low": low, "high": high}
        curves.append(pd.DataFrame({"channel": row.channel, **curve}))
    if not rows:
        why = "nothing says what new customers bring" if len(told) else "no channel with costs has won enough customers"
        reason = f"{_UNKNOWN}: {why}."
        return _nothing(reason, currency, horizon, _hidden(found, min_cell, margins))
    channels = pd.DataFrame(rows, columns=_CHANNELS).sort_values("ratio", ascending=False, ignore_index=True)
    return Payback(
        channels,
        pd.concat(curves, ignore_index=True)[_CURVES],
        _hidden(found, min_cell, margins),
        _told(found, currency, revenue),
        "",
        currency,
        horizon,
    )


def months_to_pay_back(cost: float, cumulative: Array) -> Array:
    """(draws,) months until what came in reaches the cost, parts of a month by interpolation; infinite where never.

    Parameters
    ----------
    cost
        Of a customer.
    cumulative
        (draws, months + 1) what came in within 0, 1, … months; never falling.
    """
    reached = cumulative >= cost
    at = reached.argmax(axis=1)
    row = np.arange(len(cumulative))
    after, before = cumulative[row, at], cumulative[row, np.maximum(at - 1, 0)]
    part = np.divide(after - cost, after - before, out=np.zeros_like(after), where=after > before)
    return np.where(reached.any(axis=1), at - part, np.inf)


def _against(cost: float, drawn: Array) -> tuple[float, ...]:
    """Value, ratio and months, each with its limits, and the probability of twelve months."""
    value = drawn[:, -1]
    limits = np.quantile(value, (0.025, 0.975))
    told = np.array([value.mean(), *limits])
    ratio = told / cost if cost > 0 else np.full(3, np.nan)
    months = months_to_pay_back(cost, drawn)
    # of sorted draws rather than between them: infinity has no middle
    ahead = np.quantile(months, (0.5, 0.025, 0.975), method="inverted_cdf")
    return (*told, *ratio, *ahead, float((months <= MONTHS).mean()))


def _tellable(found: Acquisition, min_cell: int) -> pd.DataFrame:
    channels = found.channels
    return channels[channels["cost"].notna() & (channels["joined"] >= max(min_cell, 1))]


def _hidden(found: Acquisition, min_cell: int, margins: Mapping[str, Array]) -> pd.DataFrame:
    """Channels that cannot be told, and why."""
    name = found.by.replace("_", " ")
    rows = []
    for row in found.channels.itertuples():
        if np.isnan(row.cost):
            rows.append((row.channel, "no costs on record"))
        elif not row.joined:
            rows.append((row.channel, f"costs, but no new customer with this {name}"))
        elif row.joined < min_cell:
            rows.append((row.channel, f"fewer than {min_cell} new customers"))
        elif row.channel not in margins:
            rows.append((row.channel, "nothing says what its new customers bring"))
    return pd.DataFrame(rows, columns=["channel", "why"])


def _told(found: Acquisition, currency: str, revenue: bool) -> tuple[str, ...]:
    channels, name = found.channels, found.by.replace("_", " ")
    lost = float(channels.loc[channels["joined"] == 0, "cost"].sum())
    spent = float(channels["cost"].sum())
    said = []
    if lost:
        said.append(
            f"{numbers.money(lost, currency)} of {numbers.money(spent, currency)} in costs belong to channels that no "
            "new customer names; they are part of no month above."
        )
    said += [
        f"Costs and new customers from {dates.day(found.first)} to {dates.day(found.last)}; the channel of a customer "
        f"is the {name} on record, often that of the last click: what other channels did for it is not seen.",
        "A customer whose data may not be used is not counted, so the cost of one is, if anything, overstated.",
    ]
    if revenue:
        said.append("No margin of orders is known: they count at their whole amount, which pays back too early.")
    return tuple(said)


def _nothing(reason: str, currency: str, horizon: int, hidden: pd.DataFrame | None = None) -> Payback:
    none = pd.DataFrame(columns=["channel", "why"]) if hidden is None else hidden
    return Payback(pd.DataFrame(columns=_CHANNELS), pd.DataFrame(columns=_CURVES), none, (), reason, currency, horizon)
