"""The figures a month of customer value leaves for results, the cards of its page, and what came before them."""

from __future__ import annotations

import pandas as pd

from cxmodels.clv.counts.base import Base
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.retention import RetentionFit
from cxmodels.clv.fits.spend import SpendFit
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast
from cxmodels.clv.grading.replay import Replay
from cxmodels.clv.grading.tracking import Tracking
from cxmodels.clv.value.base_value import BaseValue, Money
from cxmodels.clv.value.concentration import Concentration
from cxmodels.clv.value.groups import GroupValue
from cxmodels.clv.value.rivals import agree_on_who_buys
from cxmodels.estimate import Estimate

MOST_CARDS = 4
YEAR, DRAWS = 12, 100
_HISTORY = ["month", "value", "low", "high"]


def estimates(
    value: BaseValue,
    made: ClvForecast,
    *,
    year: Estimate | None = None,
    best: Concentration | None = None,
    groups: GroupValue | None = None,
    rivals: pd.DataFrame | None = None,
) -> dict[str, Estimate]:
    """What the base is worth, by name; what the data cannot tell has no name.

    Parameters
    ----------
    value
        From `base_value`.
    made
        The forecast it rests on.
    year
        From `within_a_year`.
    best
        From `concentration`.
    groups
        From `value_by_group`; groups too small to be shown are left out.
    rivals
        From `value_of_rivals`: where they differ on how many still buy, that has no name.
    """
    out = {
        "clv.customers": Estimate.exact(value.customers, "customers", value.customers),
        "clv.base_value": value.total,
        "clv.value_per_customer": value.per_customer,
    }
    if value.orders is not None and value.contracts is not None:
        out |= {"clv.base_value.orders": value.orders, "clv.base_value.contracts": value.contracts}
    if made.ahead.orders is not None and agree_on_who_buys(rivals):
        out["clv.alive"] = made.total("alive")
    if year is not None:
        out["clv.purchases_12m"] = year
    if best is not None and best.named_share is not None:
        out["clv.top20_share"] = best.named_share
        if best.past_share is not None:
            out["clv.top20_share.past_revenue"] = best.past_share
        if best.right is not None:
            out["clv.top20_right"] = best.right
    if groups is not None:
        for row in groups.shown().itertuples():
            told = Estimate(row.per_customer, row.each_low, row.each_high, groups.currency, row.n)
            out[f"clv.value_per_customer.{row.attribute}.{row.level}"] = told
    return out


def within_a_year(base: Base, purchases: PurchaseFit | None) -> Estimate | None:
    """Purchases to be expected of today's customers within twelve months, with the 95 % interval of what will come."""
    if purchases is None:
        return None
    made = forecast(base, purchases, None, None, horizon_months=YEAR, discount_rate=0.0, draws=DRAWS, by=())
    return made.total("purchases")


def marks(replay: Replay | None, tracking: Tracking | None = None) -> dict[str, Estimate]:
    """How earlier forecasts did, by name."""
    out: dict[str, Estimate] = {}
    if replay is not None:
        errors, n = replay.used.errors, replay.customers
        rows = replay.table.set_index("kind")
        out = {
            "clv.holdout_mae": Estimate.exact(errors["mae"], "purchases a customer", n),
            "clv.holdout_mae.naive": Estimate.exact(float(rows.loc["naive", "mae"]), "purchases a customer", n),
            "clv.holdout_rmse": Estimate.exact(errors["rmse"], "purchases a customer", n),
            "clv.coverage_90": replay.used.covered(0.9),
        }
        for name, unit in (("correlation", "correlation"), ("total_error", "share")):
            # neither is known where nobody bought
            if errors[name] == errors[name]:
                out[f"clv.holdout_{name}"] = Estimate.exact(errors[name], unit, n)
    if tracking is not None and tracking.error.value == tracking.error.value:
        out["clv.tracking_error"] = tracking.error
    return out


def parameters(
    purchases: PurchaseFit | None = None, spend: SpendFit | None = None, retention: RetentionFit | None = None
) -> dict[str, Estimate]:
    """Posterior means with 95 % limits: ``clv.parameter.bg_nbd.r``; times in the unit of the counts."""
    out: dict[str, Estimate] = {}
    for fit in (purchases, spend, retention):
        if fit is not None:
            n = int(fit.counts.frame["n"].sum())
            for row in fit.summary.itertuples():
                # a skewed posterior can have its mean outside of its limits
                low, high = min(row.low, row.mean), max(row.high, row.mean)
                out[f"clv.parameter.{fit.model.name}.{row.parameter}"] = Estimate(row.mean, low, high, "parameter", n)
    return out


def history(value: BaseValue, past: pd.DataFrame, month: str) -> dict[str, pd.DataFrame]:
    """Months in order up to this one, for the figures that have earlier ones.

    Parameters
    ----------
    value
        From `base_value`.
    past
        From `value_history`.
    month
        This month, ``"2026-09"``.
    """
    if not len(past):
        return {}
    out = {}
    each = past.assign(
        value=past["per_customer"], low=past["low"] / past["customers"], high=past["high"] / past["customers"]
    )
    for name, rows, now in (
        ("clv.base_value", past, value.total),
        ("clv.value_per_customer", each, value.per_customer),
    ):
        this = pd.DataFrame([(month, now.value, now.low, now.high)], columns=_HISTORY)
        out[name] = pd.concat([rows[_HISTORY], this], ignore_index=True)
    return out


def key_figures(
    found: dict[str, Estimate], past: dict[str, pd.DataFrame], money: Money = "margin", why: str = ""
) -> list[dict[str, str | Estimate | pd.DataFrame | None]]:
    """The first four there are, for the page's cards: ``title, estimate, history, better`` of each.

    Parameters
    ----------
    found, past
        From `estimates` and `history`.
    money
        What value is counted in (`BaseValue.money`): revenue is called so.
    why
        What moved the value since last month (`what_moved`).
    """
    value = "Future revenue" if money == "revenue" else "Value"
    titles: dict[str, tuple[str, str | None]] = {
        "clv.base_value": (f"{value} of today’s customers", "higher"),
        "clv.value_per_customer": (f"{value} a customer", "higher"),
        "clv.top20_share": ("Held by the best 20 %", None),
        "clv.alive": ("Customers who still buy", "higher"),
        "clv.purchases_12m": ("Purchases within 12 months", "higher"),
        "clv.customers": ("Customers today", None),
    }
    shown = [key for key in titles if key in found][:MOST_CARDS]
    return [
        {
            "title": titles[key][0],
            "estimate": found[key],
            "history": past.get(key),
            "better": titles[key][1],
            "why": why if key == "clv.base_value" else "",
        }
        for key in shown
    ]
