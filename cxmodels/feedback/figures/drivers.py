"""What goes with a score: bars of importance, and what low and high scores go with; titles claim no cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.estimate import REAL
from cxmodels.feedback.drivers.labels import label, short
from cxmodels.feedback.drivers.penalty_reward import OPEN
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxmodels.feedback.drivers.driver_weights import DriverWeights
    from cxmodels.feedback.drivers.penalty_reward import PenaltyReward

_SEEN = 0.005
"""A smaller probability is not written beside its bar."""
_CLASSES = {
    "must-have": "must-have",
    "performance": "counts both ways",
    "delighter": "delighter",
    "idle": "no effect",
}


@styled
def driver_bars(found: DriverWeights) -> Figure:
    """Draw how much of the variance of a score goes with each driver (LMG), with 95 % intervals.

    Parameters
    ----------
    found
        From `driver_weights`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    table = found.table
    drawing, ax = plt.subplots(figsize=(WIDTH, 1.0 + 0.4 * len(table)))
    place = np.arange(len(table))[::-1]
    for y, row in zip(place, table.itertuples(), strict=True):
        colour = palette.SLATE if row.fact else palette.TEAL
        ax.barh(y, row.lmg, height=0.6, color=colour, alpha=0.35)
        ax.hlines(y, row.lmg_low, row.lmg_high, color=colour, lw=2.4)
        first = f"   first: P {numbers.decimal(row.first, 2)}" if row.first >= _SEEN else ""
        aside(ax, y, f"{numbers.share(row.lmg, 0)}{first}")
    _rows(ax, place, [label(name) for name in table["driver"]])
    ax.set_xlim(left=0)
    ax.xaxis.set_major_locator(MaxNLocator(4))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(f"Share of the variance of the {short(found.target)} score, 95 % interval")
    said = "; ".join(
        f"{label(row.driver)} {numbers.share(row.lmg, 0)} ({numbers.share(row.lmg_low, 0, percent=False)} to "
        f"{numbers.share(row.lmg_high, 0)}), first with probability {numbers.decimal(row.first, 2)}"
        for row in table.itertuples()
    )
    alt = f"Of the variance of the {short(found.target)} score goes with each driver: {said}."
    facts = " Grey: known facts, no scores." if table["fact"].any() and not table["fact"].all() else ""
    note = (
        f"{numbers.count(found.responses)} answers of {numbers.count(found.customers)} customers. LMG: the mean gain "
        "of each driver over all orders in which they can enter (Lindeman, Merenda & Gold 1980). What goes together, "
        f"not what a measure would change.{facts}"
    )
    return Figure(drawing, _first(found), alt, note)


def _first(found: DriverWeights) -> str:
    table, target = found.table, short(found.target)
    top, explained = table.iloc[0], numbers.share(found.r2.value, 0)
    if len(table) == 1:
        return f"{label(top['driver'])} goes with {explained} of the variance of the {target} score"
    share = numbers.share(top["lmg_share"], 0)
    if top["first"] >= REAL:
        return f"{label(top['driver'])} goes most with the {target} score: {share} of the {explained} that is explained"
    rivals = [label(name) for name in table.loc[table["first"] >= 1 - REAL, "driver"]]
    listed = " or ".join([", ".join(rivals[:-1]), rivals[-1]]) if len(rivals) > 1 else "One driver"
    return f"{listed} goes most with the {target} score: which one is not told"


@styled
def penalty_reward_dots(found: PenaltyReward) -> Figure:
    """Draw what low and high scores on each driver go with, a pair of dots with 95 % intervals a driver.

    Parameters
    ----------
    found
        From `penalty_reward`.
    """
    import matplotlib.pyplot as plt

    table = found.table
    drawing, ax = plt.subplots(figsize=(WIDTH, 1.0 + 0.56 * len(table)))
    ax.axvline(0, color=palette.SOFT, lw=1)
    place = np.arange(len(table))[::-1]
    for y, row in zip(place, table.itertuples(), strict=True):
        sides = (
            (row.penalty, row.penalty_low, row.penalty_high, palette.RED, "o", 0.11),
            (row.reward, row.reward_low, row.reward_high, palette.TEAL, "D", -0.11),
        )
        for value, low, high, own, marker, off in sides:
            colour = own if low > 0 or high < 0 else palette.GREY
            ax.hlines(y + off, low, high, color=colour, lw=2.2)
            ax.scatter([value], [y + off], color=colour, marker=marker, zorder=3, s=34)
        doubt = "," if row.probability >= REAL else "?"
        aside(ax, y, f"{_CLASSES[row.likeliest]}{doubt} P {numbers.decimal(row.probability, 2)}")
    _rows(ax, place, [label(name) for name in table["driver"]])
    ax.set_xlabel(
        f"Points of the {short(found.target)} score against middling answers, 95 % interval\n"
        "(circle: low scores; diamond: high scores)"
    )
    said = "; ".join(
        f"{label(row.driver)}: low {_said(row.penalty, row.penalty_low, row.penalty_high)}, high "
        f"{_said(row.reward, row.reward_low, row.reward_high)}, {_CLASSES[row.likeliest]} with probability "
        f"{numbers.decimal(row.probability, 2)}"
        for row in table.itertuples()
    )
    alt = f"Points of the {short(found.target)} score that low and high scores go with: {said}."
    left = ", ".join(label(name) for name in found.hidden)
    hidden = f" Too few low, middling or high answers: {left}." if left else ""
    note = (
        f"{numbers.count(found.responses)} answers; the other drivers held equal. A must-have takes more where it is "
        "low than it gives where it is high; a delighter the reverse (Brandt 1987). A question mark: not told, its "
        "probability is below .975. Grey: not told from nought."
        f"{hidden}"
    )
    return Figure(drawing, _classes(found), alt, note)


def _classes(found: PenaltyReward) -> str:
    told = found.table[found.table["class"] != OPEN]
    target = short(found.target)
    for name, words in (
        ("must-have", "a must-have for the {} score: low scores take more than high ones give"),
        ("delighter", "a delighter for the {} score: high scores give more than low ones take"),
        ("performance", "a driver of the {} score both ways: low scores take what high ones give"),
    ):
        if len(chosen := told[told["class"] == name]):
            return f"{label(chosen.iloc[0]['driver'])} is {words.format(target)}"
    top = found.table.iloc[0]
    return (
        f"{label(top['driver'])} moves the {target} score most, by {numbers.decimal(top['reward'] - top['penalty'])} "
        "points from low to high; must-have or delighter is not told"
    )


def _rows(ax: Any, place: Any, labels: Sequence[str]) -> None:
    ax.set_yticks(place, labels, color=palette.INK)
    ax.set_ylim(-0.6, len(labels) - 0.4)
    rows_grid(ax)


def _said(value: float, low: float, high: float) -> str:
    return f"{numbers.decimal(value)} ({numbers.decimal(low)} to {numbers.decimal(high)})"
