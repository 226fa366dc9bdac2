"""What customers are worth by cohort, channel or segment, and which groups differ from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.model import Array
from cxmodels.estimate import REAL
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    from cxmodels.clv.forecasts.forecast import ClvForecast

COLUMNS = [
    "attribute", "level", "n", "value", "low", "high", "per_customer", "each_low", "each_high",
    "share", "share_low", "share_high", "customers_share", "ratio", "above", "clear",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class GroupValue:
    """Value by group.

    Attributes
    ----------
    groups
        Tidy, one row a level: ``attribute, level, n``; ``value, low, high`` of all its customers;
        ``per_customer, each_low, each_high``; ``share, share_low, share_high`` of the base's value beside
        ``customers_share``; ``ratio`` of its value a customer to that of all; ``above``, the probability that its
        customers bring more each than the others do; ``clear``, whether that or its opposite reaches .975. Every
        level is here; suppress small ones before showing them (`shown`).
    total
        Expected value of the base.
    currency, horizon_months
        Money is in it, within so many months.
    min_cell
        The fewest customers a group must have to be shown.
    """

    groups: pd.DataFrame
    total: float
    currency: str
    horizon_months: float
    min_cell: int

    def shown(self, attribute: str | None = None) -> pd.DataFrame:
        """The groups, of one attribute or of all, without those too small to be shown nor those that give them away.

        The most valuable customers first.
        """
        rows = self.groups if attribute is None else self.groups[self.groups["attribute"] == attribute]
        keep = [
            levels[~suppress(levels, ["level"], min_cell=self.min_cell)["suppressed"].to_numpy()]
            for _, levels in rows.groupby("attribute", sort=False)
        ]
        if not keep:
            return rows.copy()
        return pd.concat(keep).sort_values(
            ["attribute", "per_customer", "level"], ascending=[True, False, True], ignore_index=True
        )

    @property
    def hidden(self) -> int:
        """Groups that are not shown."""
        return len(self.groups) - len(self.shown())


def value_by_group(forecast: ClvForecast) -> GroupValue:
    """Value by the attributes that a forecast was made by.

    Parameters
    ----------
    forecast
        From `forecast` with ``by``.

    Returns
    -------
    GroupValue
        Without rows where the forecast has no attributes. Intervals are 95 % of what will be found: parameters and
        chance.
    """
    base = forecast.cells["n"].sum(), forecast.total("clv").value, forecast.totals["clv"].to_numpy()
    parted: dict[str, dict[str, tuple[int, float, Array]]] = {name: {} for name in forecast.by}
    for (attribute, level), part in forecast.groups.groupby(["group", "level"], sort=False):
        drawn = part["clv"].to_numpy()
        parted[attribute][level] = int(part["n"].iloc[0]), float(part["expected_clv"].mean()), drawn
    return GroupValue(
        compare_groups(parted, base), base[1], forecast.currency, forecast.horizon_months, forecast.min_cell
    )


def compare_groups(
    groups: Mapping[str, Mapping[str, tuple[int, float, Array]]], total: tuple[int, float, Array]
) -> pd.DataFrame:
    """The table of `GroupValue` from draws.

    Parameters
    ----------
    groups
        By attribute and level: customers, expected value, and (draws,) value of all of them together.
    total
        The same of the base, whose draws are the sum over the levels of each attribute.

    Raises
    ------
    InvalidValue
        When a group has no customers, or more than the base.
    """
    customers, expected, whole = total
    rows = []
    for attribute, levels in groups.items():
        for level, (n, value, drawn) in levels.items():
            if not 0 < n <= customers:
                raise InvalidValue(f"compare_groups: {attribute} {level}: 1 to {customers} customers, found {n}")
            share = np.divide(drawn, whole, out=np.zeros(len(whole)), where=whole > 0)
            above = _above(drawn / n, (whole - drawn) / (customers - n)) if n < customers else 0.5
            low, high = _interval(drawn, value)
            told = value / expected if expected > 0 else 0.0
            rows.append(
                (
                    attribute, level, n, value, low, high, value / n, low / n, high / n,
                    told, *_interval(share, told), n / customers,
                    told / (n / customers), above, max(above, 1 - above) >= REAL and n < customers,
                )
            )  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def _above(these: Array, others: Array) -> float:
    """Probability that a group's customers bring more each than the others; equal ones count half."""
    return float(np.mean((these > others) + 0.5 * (these == others)))


def _interval(draws: Array, value: float) -> Sequence[float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return min(float(low), value), max(float(high), value)
