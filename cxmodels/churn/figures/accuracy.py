"""Chances told beside what came; the title states how far apart they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.churn.accuracy.calibration import Calibration


@styled
def calibration_curve(calibration: Calibration, months: int = 12, min_cell: int = 10) -> Figure:
    """Observed against told shares in groups of rising risk; on the diagonal they agree.

    Parameters
    ----------
    calibration
        From `calibration` or `calibration_by_decile`.
    months
        Within how many months the chances are of leaving.
    min_cell
        Groups with fewer customers are not drawn.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    table = calibration.table[calibration.table["n"] >= min_cell]
    top = 1.08 * max(table["high"].max(), table["expected"].max(), 0.01) if len(table) else 1.0
    drawing, ax = plt.subplots(figsize=(WIDE, 0.82 * WIDE))
    ax.plot([0, top], [0, top], color=palette.SOFT, lw=1)
    corners = (((0.03, 0.96), "left", "more left than forecast"), ((0.97, 0.04), "right", "fewer left than forecast"))
    for place, side, text in corners:
        ax.annotate(
            text, place, xycoords="axes fraction", ha=side, va="top" if side == "left" else "bottom",
            color=palette.SOFT, fontsize=9.5,
        )  # fmt: skip
    for row in table.itertuples():
        colour = palette.TEAL if row.low <= row.expected <= row.high else palette.RED
        ax.vlines(row.expected, row.low, row.high, color=colour, lw=2.4)
        ax.scatter([row.expected], [row.observed], color=colour, zorder=3, s=42)
    ax.set(xlim=(0, top), ylim=(0, top))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0 if top > 0.05 else 1))
    ax.grid(visible=True)
    ax.set_xlabel(f"Forecast to leave within {months} months")
    ax.set_ylabel("Left, 95 % interval")
    said = "; ".join(
        f"{numbers.share(row.expected)} forecast, {numbers.share(row.observed)} left ({numbers.share(row.low)} to "
        f"{numbers.share(row.high)})"
        for row in table.itertuples()
    )
    alt = f"Share forecast and share that left in {len(table)} groups of rising risk: {said}." if said else "No group."
    return Figure(drawing, _title(calibration), alt, _note(calibration, len(table)))


def _title(calibration: Calibration) -> str:
    error = 100 * calibration.mean_absolute_error
    chance = 100 * calibration.error_by_chance
    opening = f"Forecast and outcome differ by {numbers.decimal(error)} points on average over groups of rising risk"
    return f"{opening}; chance alone makes {numbers.decimal(chance)}"


def _note(calibration: Calibration, drawn: int) -> str:
    sizes = calibration.table["n"]
    note = (
        f"{drawn} groups of about {numbers.count(sizes.median())} customers each, from the lowest risk to the highest."
    )
    slope, ratio = calibration.slope, calibration.ratio
    # a slope that has no finite estimate is not a number
    if slope.value == slope.value and ratio.value == ratio.value:
        note += (
            f" Departures over those forecast: {numbers.decimal(ratio.value, 2)} ({numbers.decimal(ratio.low, 2)} – "
            f"{numbers.decimal(ratio.high, 2)}); slope {numbers.decimal(slope.value, 2)} "
            f"({numbers.decimal(slope.low, 2)} – {numbers.decimal(slope.high, 2)}), 1 if risks lie neither too "
            "far apart nor too close."
        )
    if calibration.left_out:
        note += f" {numbers.count(calibration.left_out)} customers are in groups watched too little to be told."
    return note
