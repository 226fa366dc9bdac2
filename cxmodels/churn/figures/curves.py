"""Curves of the churn page: survival, and churn month by month; each title states what the numbers say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.churn.models.kaplan_meier import EVERYONE
from cxmodels.estimate import Estimate
from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDE
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    from cxmodels.churn.models.kaplan_meier import Survival

MOST_CURVES = 6


@styled
def survival_curves(survival: Survival) -> Figure:
    """Curves with their intervals, beside each the share of its title, and the number at risk beneath."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    mark = _common_mark(survival, list(survival.sizes)[:MOST_CURVES])
    levels = _ranked(survival, list(survival.sizes)[:MOST_CURVES], mark)
    colours = _colours(len(levels))
    curves = {level: _drawn(survival, level) for level in levels}
    longest = max(curve["months"].iloc[-1] for curve in curves.values())
    step = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120) if longest / step <= 7)
    months = np.arange(0, longest + 0.5, step)
    told = _at_risk(survival, months)
    rows = len(levels)
    drawing, (ax, risk) = plt.subplots(
        2, 1, figsize=(WIDE, 3.2 + 0.2 * rows), height_ratios=[3.2, 0.24 + 0.2 * rows], sharex=True
    )
    drawing.subplots_adjust(hspace=0.06)
    ends: list[tuple[float, str, str]] = []
    for row, (level, curve) in enumerate(curves.items()):
        colour = colours[row]
        ax.step(curve["months"], curve["survival"], where="post", color=colour)
        ax.fill_between(curve["months"], curve["low"], curve["high"], step="post", color=colour, alpha=0.15, lw=0)
        name = "" if level == EVERYONE else level
        if mark is not None and (share := survival.at(mark, level)) is not None:
            ax.scatter([mark], [share.value], color=colour, zorder=3, s=30)
            name = f"{name}  {numbers.share(share.value, 0)}".strip()
        ends.append((float(curve["survival"].iloc[-1]), name, colour))
        for month in months:
            at_risk = told[level, month]
            text = "–" if at_risk is None else numbers.count(at_risk)
            risk.text(month, -row, text, ha="center", va="center", color=palette.word(colour), fontsize=9.5)
    for height, (_, text, colour) in zip(apart([end[0] for end in ends], 0.065), ends, strict=True):
        ax.annotate(
            text, (longest, height), xytext=(6, 0), textcoords="offset points", va="center",
            color=palette.word(colour), fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    ax.set(ylim=(0, 1.03), ylabel="Still customers")
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.tick_params(labelbottom=False, bottom=False)
    risk.set(ylim=(-rows + 0.4, 1.4), xticks=months, xlabel="Months since joining")
    risk.text(
        0, 1, "Customers at risk", transform=risk.get_yaxis_transform(), va="center", fontsize=9.5, color=palette.SOFT
    )
    risk.grid(visible=False)
    risk.set_yticks([])
    risk.spines[["left", "bottom"]].set_visible(False)
    note = "Kaplan–Meier with 95 % intervals; a curve ends where too few are still watched."
    if mark is not None:
        note += f" Dot and number: after {_in_words(mark)}."
    if any(told[level, month] is None for level in levels for month in months):
        note += f" –: fewer than {survival.min_cell} at risk, or a number that would give such a one away."
    if len(survival.sizes) > len(levels):
        note += f" The {len(levels)} largest of {len(survival.sizes)} levels are drawn."
    return Figure(drawing, _survival_title(survival, levels, mark), _survival_alt(survival, levels), note)


@styled
def monthly_trend(monthly: pd.DataFrame) -> Figure:
    """Churn of each month with its interval."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    drawing, ax = plt.subplots(figsize=(WIDE, 2.6))
    place = np.arange(len(monthly))
    ax.fill_between(place, monthly["low"], monthly["high"], color=palette.TEAL, alpha=0.15, lw=0)
    ax.plot(place, monthly["value"], color=palette.TEAL, marker="o", ms=4.5)
    now = monthly.iloc[-1]
    ax.annotate(
        numbers.share(now.value), (place[-1], now.value), xytext=(8, 0), textcoords="offset points", va="center",
        color=palette.TEAL, fontweight="bold", annotation_clip=False,
    )  # fmt: skip
    every = max(1, math.ceil(len(monthly) / 5))
    ticks = place[::-1][::every][::-1]
    names = [dates.month(monthly["month"][i])[:3] + "\n" + monthly["month"][i][:4] for i in ticks]
    ax.set_xticks(ticks, names)
    ax.set_ylim(0, monthly["high"].max() * 1.12)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    ax.set_ylabel("Left in the month")
    said = ", ".join(f"{dates.month(row.month)} {numbers.share(row.value)}" for row in monthly.itertuples())
    note = "Of the customers there when the month began, the share who left in it; band: 95 % interval (Wilson)."
    return Figure(drawing, _trend_title(monthly), f"Monthly churn: {said}.", note)


def _at_risk(survival: Survival, marks: np.ndarray) -> dict[tuple[str, float], int | None]:
    """Customers at risk by level and mark; None where they are too few to be shown, or would tell others that are."""
    found: dict[tuple[str, float], int | None] = {}
    for mark in marks:
        sizes = {level: survival.at_risk(mark * survival.month, level) for level in survival.sizes}
        table = pd.DataFrame({"level": [*sizes], "n": [*sizes.values()]})
        hidden = suppress(table, ["level"], min_cell=survival.min_cell)["suppressed"]
        found |= {(level, mark): None if out else n for (level, n), out in zip(sizes.items(), hidden, strict=True)}
    return found


def _drawn(survival: Survival, level: str) -> pd.DataFrame:
    told = survival.told(level)
    return told if len(told) else survival.curves[survival.curves["level"] == level].head(1)


def _ranked(survival: Survival, levels: list[str], mark: int | None) -> list[str]:
    """Levels from the one whose customers stay longest to the one that loses them first."""
    shares = {level: survival.at(mark, level) for level in levels} if mark is not None else {}
    return sorted(levels, key=lambda level: -share.value if (share := shares.get(level)) is not None else 0.0)


def _colours(count: int) -> list[str]:
    """Teal for the best, vermilion for the worst, the others between."""
    between = [colour for colour in palette.CYCLE if colour not in (palette.TEAL, palette.RED)]
    return [palette.TEAL, *between[: count - 2], palette.RED][:count] if count > 1 else [palette.TEAL]


def _common_mark(survival: Survival, levels: list[str]) -> int | None:
    marks = (72, 60, 48, 36, 24, 12, 6, 3, 1)
    return next((m for m in marks if all(survival.at(m, level) for level in levels)), None)


def _in_words(months: int) -> str:
    return "one month" if months == 1 else f"{months} months"


def _survival_title(survival: Survival, levels: list[str], mark: int | None) -> str:
    if mark is None:
        return "Too few customers are watched for long enough to tell who stays"
    shares = {level: survival.at(mark, level) for level in levels}
    after = _in_words(mark)
    if survival.by is None:
        return f"After {after}, {numbers.share(shares[EVERYONE].value, 0)} are still customers"  # type: ignore[union-attr]
    ranked = levels[::-1]
    low, high = (f"{numbers.share(shares[x].value, 0)}" for x in (ranked[0], ranked[-1]))  # type: ignore[union-attr]
    name = survival.by.replace("_", " ")
    return f"After {after}, {low} with {name} {ranked[0]} are still customers, {high} with {ranked[-1]}"


def _survival_alt(survival: Survival, levels: list[str]) -> str:
    said = []
    for level in levels:
        at = [(m, survival.at(m, level)) for m in (6, 12, 24, 36, 48, 60, 72)]
        points = ", ".join(f"{numbers.share(s.value)} at {m} months" for m, s in at if s is not None)
        said.append(f"{'All customers' if level == EVERYONE else level}: {points or 'watched under six months'}")
    return f"Share still customers since joining. {'; '.join(said)}."


def _trend_title(monthly: pd.DataFrame) -> str:
    now = monthly.iloc[-1]
    opening = f"{numbers.share(now.value)} left in {dates.month(now.month)}"
    if len(monthly) < 2:
        return opening
    before = monthly.iloc[-2]
    both = [Estimate(float(r.value), float(r.low), float(r.high), "share", int(r.active)) for r in (now, before)]
    change = both[0].change_from(both[1])
    return f"{opening}, {numbers.share(before.value)} the month before: {numbers.in_words(change)}"
