"""A score for every customer: worked out by cell, joined back to pseudonyms by the engine, never seen in pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.churn.counts.covariates import as_counted
from cxmodels.churn.counts.episodes import MONTH, Episodes
from cxmodels.churn.counts.levels import OTHER
from cxmodels.churn.errors import NobodyActive
from cxmodels.churn.forecasts.causes import CauseFits, divided
from cxmodels.churn.forecasts.chances import chances, column, known_cells, limits
from cxmodels.churn.forecasts.remaining import COLUMN, months_to_come
from cxmodels.churn.models.model import Model

if TYPE_CHECKING:
    import ibis.expr.types as ir

SEED = 20260930
DIGITS = 6
"""Decimals of a score: far more than its interval knows, and as many as make its file the same everywhere."""
CUSTOMER, TENURE, BEYOND = "customer", "tenure_months", "extrapolated"
_CHUNK, _MOST_DRAWS, _FEWEST_DRAWS, _NUMBERS = 200_000, 1_000, 100, 20_000_000


@dataclass(frozen=True, eq=False)
class Scores:
    """What to expect of every customer of today, under pseudonyms.

    Attributes
    ----------
    table
        An Ibis table, one row a customer:

        ===================================  ==================================================================
        ``customer``                         pseudonym: 32 hexadecimal digits, the same every month
        a column for each category           the level scored, rare ones as ``"other"``
        ``tenure_months``                    whole months as a customer
        ``churn_1m`` ``_3m`` ``_6m`` ``_12m``  chance of leaving within so many months, given the tenure so far
        ``churn_1m_low``, ``…_high``         its 95 % limits: what the model's parameters leave open
        ``churn_12m_voluntary`` …            the chance at the longest horizon by cause; they add up to it
        ``remaining_months``                 expected months still to come within the study's horizon
        ``extrapolated``                     whether the longest horizon reaches beyond the observed tenure
        ===================================  ==================================================================
    cells
        The same for each distinct tenure and set of covariates: ``tenure``, the covariates, ``n``, the scores.
    customers
        How many rows `table` has.
    unseen
        Customers with a level the model had never seen, scored as ``"other"``.
    """

    table: ir.Table = field(repr=False)
    cells: pd.DataFrame
    customers: int
    unseen: int


def scores(
    snapshot: Any,
    model: Model,
    *,
    horizons: Iterable[int] = (1, 3, 6, 12),
    fitted: CauseFits | None = None,
    within: int | None = None,
    more: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
) -> Scores:
    """Score every customer of the snapshot's day.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    model
        Any fitted `Model`; the covariates and the rule of leaving are those of its episodes.
    horizons
        Months.
    fitted
        From `fit_causes`, for the chance by cause; None leaves it out.
    within
        Months within which the remaining ones are counted. Default: the study's ``horizon_months``.
    more
        Given cells with their scores, further columns on the same index, such as whom to contact.

    Raises
    ------
    UnseenLevel
        When a customer holds a level the model has never seen, and the model has no level ``"other"``.
    NobodyActive
        When nobody is a customer on the day.

    Notes
    -----
    The engine counts the distinct tenures and covariates, the model scores those, 200 000 at a time, and the engine
    joins the scores to the customers. With covariates that are numbers there can be as many cells as customers; their
    values then pass through memory, but never who holds them. Limits come from 1 000 draws of the parameters, fewer
    where cells are many, never below 100 (see `limits`).
    """
    months = tuple(horizons)
    keyed = today(snapshot, model.episodes)
    keys = [name for name in keyed.columns if name != "number"]
    counted = keyed.group_by(keys).aggregate(n=keyed.count()).execute()
    if not len(counted):
        raise NobodyActive("no contract runs on the day of the snapshot: there is nobody to score")
    # engines return groups in any order; the same data must give the same bytes
    counted = counted.sort_values(keys, ignore_index=True)
    scored, new = known_cells(model, counted, "other")
    to_come = snapshot.settings.churn.horizon_months if within is None else within
    draws = int(np.clip(_NUMBERS // len(scored), _FEWEST_DRAWS, _MOST_DRAWS))
    parts = [
        _scored(model, scored.iloc[start : start + _CHUNK], months, to_come, fitted, draws)
        for start in range(0, len(scored), _CHUNK)
    ]
    found = pd.concat(parts)
    if more is not None:
        found = found.join(more(pd.concat([scored, found], axis=1)))
    shown = [name for name in model.episodes.levels if name in scored.columns]
    table = _joined(snapshot, keyed, counted[keys], pd.concat([scored[shown], found], axis=1))
    return Scores(table, pd.concat([scored, found], axis=1), int(counted["n"].sum()), int(counted["n"] @ new))


def today(snapshot: Any, episodes: Episodes) -> ir.Table:
    """Every customer of the day: ``number``, ``tenure`` in the unit of the episodes, covariates as counted there."""
    import ibis

    table = as_counted(snapshot, episodes)
    table = table.filter(table.outcome == "active")
    pooled = {
        name: ibis.ifelse(table[name].isin(rare), OTHER, table[name]) for name, rare in episodes.pooled.items() if rare
    }
    days = -table.joined
    # only whole months that are over, the as-of day watched to its end
    tenure = days if episodes.unit == "days" else ((days + 1) / MONTH["days"]).ceil().cast("int64") - 1
    return table.mutate(**pooled).select(*episodes.covariates, number="customer", tenure=tenure)


def _scored(
    model: Model, cells: pd.DataFrame, months: tuple[int, ...], within: int, fitted: CauseFits | None, draws: int
) -> pd.DataFrame:
    """The scores of some cells, rounded."""
    month, longest = model.episodes.month, max(months)
    out = {TENURE: np.floor(cells["tenure"].to_numpy(float) / month).astype(np.int32)}
    found = chances(model, cells, months).round(DIGITS)
    for horizon, (low, high) in zip(months, limits(model, cells, months, draws, SEED), strict=True):
        chance = found[column(horizon)].to_numpy()
        out[column(horizon)] = chance
        out[f"{column(horizon)}_low"] = np.minimum(low.round(DIGITS), chance)
        out[f"{column(horizon)}_high"] = np.maximum(high.round(DIGITS), chance)
    if fitted is not None:
        # rounded sums, so that the causes still add up to the chance
        so_far = np.zeros(len(cells))
        total = np.zeros(len(cells))
        for cause, chance in zip(fitted.fits, divided(model, fitted, fitted.fits, cells, longest, month), strict=True):
            total += chance
            out[column(longest, cause)] = (total.round(DIGITS) - so_far).round(DIGITS)
            so_far = total.round(DIGITS)
    out[COLUMN] = months_to_come(model, cells, within, month).round(DIGITS)
    out[BEYOND] = cells["tenure"].to_numpy(float) + longest * month > model.reach
    return pd.DataFrame(out, index=cells.index)


def _joined(snapshot: Any, keyed: ir.Table, keys: pd.DataFrame, found: pd.DataFrame) -> ir.Table:
    """Customers under pseudonyms with the scores of their cell."""
    import ibis

    own = {name: f"key:{name}" for name in keys.columns}
    cells = ibis.memtable(pd.concat([keys.rename(columns=own), found], axis=1))
    people = snapshot.pseudonyms.select("number", **{CUSTOMER: "pseudonym"})
    # the level scored stands in the cells; the customer's own may be one the model has never seen
    holders = keyed.select("number", **{f"own:{name}": keyed[name] for name in own})
    rows = holders.inner_join(cells, [holders[f"own:{name}"] == cells[key] for name, key in own.items()])
    return rows.inner_join(people, "number").select(CUSTOMER, *found.columns)
