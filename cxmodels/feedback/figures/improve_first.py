"""The importance–performance map: what weighs much and scores low; the title names it only where both are sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.feedback.drivers.labels import label, short
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.feedback.drivers.importance_performance import ImportancePerformance


@styled
def improve_first(found: ImportancePerformance) -> Figure:
    """Draw importance against performance, both with 95 % intervals.

    Parameters
    ----------
    found
        From `importance_performance`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    table = found.table
    drawing, ax = plt.subplots(figsize=(WIDE, 3.4))
    ax.axvline(1 / len(table), color=palette.LINE, lw=1.2)
    ax.axhline(table["performance"].mean(), color=palette.LINE, lw=1.2)
    low, high = table["performance_low"].min(), table["performance_high"].max()
    margin = max(3.0, 0.2 * (high - low))
    ax.set_ylim(max(low - margin, 0), min(high + margin, 100))
    ax.set_xlim(max(table["importance_low"].min() - 0.03, 0), table["importance_high"].max() + 0.03)
    order = table.sort_values("performance", ignore_index=True)
    heights = apart(order["performance"].tolist(), 0.075 * float(ax.get_ylim()[1] - ax.get_ylim()[0]))
    for row, height in zip(order.itertuples(), heights, strict=True):
        colour = palette.RED if row.first else palette.TEAL
        ax.hlines(row.performance, row.importance_low, row.importance_high, color=colour, lw=1.4, alpha=0.6)
        ax.vlines(row.importance, row.performance_low, row.performance_high, color=colour, lw=1.4, alpha=0.6)
        ax.scatter([row.importance], [row.performance], color=colour, zorder=3, s=48)
        ax.annotate(
            label(row.driver), (row.importance, row.performance), xytext=(1.04, height),
            textcoords=("axes fraction", "data"), va="center", color=palette.word(colour), fontsize=10,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.7, "alpha": 0.5, "shrinkA": 2, "shrinkB": 4},
        )  # fmt: skip
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(f"Importance: share of what is explained of the {short(found.target)} score")
    ax.set_ylabel("Performance: mean score, 0 to 100")
    said = "; ".join(
        f"{label(row.driver)}: importance {numbers.share(row.importance, 0)} "
        f"({numbers.share(row.importance_low, 0, percent=False)} to {numbers.share(row.importance_high, 0)}), "
        f"performance {numbers.decimal(row.performance, 0)} ({numbers.decimal(row.performance_low, 0)} to "
        f"{numbers.decimal(row.performance_high, 0)})"
        for row in table.itertuples()
    )
    note = (
        f"{numbers.count(found.responses)} answers; lines: 95 % intervals; pale lines: the average driver. To be "
        "improved first is what weighs more and scores less than it with a probability of .975 each. Questions on "
        "different scales are set beside each other from their lowest to their highest answer."
    )
    return Figure(drawing, _title(found), f"{said}.", note)


def _title(found: ImportancePerformance) -> str:
    first = found.table[found.table["first"]]
    target = short(found.target)
    if len(first):
        row = first.iloc[0]
        return (
            f"{label(row['driver'])} first: it weighs {numbers.share(row['importance'], 0)} of what is explained of "
            f"the {target} score, and scores {numbers.decimal(row['performance'], 0)} of 100"
        )
    return f"No driver of the {target} score surely weighs more and scores less than the average"
