"""Earlier forecasts beside what came; titles state what the numbers say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.churn.figures.ratios import named, ratio_ticks
from cxmodels.look import Figure, dates, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    from cxmodels.churn.grading.grade import Grade


@styled
def graded_forecasts(grades: Mapping[int, Grade]) -> Figure:
    """Forecasts made some months ago, longest first: what they said would be counted, and what came.

    Parameters
    ----------
    grades
        From `grades`; at least one.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    rows = [grades[months] for months in sorted(grades, reverse=True)]
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.5 * len(rows)))
    place = np.arange(len(rows))[::-1]
    for y, each in zip(place, rows, strict=True):
        colour = palette.TEAL if each.held else palette.RED
        ax.hlines(y, each.predicted.low, each.predicted.high, color=palette.GREY, lw=7, alpha=0.45)
        ax.scatter([each.expected.value], [y], marker="|", s=260, zorder=3, color=palette.INK, linewidth=1.8)
        ax.scatter([each.observed.value], [y], color=colour, zorder=4, s=42)
        aside(ax, y, f"{numbers.share(each.expected.value)} → {numbers.share(each.observed.value)}")
    ax.set_yticks(place, [_ago(each.months) for each in rows], color=palette.INK)
    highest = max(max(each.predicted.high, each.observed.value) for each in rows)
    ax.set_xlim(0, 1.06 * highest if highest > 0 else 1)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    rows_grid(ax)
    ax.set_xlabel("Left since    ┃ forecast, 90 % range    ● came")
    said = "; ".join(
        f"made {_ago(each.months)}, {numbers.share(each.predicted.value)} ({numbers.share(each.predicted.low)} to "
        f"{numbers.share(each.predicted.high)}) forecast, {numbers.share(each.observed.value)} came"
        for each in rows
    )
    note = (
        "Each model as it would have been fitted then, from what was known on that day; the range is for the share "
        "that would be counted."
    )
    return Figure(drawing, _forecasts_title(rows), f"Earlier forecasts and what came: {said}.", note)


@styled
def drift_by_segment(grade: Grade) -> Figure:
    """Departures that came over those expected, of each level, highest first; what has drifted stands out."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FormatStrFormatter

    shown = grade.groups[grade.groups["shown"] & (grade.groups["expected"] > 0)]
    shown = shown.sort_values(["ratio", "covariate", "level"], ascending=[False, True, True])
    whole = grade.ratio
    rows = [("All customers", whole.value, whole.low, whole.high, False)]
    rows += [(named(row), row.ratio, row.ratio_low, row.ratio_high, bool(row.drifted)) for row in shown.itertuples()]
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.36 * len(rows)))
    place = np.arange(len(rows))[::-1]
    ends = np.array([(low, high) for _, _, low, high, _ in rows])
    ends = ends[np.isfinite(ends) & (ends > 0)]
    low, high = min(ends.min(initial=0.8), 0.8) * 0.95, max(ends.max(initial=1.25), 1.25) * 1.05
    for y, (_, ratio, bottom, top, drifted) in zip(place, rows, strict=True):
        colour = palette.RED if drifted else palette.GREY if y < len(rows) - 1 else palette.TEAL
        ax.hlines(y, max(bottom, low), min(top, high), color=colour, lw=2.4)
        # nobody left: nothing over something has no place on a scale of ratios but its edge
        ax.scatter([max(ratio, low)], [y], color=colour, zorder=3, s=42)
        aside(ax, y, f"{ratio:.2f}  ({bottom:.2f} – {top:.2f})")
    ax.axvline(1, color=palette.SOFT, lw=1)
    ax.set_xscale("log")
    ax.set_xlim(low, high)
    ax.set_xticks(ratio_ticks(low, high))
    ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.minorticks_off()
    ax.set_yticks(place, [row[0] for row in rows], color=palette.INK)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    rows_grid(ax)
    ax.set_xlabel("Left over expected, 95 % interval    ← fewer      more →")
    said = "; ".join(f"{name} {ratio:.2f} ({bottom:.2f} to {top:.2f})" for name, ratio, bottom, top, _ in rows)
    note = (
        f"Forecast of {dates.day(grade.made_on)}. Red: more or fewer than forecast beyond chance, at 5 % for all "
        f"groups together (Holm). {_left_out(grade)}"
    )
    return Figure(drawing, _drift_title(grade), f"Departures over those expected: {said}.", note.strip())


def _forecasts_title(rows: list[Grade]) -> str:
    held, all_ = sum(each.held for each in rows), len(rows)
    opening = _forecast_title(rows[0])
    if all_ == 1:
        return opening
    how_many = f"all {all_} forecasts" if held == all_ else f"{held or 'none'} of {all_} forecasts"
    return f"{opening}; {how_many} held what came"


def _forecast_title(grade: Grade) -> str:
    opening = "A year ago" if grade.months == 12 else f"{_months(grade.months).capitalize()} ago"
    return (
        f"{opening} {numbers.share(grade.expected.value)} were expected to leave; "
        f"{numbers.share(grade.observed.value)} did"
    )


def _drift_title(grade: Grade) -> str:
    shown = grade.groups[grade.groups["shown"] & (grade.groups["expected"] > 0)]
    drifted = shown[shown["drifted"]]
    if len(drifted):
        worst = drifted.loc[drifted["p"].idxmin()]
        more = f", and {len(drifted) - 1} more drifted" if len(drifted) > 1 else ""
        name = named(worst)
        return f"{name[:1].upper()}{name[1:]}: {worst['ratio']:.2f} times as many left as forecast{more}"
    if not len(shown):
        return f"{grade.ratio.value:.2f} times as many left as forecast"
    low, high = shown["ratio"].min(), shown["ratio"].max()
    return f"No group drifted: {low:.2f} to {high:.2f} times as many left as forecast, within chance"


def _left_out(grade: Grade) -> str:
    hidden = int((~grade.groups["shown"]).sum())
    return f"Groups too small to be graded are left out ({hidden})." if hidden else ""


def _ago(months: int) -> str:
    return "a year ago" if months == 12 else f"{_months(months)} ago"


def _months(months: int) -> str:
    return "1 month" if months == 1 else f"{months} months"
