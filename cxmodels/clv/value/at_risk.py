"""What share of the value hangs on customers who are likely to leave, or seem to have left already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxmodels.clv.errors import UnknownColumn
from cxmodels.clv.models.model import Array
from cxmodels.clv.value.drawn import from_draws
from cxmodels.clv.value.expected import summed
from cxmodels.estimate import Estimate
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.clv.forecasts.forecast import ClvForecast
    from cxmodels.study.snapshot import Snapshot

CHANCE = "churn_12m"
CUSTOMER = "customer"
TOP = 0.10
SILENT = 0.5
"""Who is less likely than this to still buy is taken for silent."""
GROUPS = ["attribute", "level", "n", "value", "low", "high", "share", "of_group"]


@dataclass(frozen=True, eq=False)
class ValueAtRisk:
    """Value that hangs on customers who may leave within twelve months.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can. Everything else is empty otherwise.
    total
        Chance of leaving × value of each customer, added up, with a 95 % interval.
    share
        Of the base's value.
    top_share
        Share of `total` that the tenth of the base with most at risk each holds; None where that is too few to tell.
    groups
        Tidy: ``attribute, level, n, value, low, high``; ``share`` of `total`; ``of_group``, share of the group's own
        value that is at risk. Every level is here; suppress small ones before showing them (`shown`).
    scored, unscored
        Customers of the base with and without a chance of leaving.
    currency
        The study's.
    min_cell
        The fewest customers a group must have to be shown.

    Notes
    -----
    Not a loss on top of the value told elsewhere, which already expects customers to leave: it says on whom the value
    hangs. The interval holds what the parameters of the value leave open and, where the scores carry 95 % limits,
    those of the chance, taken to be wrong in the same direction for all customers.
    """

    reason: str
    total: Estimate | None = None
    share: Estimate | None = None
    top_share: Estimate | None = None
    groups: pd.DataFrame | None = None
    scored: int = 0
    unscored: int = 0
    currency: str = ""
    min_cell: int = 1

    def shown(self) -> pd.DataFrame:
        """The groups without those too small to be shown (`suppress`), those with the most at risk first."""
        if self.groups is None or not len(self.groups):
            return pd.DataFrame(columns=GROUPS)
        keep = [
            levels[~suppress(levels, ["level"], min_cell=self.min_cell)["suppressed"].to_numpy()]
            for _, levels in self.groups.groupby("attribute", sort=False)
        ]
        return pd.concat(keep).sort_values(["value", "level"], ascending=[False, True], ignore_index=True)


def value_at_risk(snapshot: Snapshot, forecast: ClvForecast, leaving: ir.Table | pd.DataFrame | None) -> ValueAtRisk:
    """Join a forecast of value with chances of leaving.

    Parameters
    ----------
    snapshot
        The one the forecast was made from.
    forecast
        From `forecast`.
    leaving
        One row a customer: ``customer`` (pseudonym) and ``churn_12m``; with ``churn_12m_low`` and ``churn_12m_high``
        the doubt of it enters the interval. None where there is none.

    Raises
    ------
    UnknownColumn
        When the table lacks a column.
    """
    if leaving is None:
        return ValueAtRisk("No chances of leaving were handed over, so the value at risk cannot be told.")
    if missing := [name for name in (CUSTOMER, CHANCE) if name not in leaving.columns]:
        raise UnknownColumn(
            f"value_at_risk: the table of chances lacks {missing[0]!r}; it has: {', '.join(leaving.columns)}"
        )
    chances = chances_by_cell(snapshot, forecast, leaving)
    if not chances["scored"].sum():
        return ValueAtRisk("No customer of the base has a chance of leaving on record.")
    return hanging_on(forecast, chances)


def hanging_on(forecast: ClvForecast, chances: pd.DataFrame) -> ValueAtRisk:
    """The same from the chances of each cell.

    Parameters
    ----------
    forecast
        From `forecast`.
    chances
        On the rows of its cells: ``scored`` customers, and sums over them of ``chance``, ``low``, ``high``.
    """
    cells, seed = forecast.cells, forecast.seed
    n, each = cells["n"].to_numpy(float), cells["clv"].to_numpy(float)
    chance = chances["chance"].to_numpy(float)
    levels = [(name, level) for name in forecast.by for level in sorted(cells[name].unique())]
    masks = np.column_stack([np.ones(len(cells)), *((cells[name] == level) for name, level in levels)])
    top = _top(n, np.divide(chance, n) * each)
    sums = summed(forecast, np.column_stack([masks * chance[:, None], top * chance, masks * n[:, None]]))
    risk, highest, whole = sums[: masks.shape[1]], sums[masks.shape[1]], sums[masks.shape[1] + 1 :]
    doubt = _doubt(chances, masks, sums.shape[1], seed)
    value = masks.T @ (chance * each)
    customers = int(n.sum())
    amounts = risk * doubt
    rows = []
    for place, (name, level) in enumerate(levels, start=1):
        size = int(n @ masks[:, place])
        found = from_draws(amounts[place], forecast.currency, size, value=float(value[place]))
        held = float((n * each) @ masks[:, place])
        rows.append(
            (
                name, level, size, found.value, found.low, found.high,
                _part(found.value, float(value[0])), _part(found.value, held),
            )
        )  # fmt: skip
    total = from_draws(amounts[0], forecast.currency, customers, value=float(value[0]))
    of_all = float(n @ each)
    share = from_draws(_over(amounts[0], whole[0]), "share", customers, value=_part(total.value, of_all))
    told = TOP * customers >= max(forecast.min_cell, 1)
    scored = int(chances["scored"].sum())
    return ValueAtRisk(
        "",
        total,
        share,
        from_draws(_over(highest, risk[0]), "share", customers, value=_part(float((top * chance) @ each), total.value))
        if told
        else None,
        pd.DataFrame(rows, columns=GROUPS),
        scored,
        customers - scored,
        forecast.currency,
        forecast.min_cell,
    )


@dataclass(frozen=True)
class SilentValue:
    """Customers with orders alone who have probably stopped buying.

    Attributes
    ----------
    customers
        How many (counted).
    value
        What is still expected of them, with its 95 % interval given the parameters.
    contracts
        Whether there are other customers, who have a contract.
    min_cell
        The fewest customers that may be spoken of.
    """

    customers: Estimate
    value: Estimate
    contracts: bool = True
    min_cell: int = 1


def silent_value(forecast: ClvForecast, *, below: float = SILENT) -> SilentValue:
    """Customers without a contract whose chance to still buy lies below `below`, and what is expected of them."""
    cells = forecast.cells
    silent = (cells["p_alive"] < below) & cells["contract_months"].isna()
    n = cells["n"].to_numpy(float) * silent.to_numpy()
    customers, value = int(n.sum()), float(n @ cells["clv"].to_numpy(float))
    drawn = summed(forecast, n[:, None])[0]
    return SilentValue(
        Estimate.exact(float(customers), "customers", int(cells["n"].sum())),
        from_draws(drawn, forecast.currency, customers, value=value),
        bool(cells["contract_months"].notna().any()),
        forecast.min_cell,
    )


def chances_by_cell(snapshot: Snapshot, forecast: ClvForecast, leaving: ir.Table | pd.DataFrame) -> pd.DataFrame:
    """On the rows of the forecast's cells: ``scored`` customers, sums of ``chance``, ``low``, ``high`` over them."""
    import ibis

    base = forecast.base
    table = ibis.memtable(leaving) if isinstance(leaving, pd.DataFrame) else leaving
    limits = {side: f"{CHANCE}_{side}" for side in ("low", "high")}
    chances = table.select(
        pseudonym=table[CUSTOMER],
        chance=table[CHANCE],
        **{side: table[name if name in table.columns else CHANCE] for side, name in limits.items()},
    )
    who = snapshot.pseudonyms.select("number", "pseudonym")
    rows = base.table.inner_join(who, "number").inner_join(chances, "pseudonym")
    rows = rows.filter(rows.chance.notnull())
    sums = rows.group_by(base.keys).agg(
        scored=rows.count(), chance=rows.chance.sum(), low=rows.low.sum(), high=rows.high.sum()
    )
    found = base.codes.reset_index(drop=True).merge(sums.to_pandas(), how="left", on=list(base.keys))
    return found[["scored", "chance", "low", "high"]].fillna(0.0)


def _doubt(chances: pd.DataFrame, masks: Array, draws: int, seed: int) -> Array:
    """(groups, draws) factors by which the chances of a group may be wrong: log-normal, one direction for all."""
    low, chance, high = (masks.T @ chances[name].to_numpy(float) for name in ("low", "chance", "high"))
    known = (low > 0) & (high > low)
    spread = np.zeros(len(chance))
    spread[known] = np.log(high[known] / low[known]) / (2 * 1.959964)
    # quantiles of the normal in any order, so that few draws hold its tails too
    direction = ndtri((np.random.default_rng(seed).permutation(draws) + 0.5) / draws)
    return np.exp(spread[:, None] * direction)


def _top(n: Array, each: Array) -> Array:
    """(rows,) share of each cell that lies in the tenth of customers with the most each."""
    order = np.argsort(-each, kind="stable")
    before = n[order].cumsum() - n[order]
    share = np.zeros(len(n))
    share[order] = np.clip((TOP * n.sum() - before) / n[order], 0, 1)
    return share


def _over(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _part(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0
