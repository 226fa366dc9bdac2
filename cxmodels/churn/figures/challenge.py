"""Which model told best who would leave; the title states which one is used, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.errors import without_place
from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    from cxmodels.churn.grading.challenge import Challenge


@styled
def challenge_ranking(challenge: Challenge) -> Figure:
    """Models by how much of the error of tenure alone they take away, the one that is used marked."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    table = challenge.table[challenge.table["brier"].notna()].sort_values("brier", ignore_index=True)
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.38 * len(table)))
    place = np.arange(len(table))[::-1]
    for y, row in zip(place, table.itertuples(), strict=True):
        colour = palette.TEAL if row.used else palette.RED if row.high < 0 else palette.GREY
        ax.hlines(y, row.low, row.high, color=colour, lw=2.4)
        ax.scatter([row.gain], [y], color=colour, zorder=3, s=42)
        aside(ax, y, f"{numbers.share(row.gain)}   AUC {numbers.decimal(row.auc, 3)}")
    ax.axvline(0, color=palette.SOFT, lw=1)
    labels = [f"{row.model}, used" if row.used else row.model for row in table.itertuples()]
    ax.set_yticks(place, labels, color=palette.INK)
    for label, used in zip(ax.get_yticklabels(), table["used"], strict=True):
        label.set_fontweight("bold" if used else "normal")
    ax.set_ylim(-0.6, len(table) - 0.4)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.locator_params(axis="x", nbins=4)
    rows_grid(ax)
    ax.set_xlabel("Error of tenure alone that is taken away, 95 % interval")
    said = "; ".join(
        f"{label} {numbers.share(row.gain)} ({numbers.share(row.low)} to {numbers.share(row.high)})"
        for label, row in zip(labels, table.itertuples(), strict=True)
    )
    alt = f"Share of the squared error of tenure alone that each model takes away: {said}."
    return Figure(drawing, _title(challenge), alt, _note(challenge))


def _title(challenge: Challenge) -> str:
    used, best = challenge.chosen, challenge.best
    if used["model"] == best["model"]:
        if used["kind"] == challenge.table["kind"].iloc[0]:
            return "No model told better than tenure alone who would leave"
        return f"{used['model']} told best who would leave, and is used"
    return f"{used['model']} is used: {best['model']} did better by no more than chance allows"


def _note(challenge: Challenge) -> str:
    people, left = numbers.count(challenge.customers), numbers.count(challenge.left)
    note = (
        f"Fitted to what was known on {dates.day(challenge.made_on)}; of {people} customers then, {left} left in the "
        f"{challenge.months} months since. Error: mean squared distance of the chance told from what came (Brier). The "
        "simplest model that is not really worse than the best is used."
    )
    missing = challenge.table[challenge.table["brier"].isna()]
    said = "; ".join(f"{row.model} ({without_place(row.why_not)})" for row in missing.itertuples())
    return f"{note} Not fitted: {said}." if said else note
