"""The importance–performance map: what goes with a construct most, and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDE
from cxmodels.loyalty.effects.told import capital, in_words, listed

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.loyalty.effects.importance import ImportancePerformance


SURE = 0.95
"""Probability of being first from which on a title says so."""


@styled
def importance_map(found: ImportancePerformance) -> Figure:
    """Draw total effects against scores, both with their limits.

    Parameters
    ----------
    found
        From `importance_performance`.
    """
    import matplotlib.pyplot as plt

    table = found.constructs
    drawing, ax = plt.subplots(figsize=(WIDE, 3.4))
    ax.axvline(table["points"].mean(), color=palette.LINE, lw=1.2)
    ax.axhline(table["performance"].mean(), color=palette.LINE, lw=1.2)
    for row in table.itertuples():
        colour = palette.RED if row.priority else palette.TEAL
        clear = row.points_low > 0 or row.points_high < 0
        ax.hlines(row.performance, row.points_low, row.points_high, color=colour, lw=1.4, alpha=0.6)
        ax.vlines(row.points, row.performance_low, row.performance_high, color=colour, lw=1.4, alpha=0.6)
        ax.scatter([row.points], [row.performance], color=colour if clear else palette.GREY, zorder=3, s=48)
    low, high = table["performance_low"].min(), table["performance_high"].max()
    margin = max(3.0, 0.25 * (high - low))
    ax.set_ylim(max(low - margin, 0), min(high + margin, 100))
    heights = apart(table["performance"].tolist(), 0.075 * float(np.ptp(ax.get_ylim())))
    for row, height in zip(table.itertuples(), heights, strict=True):
        ax.annotate(
            in_words(row.construct).capitalize(), (row.points, height), xytext=(7, 7), textcoords="offset points",
            color=palette.INK, fontsize=10,
        )  # fmt: skip
    ends = table[["points_low", "points_high", "points"]].to_numpy(float)
    ends = np.clip(ends[np.isfinite(ends)], -1.5, 1.5)
    ax.set_xlim(min(ends.min(), 0) - 0.05, ends.max() + 0.25)
    word = in_words(found.target)
    ax.set_xlabel(f"Importance: points of {word} for a point more")
    ax.set_ylabel("Performance: score, 0 to 100")
    title = _title(table, word)
    alt = f"{title}. " + "; ".join(
        f"{in_words(row.construct)}: {numbers.decimal(row.points, 2)} points for one more"
        f"{_limits(row.points_low, row.points_high)}, score "
        f"{numbers.decimal(row.performance, 0)} ({numbers.decimal(row.performance_low, 0)} to "
        f"{numbers.decimal(row.performance_high, 0)})"
        for row in table.itertuples()
    )
    note = (
        "Lines: 95 % intervals; pale lines: the means. Red: surely more than average weight and less than average "
        f"score. {capital(word)} itself scores {numbers.decimal(found.performance, 0)}. Importance is what goes "
        "together, not what a measure would change."
    )
    return Figure(drawing, title, f"{alt}.", note)


def _title(table: pd.DataFrame, word: str) -> str:
    """What is beyond doubt: what weighs much and scores low; else what weighs most, as far as that is known."""
    urgent = table[table["priority"]]
    if len(urgent):
        names = capital(listed([in_words(name) for name in urgent["construct"]]))
        score = numbers.decimal(urgent["performance"].iloc[0], 0)
        return f"{names}: more than average weight for {word}, less than average score ({score} of 100)"
    top = table.loc[table["points"].idxmax()]
    name, score = in_words(top["construct"]), f"scores {numbers.decimal(top['performance'], 0)} of 100"
    if np.isnan(top["first"]):
        return f"{capital(name)} is found to weigh most for {word}, how surely is not known; it {score}"
    if top["first"] >= SURE:
        return f"{capital(name)} weighs most for {word} and {score}"
    p = numbers.decimal(top["first"], 2)
    return f"What weighs most for {word} is not sure: {name} comes first with P {p} and {score}"


def _limits(low: float, high: float) -> str:
    return "" if np.isnan(low) else f" ({numbers.decimal(low, 2)} to {numbers.decimal(high, 2)})"
