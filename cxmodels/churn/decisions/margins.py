"""What a customer brings a month, by covariates: counted by the engine from the contracts that run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.churn.counts.covariates import with_covariates
from cxmodels.churn.counts.levels import OTHER

if TYPE_CHECKING:
    from cxmodels.churn.counts.episodes import Episodes


@dataclass(frozen=True, eq=False)
class Margins:
    """Margin a month.

    Attributes
    ----------
    groups
        The covariates it is told by, ``margin`` (mean of a month, in the study's currency) and ``n``, the contracts
        that the mean rests on. Empty where nothing is recorded.
    told
        What was taken, or why nothing could be, in a sentence.
    """

    groups: pd.DataFrame
    told: str

    @property
    def mean(self) -> float:
        """Of all customers with a fee on record; NaN where there are none."""
        return float(np.average(self.groups["margin"], weights=self.groups["n"])) if len(self.groups) else float("nan")

    def of(self, cells: pd.DataFrame) -> np.ndarray:
        """(rows,) margin a month of each cell; the mean of all where a cell's own covariates have none on record."""
        names = [name for name in self.groups.columns if name not in ("margin", "n")]
        if not names:
            return np.full(len(cells), self.mean)
        return cells[names].merge(self.groups, how="left", on=names)["margin"].fillna(self.mean).to_numpy(float)


def monthly_margins(snapshot: Any, episodes: Episodes) -> Margins:
    """Mean margin a month of today's customers, by those covariates of `episodes` that are on record with a contract.

    It is ``monthly_fee × margin_rate`` of the contract that runs; of contracts begun over one another, the last.
    Where no margin rate is on record it is the fee itself, and `Margins.told` says so. Contracts without the figures
    are left out of the mean.
    """
    import ibis

    nothing = pd.DataFrame({"margin": [], "n": []})
    if "contracts" not in snapshot.tables:
        return Margins(nothing, "What a kept customer is worth is not known: there is no table contracts with fees.")
    names = tuple(name for name in episodes.covariates if name in episodes.levels and name not in episodes.time_varying)
    table = with_covariates(snapshot, names)
    if "monthly_fee" not in table.columns:
        return Margins(nothing, "What a kept customer is worth is not known: contracts have no monthly_fee.")
    fee = table.monthly_fee.cast("float64")
    rate = table.margin_rate.cast("float64") if "margin_rate" in table.columns else ibis.null("float64")
    today = table.mutate(fee=fee, earned=fee * rate).filter(table.outcome == "active")
    sums = {"fee": today.fee.sum(), "fees": today.fee.count(), "earned": today.earned.sum(), "n": today.earned.count()}
    frame = (today.group_by(list(names)) if names else today).aggregate(**sums).execute()
    if not frame["fees"].sum():
        return Margins(nothing, "What a kept customer is worth is not known: no running contract has a monthly_fee.")
    told = "the margin of the contracts that run (monthly_fee × margin_rate)"
    if not frame["n"].sum():
        frame = frame.assign(earned=frame["fee"], n=frame["fees"])
        told = "the whole monthly_fee of the contracts that run, as no margin_rate is recorded: an upper bound"
    return Margins(_pooled(frame[[*names, "earned", "n"]], names, episodes), told)


def _pooled(frame: pd.DataFrame, names: tuple[str, ...], episodes: Episodes) -> pd.DataFrame:
    """Means by the levels as the episodes have them: rare ones together."""
    frame = frame[frame["n"] > 0].copy()
    for name in names:
        frame[name] = frame[name].where(frame[name].isin(episodes.levels[name]), OTHER)
    if names:
        frame = frame.groupby(list(names), as_index=False, sort=True)[["earned", "n"]].sum()
    return frame.assign(margin=frame["earned"] / frame["n"])[[*names, "margin", "n"]].reset_index(drop=True)
