"""A score month by month and the level behind it; the title says whether the last move is real or noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.feedback.trend.trend import Trend


@styled
def nps_trend(found: Trend, *, name: str = "NPS", about: str = "") -> Figure:
    """The score of each month with its interval, and the smoothed level with its band.

    Parameters
    ----------
    found
        From `trend`.
    name
        What the score is called.
    about
        What was asked about, as words after the name: ``"after a contact"``.
    """
    import matplotlib.dates as mdates
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    frame = found.frame
    when = pd.to_datetime(frame["month"]).to_numpy()
    drawing, ax = plt.subplots(figsize=(WIDE, 2.9))
    ax.fill_between(when, frame["level_low"], frame["level_high"], color=palette.TEAL, alpha=0.18, lw=0)
    ax.plot(when, frame["level"], color=palette.TEAL)
    ax.vlines(when, frame["low"], frame["high"], color=palette.GREY, lw=1, alpha=0.75)
    ax.scatter(when, frame["value"], color=palette.GREY, s=14, zorder=3)
    last = frame.iloc[-1]
    ax.annotate(
        numbers.value(last["level"], found.unit, bare=True), (when[-1], last["level"]), xytext=(7, 0),
        textcoords="offset points", va="center", color=palette.TEAL, fontweight="bold", annotation_clip=False,
    )  # fmt: skip
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda at, _: numbers.decimal(100 * at if _shared(found) else at, 0)))
    ax.set_ylabel(f"{name}, {'%' if _shared(found) else 'points'}")
    ax.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=7))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda at, _: _month(mdates.num2date(at))))
    note = (
        "Grey: the score of each month's answers alone, 95 % interval. Line and band: the level behind all months, "
        "which takes from each as much as its number of answers is worth (local level, 95 %)."
    )
    if frame["value"].isna().any():
        note += " Months without a point have too few answers to be told."
    return Figure(drawing, _title(found, f"{name} {about}".strip()), _alt(found, f"{name} {about}".strip()), note)


def _shared(found: Trend) -> bool:
    return found.unit == "share"


def _title(found: Trend, name: str) -> str:
    last = found.frame.iloc[-1]
    month = dates.month(last["month"])
    level = numbers.value(float(last["level"]), found.unit)
    move = found.last_move
    if move is None or np.isnan(move.visible):
        return f"{name}: {level} in {month}; nothing to compare it with"
    if move.real:
        size = numbers.value(abs(move.difference.value), found.unit)
        sure = numbers.told(move).split(", ")[1]
        verb = "rose" if move.difference.value > 0 else "fell"
        return f"{name} {verb} by {size} in {month}, to {level}: real, {sure}"
    return f"{name}: {level} in {month}; its move since the month before is within noise"


def _alt(found: Trend, name: str) -> str:
    frame = found.frame
    first, last = frame.iloc[0], frame.iloc[-1]

    def said(row: pd.Series) -> str:
        value, low, high = (
            numbers.value(float(row[side]), found.unit) for side in ("level", "level_low", "level_high")
        )
        return f"{value} ({low} to {high}) in {dates.month(row['month'])}"

    highest, lowest = frame.loc[frame["level"].idxmax()], frame.loc[frame["level"].idxmin()]
    return (
        f"{name} by month. The level behind the monthly scores: {said(first)}, {said(last)}; lowest {said(lowest)}, "
        f"highest {said(highest)}."
    )


def _month(day: pd.Timestamp) -> str:
    return f"{dates.month(f'{day:%Y-%m}')[:3]}\n{day:%Y}"
