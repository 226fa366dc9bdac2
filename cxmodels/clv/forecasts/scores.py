"""What every customer will buy and be worth: worked out by cell, joined back to pseudonyms by the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cxmodels.clv.forecasts.forecast import ClvForecast

if TYPE_CHECKING:
    import ibis.expr.types as ir

CUSTOMER = "customer"
SHARE_DIGITS, COUNT_DIGITS, MONEY_DIGITS = 6, 4, 2
"""Decimals: more than any interval knows, and as many as make the file the same everywhere."""
_LIMITS = ("low", "high")


@dataclass(frozen=True, eq=False)
class Scores:
    """What to expect of every customer of today, under pseudonyms.

    Attributes
    ----------
    table
        An Ibis table, one row a customer who ever ordered or has a contract that runs:

        ==========================================  ===============================================================
        ``customer``                                pseudonym: 32 hexadecimal digits, the same every month
        a column for each attribute                 of the forecast's `by`
        ``p_alive``                                 chance that the customer still buys; none for who never ordered
        ``purchases_36m``, ``…_low``, ``…_high``    expected purchases within the horizon (here 36 months) and the
                                                    limits of their 90 % predictive interval, whole numbers
        ``spend``, ``spend_low``, ``spend_high``    the same of a purchase, in the long run; none for who never ordered
        ``clv``, ``clv_low``, ``clv_high``          the same of the discounted value within the horizon
        ``clv_orders``, ``clv_contracts``           its parts
        ==========================================  ===============================================================
    customers
        How many rows `table` has.
    """

    table: ir.Table = field(repr=False)
    customers: int


def scores(snapshot: Any, forecast: ClvForecast) -> Scores:
    """Give every customer of a forecast what was worked out for the cell.

    Parameters
    ----------
    snapshot
        The study as known on the forecast's day: it holds the pseudonyms.
    forecast
        From `forecast`, made for the base of this snapshot.
    """
    within = f"purchases_{forecast.horizon_months:g}m"
    names = {"p_alive": ("p_alive", SHARE_DIGITS), "purchases": (within, COUNT_DIGITS)}
    names |= {name: (name, MONEY_DIGITS) for name in ("spend", "clv", "clv_orders", "clv_contracts")}
    found = forecast.cells[list(forecast.by)].copy()
    for name, (called, digits) in names.items():
        found[called] = forecast.cells[name].round(digits)
        if name in ("purchases", "spend", "clv"):
            for side in _LIMITS:
                found[f"{called}_{side}"] = forecast.cells[f"{name}_{side}"].round(digits)
    people = snapshot.pseudonyms.select("number", **{CUSTOMER: "pseudonym"})
    rows = forecast.base.by_customer(found).inner_join(people, "number")
    return Scores(rows.select(CUSTOMER, *found.columns), forecast.customers)
