"""Customers by how often they bought again, seen and expected; the title states how many lie apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    from cxmodels.clv.grading.frequency import FrequencyTable

MANY = 9
"""Classes whose names fit side by side."""


@styled
def repeat_frequency(frequency: FrequencyTable, min_cell: int = 10) -> Figure:
    """Bars of the customers seen with so many repeat purchases, and the number the model expects.

    Parameters
    ----------
    frequency
        From `frequency_table`.
    min_cell
        Bars of fewer customers are not drawn, nor those that would give them away.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter

    table = frequency.table
    drawing, ax = plt.subplots(figsize=(WIDE, 2.9))
    place = np.arange(len(table))
    shown = ~suppress(table, ["repeats"], n="seen", min_cell=min_cell)["suppressed"]
    ax.bar(place, table["seen"].where(shown), width=0.62, color=palette.TEAL, alpha=0.75)
    ax.vlines(place, table["low"], table["high"], color=palette.INK, lw=1.6)
    ax.scatter(place, table["expected"], marker="_", s=300, color=palette.INK, linewidth=1.8, zorder=3)
    for x, row in zip(place[shown], table[shown].itertuples(), strict=True):
        top = max(row.seen, row.high)
        ax.annotate(
            numbers.count(row.seen), (x, top), xytext=(0, 4), textcoords="offset points", ha="center",
            color=palette.TEAL, fontsize=9.5,
        )  # fmt: skip
    ax.set_xticks(place, table["repeats"])
    ax.tick_params(axis="x", labelsize=9.5 if len(table) <= MANY else 8)
    ax.set_ylim(0, 1.12 * max(table["high"].max(), table["seen"].max()))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda at, _: numbers.count(at)))
    ax.set(xlabel="Repeat purchases so far\n█ seen    ━ expected, 90 % range", ylabel="Customers")
    said = "; ".join(
        f"{row.repeats}: {numbers.count(row.seen) if told else 'too few to be told'} seen, "
        f"{numbers.count(row.expected)} expected"
        for row, told in zip(table.itertuples(), shown, strict=True)
    )
    title = (
        f"{frequency.model} places {numbers.share(frequency.miss)} of customers in another class of repeat purchases "
        "than they are in"
    )
    note = (
        "What the model, fitted to these customers, expects of as many who have been there as long. "
        f"{_rarely(frequency.p)} of the tables simulated from it lie further from the expected one; with customers "
        "enough every model fails such a test, so look at how many lie elsewhere."
    )
    if not shown.all():
        note += f" Bars of fewer than {min_cell} customers are not drawn, nor what would give them away."
    return Figure(drawing, title, f"Customers by repeat purchases: {said}.", note)


def _rarely(p: float) -> str:
    return "Fewer than 1\u202f%" if p < 0.01 else numbers.share(p, 0)
