"""Scores of the groups of an attribute, pooled; the title says which is the worst, and how surely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.estimate import REAL
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.feedback.pooling.partial_pooling import Pooled

MOST = 24
"""Groups that are drawn, the worst."""
_SIDES = ("value", "low", "high")
_NAMES = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "cxi": "CXi"}


@styled
def score_by_group(found: Pooled) -> Figure:
    """The pooled score of each group with its interval, its own as a tick, and how many answered; the worst on top.

    Parameters
    ----------
    found
        From `pooled`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    table = found.table.head(MOST)
    shared = found.unit == "share"
    place = np.arange(len(table))[::-1]
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.8 + 0.34 * len(table)))
    ax.axvline(found.together, color=palette.SOFT, lw=1, ls=":")
    for y, row in zip(place, table.itertuples(), strict=True):
        colour = palette.RED if row.below >= REAL else palette.TEAL if row.below <= 1 - REAL else palette.GREY
        ax.hlines(y, row.low, row.high, color=colour, lw=2.4)
        ax.scatter([row.value], [y], color=colour, zorder=3, s=42)
        ax.scatter([row.raw], [y], color=palette.INK, marker="|", s=90, lw=1.2, zorder=4)
        aside(ax, y, f"{numbers.value(row.value, found.unit, bare=not shared)}   n {numbers.count(row.n)}")
    ax.set_yticks(place, table[found.by], color=palette.INK)
    ax.set_ylim(-0.6, len(table) - 0.4)
    rows_grid(ax)
    ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: numbers.decimal(100 * at if shared else at, 0)))
    ax.set_xlabel(f"{_NAMES[found.metric]}, {'%' if shared else 'points'}, {100 * found.level:g} % interval")
    note = (
        f"Groups of few answers are drawn towards the others (partial pooling); tick: the group's own score. Dotted: "
        f"all together, {numbers.value(found.together, found.unit)}. Red and teal: below and above it with P ≥ .975. "
        "A difference between groups need not come from what parts them."
    )
    if found.hidden:
        note += f" Groups too small to be told, or that would betray one, are left out ({found.hidden})."
    if len(found.table) > MOST:
        note += f" The {MOST} lowest of {len(found.table)} are drawn."
    return Figure(drawing, _title(found), _alt(found, table), note)


def _title(found: Pooled) -> str:
    told = found.table.dropna(subset="worst")
    what = _words(found.by)
    name = _NAMES[found.metric]
    if told.empty:
        return f"{name} by {what}"
    row = told.loc[told["worst"].idxmax()]
    group, chance = str(row[found.by]), _probability(row["worst"])
    opening = group[:1].upper() + group[1:]
    score = numbers.value(float(row["value"]), found.unit)
    every = numbers.value(found.together, found.unit)
    if row["worst"] >= REAL:
        return f"{opening} is the worst {what} with {chance}: {name} {score}, all together {every}"
    if row["worst"] >= 0.5:
        return f"{opening} is the worst {what} with {chance}, which is not sure: {name} {score}, all together {every}"
    return f"No {what} is likelier than not the worst in {name}; likeliest is {group} with {chance}"


def _alt(found: Pooled, table: pd.DataFrame) -> str:
    def said(row: Any) -> str:
        value, low, high = (numbers.value(float(row[side]), found.unit, side != "value") for side in _SIDES)
        worst = "" if np.isnan(row["worst"]) else f", worst with {_probability(row['worst'])}"
        return f"{row[found.by]} {value} ({low} to {high}, {numbers.count(row['n'])} answers{worst})"

    rows = "; ".join(said(row) for _, row in table.iterrows())
    return (
        f"{_NAMES[found.metric]} by {_words(found.by)}, pooled. All together "
        f"{numbers.value(found.together, found.unit)}. {rows}."
    )


def _probability(chance: float) -> str:
    if chance > 0.995:
        return "P > .99"
    return "P < .01" if chance < 0.005 else f"P = {chance:.2f}".replace("0.", ".")


def _words(name: str) -> str:
    return name.replace("_", " ")
