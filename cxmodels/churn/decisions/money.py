"""Money at risk: the margin expected to leave with customers, where it lies and how few hold it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxmodels.churn.decisions.value import CustomerValue
from cxmodels.churn.models.model import Array
from cxmodels.estimate import Estimate
from cxmodels.study.privacy import suppress

TOP = 0.10


@dataclass(frozen=True, eq=False)
class MoneyAtRisk:
    """What is expected to be lost with the customers who leave.

    Attributes
    ----------
    reason
        Why it cannot be told, in a sentence; empty where it can. The rest is empty otherwise.
    told
        How the value of a customer was come by.
    total
        Expected loss, with a 95 % interval.
    top_share
        Share of it held by the tenth of customers with the most at risk each; None where that tenth is fewer than
        `min_cell`.
    groups
        Tidy: ``covariate, level, value, low, high, per_customer, share, n``. Every level is here; suppress small
        cells before showing them (`shown`).
    months, horizon
        Departures within `months`, their loss counted up to `horizon` months from today.
    currency
        The study's.
    min_cell
        The fewest customers a group must have to be shown.
    """

    reason: str
    told: str
    total: Estimate | None
    top_share: Estimate | None
    groups: pd.DataFrame
    months: int
    horizon: int
    currency: str
    min_cell: int

    def shown(self) -> pd.DataFrame:
        """The groups without cells too small to be shown (`suppress`), those with the most at risk first."""
        if not len(self.groups):
            return self.groups
        keep = [
            levels[~suppress(levels, ["level"], min_cell=self.min_cell)["suppressed"].to_numpy()]
            for _, levels in self.groups.groupby("covariate", sort=False)
        ]
        by = ["value", "covariate", "level"]
        return pd.concat(keep).sort_values(by, ascending=[False, True, True], ignore_index=True)


def money_at_risk(value: CustomerValue) -> MoneyAtRisk:
    """The loss expected of today's customers: the sum of chance × value, by group and at the top.

    The interval comes from draws of the model's parameters, customers and their margins as they are; what is lost in
    the end varies around it by chance.
    """
    episodes = value.model.episodes
    said = (value.months, value.horizon, value.currency, episodes.min_cell)
    columns = ["covariate", "level", "value", "low", "high", "per_customer", "share", "n"]
    if value.reason:
        return MoneyAtRisk(value.reason, "", None, None, pd.DataFrame(columns=columns), *said)
    cells = value.cells
    n, each = cells["n"].to_numpy(float), cells["at_risk"].to_numpy(float)
    total, sums = float(n @ each), _drawn_sum(value, np.ones(len(cells)))
    rows = []
    for name, levels in episodes.levels.items():
        for level in levels:
            member = (cells[name] == level).to_numpy(float)
            if not member.any():
                continue
            amount, size = float((n * member) @ each), int(n @ member)
            interval = _interval(_drawn_sum(value, member), amount)
            rows.append((name, level, amount, *interval, amount / size, amount / total if total else 0.0, size))
    low, high = _interval(sums, total)
    whole = Estimate(total, low, high, value.currency, int(n.sum()))
    return MoneyAtRisk("", value.told, whole, _top_share(value, sums), pd.DataFrame(rows, columns=columns), *said)


def _top_share(value: CustomerValue, sums: Array) -> Estimate | None:
    """Share held at the top, from the draws of the `sums` over all; None where the top is too few to be shown."""
    n, each = value.cells["n"].to_numpy(float), value.cells["at_risk"].to_numpy(float)
    if TOP * n.sum() < value.model.episodes.min_cell:
        return None
    share, total = _top(n, each), float(n @ each)
    top = float((n * share) @ each / total) if total else 0.0
    low, high = _interval(_drawn_sum(value, share) / np.where(sums > 0, sums, 1), top)
    return Estimate(top, low, high, "share", int(n.sum()))


def _drawn_sum(value: CustomerValue, share: Array) -> Array:
    """(draws,) money at risk of the customers of whom each cell holds a `share`.

    Where the draws are of a sample of cells, only their ratio to the sample's own amount is taken from it.
    """
    cells, drawn = value.cells, value.drawn
    each = cells["at_risk"].to_numpy(float)
    weights = drawn.n * share[drawn.places]
    amount, sampled = float((cells["n"].to_numpy(float) * share) @ each), float(weights @ each[drawn.places])
    if not sampled:
        return np.full(drawn.at_risk.shape[1], amount)
    return weights @ drawn.at_risk * (amount / sampled)


def _top(n: Array, each: Array) -> Array:
    """(rows,) share of each cell that lies in the tenth of customers with the most at risk each."""
    order = np.argsort(-each, kind="stable")
    before = n[order].cumsum() - n[order]
    share = np.zeros(len(n))
    share[order] = np.clip((TOP * n.sum() - before) / n[order], 0, 1)
    return share


def _interval(draws: Array, value: float) -> tuple[float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return min(float(low), value), max(float(high), value)
