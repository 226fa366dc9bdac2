"""What today's customers are worth together, and what they were worth in earlier months as known then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cxmodels.clv.errors import NoMoney, TooFewCustomers
from cxmodels.clv.value.drawn import from_draws
from cxmodels.estimate import Estimate
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.clv.forecasts.forecast import ClvForecast

HISTORY = ["month", "value", "low", "high"]
Money = Literal["margin", "revenue", "both"]


@dataclass(frozen=True, eq=False)
class BaseValue:
    """The value of a customer base within the horizon.

    Attributes
    ----------
    total
        Expected discounted money of all customers, with the 95 % interval of what will come: parameters and chance.
    likely
        The same with its 90 % interval.
    expected
        The same with the 95 % interval of the expectation alone.
    orders, contracts
        The parts of it; None where the forecast has none.
    per_customer
        Its mean.
    customers
        In the base.
    horizon_months, discount_rate
        Money is looked for within so many months; a year's discount.
    currency
        The study's.
    money
        ``"margin"``; ``"revenue"`` where no margin of anything is on record; ``"both"`` where one of a part is.
    """

    total: Estimate
    likely: Estimate
    expected: Estimate
    orders: Estimate | None
    contracts: Estimate | None
    per_customer: Estimate
    customers: int
    horizon_months: float
    discount_rate: float
    currency: str
    money: Money = "margin"


def base_value(forecast: ClvForecast) -> BaseValue:
    """The value of the base that a forecast was made for.

    Raises
    ------
    TooFewCustomers
        When the base has fewer customers than a group must have to be told of.
    NoMoney
        When nothing of what is to come can be told in money; it says why.

    Notes
    -----
    The sum of what each of today's customers is expected to bring; customers to be won later are not in it (Wiesel,
    Skiera & Villanueva 2008, Customer equity: an integral part of financial reporting, J. Marketing 72(2), whose
    statement is of current customers too).
    """
    customers, currency = forecast.customers, forecast.currency
    if customers < forecast.min_cell:
        raise TooFewCustomers(
            f"base_value: at least {forecast.min_cell} customers are required, as many as a group must have to be told "
            "of (privacy.min_cell), found fewer"
        )
    if not forecast.in_money:
        raise NoMoney(f"base_value: nothing of what is to come can be told in money. {' '.join(forecast.told)}")
    each = from_draws(
        forecast.totals["clv"].to_numpy() / customers,
        currency,
        customers,
        value=forecast.total("clv").value / customers,
    )
    return BaseValue(
        total=forecast.total("clv"),
        likely=forecast.total("clv", level=0.9),
        expected=forecast.total("clv", predictive=False),
        orders=forecast.total("clv_orders") if forecast.ahead.orders is not None else None,
        contracts=forecast.total("clv_contracts") if forecast.ahead.contracts is not None else None,
        per_customer=each,
        customers=customers,
        horizon_months=forecast.horizon_months,
        discount_rate=forecast.discount_rate,
        currency=currency,
        money=_money(forecast),
    )


def _money(forecast: ClvForecast) -> Money:
    """What the value is counted in: of orders and of contracts, whether a margin is on record."""
    cells, orders = forecast.cells, forecast.ahead.orders
    as_revenue = []
    if orders is not None and orders.whole.spend is not None:
        as_revenue.append(float(forecast.margin_rate is None))
    if forecast.ahead.contracts is not None:
        priced = cells.loc[cells[["contract_months", "margin"]].notna().all(axis=1), "n"].sum()
        if priced:
            as_revenue.append(forecast.base.fees_alone / priced)
    if not any(as_revenue):
        return "margin"
    return "revenue" if min(as_revenue) >= 1 else "both"


def value_history(forecast_of: Callable[[date], ClvForecast | None], as_of: date, *, months: int = 6) -> pd.DataFrame:
    """What the base was worth at the end of earlier months, as it would have been told then.

    Parameters
    ----------
    forecast_of
        Given a day, the forecast from what was known on it, or None where there can be none: `Earlier.forecast`.
    as_of
        The day to look back from.
    months
        How many months.

    Returns
    -------
    DataFrame
        Oldest first, without `as_of` itself: ``month`` ("2026-08"), ``value, low, high`` (as `BaseValue.total`, the
        interval by the normal), ``customers``, ``per_customer``.
    """
    rows = []
    for ago in range(months, 0, -1):
        day = months_before(as_of, ago)
        known = forecast_of(day)
        if known is not None:
            value, n = known.total("clv").value, known.customers
            # a sum over many customers is nearly normal, and few draws tell its spread better than its tails
            reach = NormalDist().inv_cdf(0.975) * float(known.totals["clv"].std(ddof=1))
            rows.append((f"{day:%Y-%m}", value, max(value - reach, 0.0), value + reach, n, value / n))
    return pd.DataFrame(rows, columns=[*HISTORY, "customers", "per_customer"])
