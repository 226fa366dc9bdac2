"""Forests of the churn page: a dot and its interval a line; titles claim no cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.churn.figures.ratios import named, ratio_ticks
from cxmodels.churn.forecasts.watched import stays
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, row_names, rows_grid

if TYPE_CHECKING:
    from cxmodels.churn.forecasts.forecast import Forecast
    from cxmodels.churn.models.cox import CoxFit


@styled
def hazard_ratios(fit: CoxFit) -> Figure:
    """Hazard ratios as a forest, lowest first, against each covariate's largest level."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FormatStrFormatter

    sizes = [_size(fit, row.term, row.level) for row in fit.coefficients.itertuples()]
    table = fit.coefficients[np.array(sizes) >= fit.episodes.min_cell]
    table = table.sort_values("hazard_ratio", ascending=False, ignore_index=True)
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.38 * len(table)))
    colour = np.where(table["low"] > 1, palette.RED, np.where(table["high"] < 1, palette.TEAL, palette.GREY))
    place = np.arange(len(table))[::-1]
    ax.hlines(place, table["low"], table["high"], color=colour, lw=2.4)
    ax.scatter(table["hazard_ratio"], place, color=colour, zorder=3, s=42)
    ax.axvline(1, color=palette.SOFT, lw=1)
    ax.set_xscale("log")
    low, high = table["low"].min() if len(table) else 1.0, table["high"].max() if len(table) else 1.0
    low, high = min(low, 0.8) * 0.95, max(high, 1.25) * 1.05
    ax.set_xlim(low, high)
    ax.set_xticks(ratio_ticks(low, high))
    ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.minorticks_off()
    labels = [f"{row.term.replace('_', ' ')}: {row.level or 'one unit more'}" for row in table.itertuples()]
    ax.set_yticks(place, labels, color=palette.INK)
    ax.set_ylim(-0.6, len(table) - 0.4)
    rows_grid(ax)
    for y, row in zip(place, table.itertuples(), strict=True):
        aside(ax, y, f"{row.hazard_ratio:.2f}  ({row.low:.2f} – {row.high:.2f})")
    ax.set_xlabel("Hazard ratio, 95 % interval    ← stays longer      leaves sooner →")
    against = ", ".join(f"{name.replace('_', ' ')} {level}" for name, level in fit.reference.items())
    said = "; ".join(f"{label} {row.hazard_ratio:.2f} ({row.low:.2f} to {row.high:.2f})"
                     for label, row in zip(labels, table.itertuples(), strict=True))  # fmt: skip
    note = f"Each level against the largest of its kind ({against}), all else equal. An association, not a cause."
    return Figure(drawing, _hazard_title(fit, table), f"Hazard ratios with 95 % intervals: {said}.", note)


@styled
def churn_by_group(forecast: Forecast, months: int = 12) -> Figure:
    """Expected churn of each level, by covariate, with the average of all as a line."""
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    table = forecast.shown(months)
    names = list(dict.fromkeys(forecast.groups["covariate"]))
    lines = [(name, part) for name in names if len(part := table[table["covariate"] == name])]
    height = sum(len(part) + 0.9 for _, part in lines)
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.32 * height))
    mean = forecast.rates[months]
    ax.axvspan(mean.low, mean.high, color=palette.GREY, alpha=0.18, lw=0)
    ax.axvline(mean.value, color=palette.SOFT, lw=1)
    y, ticks = 0.0, []
    for name, part in lines:
        ticks.append((y, name.replace("_", " ").capitalize(), True))
        for row in part.itertuples():
            y -= 1
            colour = palette.RED if row.low > mean.high else palette.TEAL if row.high < mean.low else palette.GREY
            ax.hlines(y, row.low, row.high, color=colour, lw=2.4)
            ax.scatter([row.value], [y], color=colour, zorder=3, s=42)
            aside(ax, y, f"{numbers.share(row.value)}   n {numbers.count(row.n)}")
            ticks.append((y, row.level, False))
        y -= 1.3
    row_names(ax, ticks)
    ax.set_ylim(y + 0.7, 0.7)
    ax.set_xlim(0, table["high"].max() * 1.05)
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    rows_grid(ax)
    ax.set_xlabel(f"Leave within {months} months, 95 % interval; line: all customers, {numbers.share(mean.value)}")
    said = "; ".join(f"{row.covariate} {row.level} {numbers.share(row.value)} ({numbers.share(row.low)} to "
                     f"{numbers.share(row.high)})" for row in table.itertuples())  # fmt: skip
    found = forecast.contrast(months)
    title = f"No group’s churn within {months} months clearly differs from the others of its kind"
    if found is not None:
        top, bottom = found
        title = (
            f"{numbers.share(top.value, 0)} of {named(top)} are expected to leave within {months} months, "
            f"{numbers.share(bottom.value, 0)} of {bottom.level}"
        )
    note = "Today’s customers of each level, as they are: other differences between the groups are not taken out."
    return Figure(drawing, title, f"Expected churn within {months} months: {said}.", note)


def _size(fit: CoxFit, term: str, level: str) -> int:
    return stays(fit.episodes) if term in fit.design.centres else stays(fit.episodes, term, level)


def _hazard_title(fit: CoxFit, table: pd.DataFrame) -> str:
    if not len(table):
        return "Too few customers in each group to tell who leaves sooner"
    clear = table[(table["low"] > 1) | (table["high"] < 1)]
    if not len(clear):
        return "No group clearly leaves sooner or later than the largest of its kind"
    strongest = clear.loc[np.log(clear["hazard_ratio"]).abs().idxmax()]
    rate, term = strongest.hazard_ratio, strongest.term.replace("_", " ")
    size = f"{rate:.1f} times" if rate > 1 else f"{numbers.share(rate, 0)} of"
    if not strongest.level:
        return f"For one unit more of {term} customers leave at {size} the rate, all else equal"
    against = f"{fit.reference[strongest.term]}"
    name = f"{term} {strongest.level}"
    return f"Customers with {name} leave at {size} the rate of {against}, all else equal"
