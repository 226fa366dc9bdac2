"""How long contracts are paid, seen and projected; the title says what a year and the years after it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.fits.retention import FAR, seen_and_fitted
from cxmodels.estimate import REAL
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.clv.fits.retention import RetentionFit

MOST_CURVES = 3
"""More would lie upon each other."""
FEWEST_MONTHS = 12
"""Seen of a group, for its curve to be drawn: with fewer it is mostly band."""
_COLOURS = (palette.OCHRE, palette.BLUE, palette.TEAL)
"""The last group has the last one."""
_ALL = "All"


@styled
def retention_by_cohort(fit: RetentionFit, months: int = 60) -> Figure:
    """Share of contracts still paying by months since they began: seen as points, projected as a line with its band.

    Parameters
    ----------
    fit
        From `fit_retention`. Groups that are fitted by themselves and were watched from the first month for a year
        are drawn, the last ones by name; where there is none, all contracts together.
    months
        How far the lines go.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    shown = _shown(fit)
    drawing, ax = plt.subplots(figsize=(WIDE, 3.2))
    projected = {name: fit.projected(months, None if name == _ALL else name) for name in shown}
    colours = _COLOURS[-len(shown) :]
    for (name, line), colour in zip(projected.items(), colours, strict=True):
        seen = shown[name][shown[name]["months"] <= months]
        ax.plot(line["months"], line["value"], color=colour)
        ax.fill_between(line["months"], line["low"], line["high"], color=colour, alpha=0.15, lw=0)
        ax.plot(seen["months"], seen["seen"], color=colour, marker="o", ms=3.2, lw=0, alpha=0.8)
    heights = apart([float(line["value"].iloc[-1]) for line in projected.values()], 0.065)
    for height, (name, line), colour in zip(heights, projected.items(), colours, strict=True):
        last = numbers.share(float(line["value"].iloc[-1]), 0)
        ax.annotate(
            last if name == _ALL else f"{name}  {last}", (months, height), xytext=(6, 0), textcoords="offset points",
            color=palette.word(colour), va="center", fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    step = next(step for step in (1, 3, 6, 12, 24) if months / step <= 7)
    ax.set(xlim=(0, months), ylim=(0, 1.03), xticks=np.arange(0, months + 1, step))
    ax.set(xlabel="Months since the contract began", ylabel="Still paying")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    note = (
        "Points: seen, as far as enough contracts were watched. Lines: shifted beta-geometric model with 95 % band. An "
        "end counts whatever its reason."
    )
    others = len(fit.groups) - len(shown) if _ALL not in shown else 0
    if others:
        name = fit.by.replace("_", " ")
        note += f" {others} more {name} is not drawn." if others == 1 else f" {others} more {name}s are not drawn."
    return Figure(drawing, _title(fit, shown), _alt(fit, shown, projected), note)


def _shown(fit: RetentionFit) -> dict[str, pd.DataFrame]:
    """What was seen of the groups that are drawn."""
    own = [str(name) for name in fit.groups.loc[fit.groups["own"], fit.by]]
    told = {name: seen_and_fitted(fit, name) for name in own}
    watched = {name: seen for name, seen in told.items() if len(seen) >= FEWEST_MONTHS and seen["since"].iloc[0] == 0}
    return {name: watched[name] for name in [*watched][-MOST_CURVES:]} or {_ALL: seen_and_fitted(fit)}


def _title(fit: RetentionFit, shown: dict[str, pd.DataFrame]) -> str:
    """The first group in a year and in three, and whether the last one keeps more of its contracts for a year."""
    if missed := _missed(fit, shown):
        return missed
    first, last = ([*shown][place] for place in (0, -1))
    drawn = [fit.model.survival(fit.of(None if name == _ALL else name).theta, [12, 36]) for name in (first, last)]
    year, third = (numbers.share(float(share), 0) for share in drawn[0].mean(axis=0))
    opening = f"Of contracts{_begun(fit, first)}, {year} still pay after a year and {third} after three"
    if first == last:
        return opening
    more = float((drawn[1][:, 0] > drawn[0][:, 0]).mean())
    share = numbers.share(float(drawn[1][:, 0].mean()), 0)
    if max(more, 1 - more) < REAL:
        return f"{opening}; no clear difference from those{_begun(fit, last)}"
    return f"{opening}; of those{_begun(fit, last)}, {share} after a year"


def _missed(fit: RetentionFit, shown: dict[str, pd.DataFrame]) -> str:
    """Where the curves tell another story than the points, that; empty where they do not."""
    apart = {name: (seen["seen"] - seen["fitted"]).abs() for name, seen in shown.items() if len(seen)}
    name = max(apart, key=lambda each: apart[each].max(), default="")
    if not name or apart[name].max() <= FAR:
        return ""
    row = shown[name].loc[apart[name].idxmax()]
    seen, fitted = numbers.share(row["seen"], 0), numbers.share(row["fitted"], 0)
    return (
        f"Contracts were not renewed as the model says: of those{_begun(fit, name)}, {seen} still paid after "
        f"{int(row['months'])} months, {fitted} by the model"
    )


def _begun(fit: RetentionFit, name: str) -> str:
    return "" if name == _ALL else f" begun in {name}" if fit.by == "cohort" else f" of {name}"


def _alt(fit: RetentionFit, shown: dict[str, pd.DataFrame], projected: dict[str, pd.DataFrame]) -> str:
    said = []
    for name, line in projected.items():
        at = line.set_index("months")["value"]
        points = ", ".join(
            f"{numbers.share(float(at[month]), 0)} at {month} months"
            for month in (12, 24, 36, 48, 60)
            if month in at.index
        )
        seen = shown[name]
        reach = f"seen for {int(seen['months'].max())} months" if len(seen) else "too few seen to be drawn"
        said.append(f"{'All contracts' if name == _ALL else name}: {points} ({reach})")
    return f"Share of contracts still paying by months since they began, projected. {'; '.join(said)}."
