"""Repeat purchases over time, seen and expected; the title states how far apart they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.clv.grading.tracking import Tracking


@styled
def repeat_purchases_tracked(tracking: Tracking) -> Figure:
    """Repeat purchases so far, and those of each week, beside what was expected; a line where the model was fitted.

    Parameters
    ----------
    tracking
        From `tracking`.
    """
    import matplotlib.dates as mdates
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter

    table = tracking.table
    when = pd.to_datetime(table["until"]).to_numpy()
    fitted = np.datetime64(tracking.made_on)
    drawing, (upper, lower) = plt.subplots(2, 1, figsize=(WIDE, 4.4), height_ratios=[3, 2], sharex=True)
    for ax, kind in ((upper, ""), (lower, "week_")):
        ax.fill_between(when, table[f"{kind}low"], table[f"{kind}high"], color=palette.GREY, alpha=0.3, lw=0)
        ax.plot(when, table[f"{kind}expected"], color=palette.INK, lw=1.6)
        ax.plot(when, table[f"{kind}seen"], color=palette.TEAL, lw=1.4 if kind else 2)
        ax.axvline(fitted, color=palette.SOFT, lw=1, ls=(0, (4, 3)))
        ax.set_ylim(0, None)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda at, _: numbers.count(at)))
    ends = np.array([table["seen"].iloc[-1], table["expected"].iloc[-1]], float)
    least = 0.07 * upper.get_ylim()[1]
    middle, gap = ends.mean(), max(abs(ends[0] - ends[1]), least) / 2
    sides = (1, -1) if ends[0] >= ends[1] else (-1, 1)
    for side, text, colour in zip(sides, ("seen", "expected"), (palette.TEAL, palette.INK), strict=True):
        upper.annotate(
            text, (when[-1], middle + side * gap), xytext=(6, 0), textcoords="offset points", va="center",
            color=colour, fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    upper.annotate(
        "fitted here ", (fitted, 0.97), xycoords=("data", "axes fraction"), ha="right", va="top", color=palette.SOFT,
        fontsize=9.5,
    )  # fmt: skip
    upper.set_ylabel("Repeat purchases so far")
    lower.set_ylabel("In the week")
    lower.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=6))
    lower.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _month(mdates.num2date(at))))
    drawing.align_ylabels()
    last = table.iloc[-1]
    alt = (
        f"Repeat purchases by {dates.day(tracking.as_of)}: {numbers.count(last['seen'])} seen, "
        f"{numbers.count(last['expected'])} expected ({numbers.count(last['low'])} to {numbers.count(last['high'])}). "
        f"Beneath, the same week by week. The model was fitted on {dates.day(tracking.made_on)}."
    )
    note = (
        f"{tracking.model}, fitted to what was known on {dates.day(tracking.made_on)}. Expected of all customers from "
        "the day each first bought, also of those who came since, who are in no hold-out; band: 90 % range of what "
        "would be counted if all buy independently of each other. Seasons and campaigns are not in the model: weeks "
        "may leave the band where the sum does not."
    )
    return Figure(drawing, _title(tracking), alt, note)


def _title(tracking: Tracking) -> str:
    error, since = tracking.error.value, tracking.error_since.value
    if np.isnan(error):
        return "Nobody bought again, so that nothing can be tracked"
    opening = f"By {dates.day(tracking.as_of)} {_off(error)} repeat purchases were expected than came"
    return opening if np.isnan(since) else f"{opening}; since the model was fitted, {_off(since)}"


def _off(error: float) -> str:
    return f"{numbers.share(abs(error))} {'more' if error >= 0 else 'fewer'}"


def _month(day: pd.Timestamp) -> str:
    return f"{dates.month(f'{day:%Y-%m}')[:3]}\n{day:%Y}"
