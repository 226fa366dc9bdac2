"""The importance–performance map: what goes with a construct most, and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDE
from cxmodels.loyalty.effects.told import in_words

if TYPE_CHECKING:
    from cxmodels.loyalty.effects.importance import ImportancePerformance


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
    urgent = [in_words(row.construct) for row in table[table["priority"]].itertuples()]
    top = table.iloc[0]
    title = (
        f"{', '.join(urgent).capitalize()}: more than average weight for {word}, less than average score "
        f"({numbers.decimal(float(table.loc[table['priority'], 'performance'].iloc[0]), 0)} of 100)"
        if urgent
        else f"Nothing that weighs much for {word} scores low; {in_words(top['construct'])} weighs most and scores "
        f"{numbers.decimal(top['performance'], 0)} of 100"
    )
    alt = f"{title}. " + "; ".join(
        f"{in_words(row.construct)}: {numbers.decimal(row.points, 2)} points for one more"
        f"{_limits(row.points_low, row.points_high)}, score "
        f"{numbers.decimal(row.performance, 0)} ({numbers.decimal(row.performance_low, 0)} to "
        f"{numbers.decimal(row.performance_high, 0)})"
        for row in table.itertuples()
    )
    note = (
        f"Lines: 95 % intervals; pale lines: the means. {word.capitalize()} itself scores "
        f"{numbers.decimal(found.performance, 0)}. Importance is what goes together, not what a measure would change."
    )
    return Figure(drawing, title, f"{alt}.", note)


def _limits(low: float, high: float) -> str:
    return "" if np.isnan(low) else f" ({numbers.decimal(low, 2)} to {numbers.decimal(high, 2)})"
