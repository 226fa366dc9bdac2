"""How a hazard ratio changes with tenure, with its band, beside the ratio as one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.churn.figures.ratios import ratio_ticks
from cxmodels.churn.forecasts.watched import stays
from cxmodels.churn.models import residuals
from cxmodels.churn.models.proportional_hazards import proportional_hazards
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.labels import apart
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.churn.models.cox_fit import CoxFit

MOST_LEVELS = 4
_COLOURS = (palette.RED, palette.TEAL, palette.BLUE, palette.VIOLET)
_CLEAR = 0.01


@styled
def ratio_over_tenure(fit: CoxFit, term: str) -> Figure:
    """The hazard ratios of a covariate over tenure with 95 % bands; dashed, the ratio as one number for all tenures.

    Raises
    ------
    UnknownCovariate
        When `term` has no hazard ratio in the fit.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullFormatter

    table = residuals.ratio_over_tenure(fit, term)
    table["months"] = table["time"] / fit.episodes.month
    levels = _shown(fit, term)
    curves = {level: table[table["level"] == level] for level in levels}
    average = fit.coefficients[fit.coefficients["term"] == term].set_index("level")["hazard_ratio"]
    drawing, ax = plt.subplots(figsize=(WIDE - 0.8, 3.2))
    ax.axhline(1, color=palette.SOFT, lw=1)
    ends = []
    for (level, curve), colour in zip(curves.items(), _COLOURS, strict=False):
        ax.fill_between(curve["months"], curve["low"], curve["high"], color=colour, alpha=0.15, lw=0)
        ax.plot(curve["months"], curve["ratio"], color=colour)
        ax.axhline(average[level], color=colour, lw=1, ls=(0, (4, 3)))
        last = float(curve["ratio"].iloc[-1])
        ends.append((np.log(last), f"{level or term.replace('_', ' ')}  {_ratio(last)}", colour))
    ax.set_yscale("log")
    # a band that reaches to nothing or to the sky at one end would press the curves together
    drawn = pd.concat([*curves.values()]) if curves else table.head(0)
    values = np.array([0.8, 1.25, *drawn["ratio"], *average[levels]])
    low = max(np.append(values, drawn["low"]).min(), values.min() / 4)
    high = min(np.append(values, drawn["high"]).max(), values.max() * 4)
    ax.set_ylim(low, high)
    ticks = ratio_ticks(low, high)
    ax.yaxis.set_major_locator(FixedLocator(ticks) if len(ticks) > 2 else MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    least = 0.065 * (np.log(high) - np.log(low))
    for height, (_, text, colour) in zip(apart([end[0] for end in ends], least), ends, strict=True):
        ax.annotate(
            text, (float(table["months"].iloc[-1]), np.exp(height)), xytext=(6, 0), textcoords="offset points",
            color=palette.word(colour), va="center", fontweight="bold", annotation_clip=False,
        )  # fmt: skip
    ax.set(xlabel="Months since joining", ylabel="Hazard ratio")
    against = f"against {fit.reference[term]}" if term in fit.reference else "for one unit more"
    note = (
        f"Hazard ratio {against}; above 1 leaves sooner. A spline over tenure with its 95 % band; dashed: the ratio as "
        "one number for all tenures."
    )
    return Figure(drawing, _title(fit, term, curves, against), _alt(term, curves, against), note)


def _shown(fit: CoxFit, term: str) -> list[str]:
    """The largest levels that are not too small to be shown; a number has one curve, without a level."""
    if term not in fit.design.levels:
        return [""]
    known = fit.design.levels[term][1:]
    sizes = {level: stays(fit.episodes, term, level) for level in known}
    large = [level for level in known if sizes[level] >= fit.episodes.min_cell]
    return sorted(large, key=lambda level: (-sizes[level], level))[:MOST_LEVELS]


def _title(fit: CoxFit, term: str, curves: dict[str, pd.DataFrame], against: str) -> str:
    name = term.replace("_", " ")
    if not curves:
        return f"Too few customers on each level of {name} to tell how its ratio changes"
    level, curve = max(curves.items(), key=lambda item: float(np.ptp(np.log(item[1]["ratio"]))))
    who = f"{name} {level} {against}" if level else f"{name}, {against}"
    who = who[0].upper() + who[1:]
    tests = proportional_hazards(fit).set_index("term")
    first, last = curve.iloc[0], curve.iloc[-1]
    if float(tests.at[term, "p"]) >= _CLEAR:
        average = fit.coefficients.set_index(["term", "level"]).at[(term, level), "hazard_ratio"]
        return f"{who}: hazard ratio {_ratio(average)}, without a clear change over tenure"
    return (
        f"{who}: hazard ratio {_ratio(first.ratio)} after {_months(first.months)}, "
        f"{_ratio(last.ratio)} after {_months(last.months)}"
    )


def _alt(term: str, curves: dict[str, pd.DataFrame], against: str) -> str:
    said = []
    for level, curve in curves.items():
        at = [curve.iloc[i] for i in (0, len(curve) // 2, len(curve) - 1)]
        points = ", ".join(
            f"{_ratio(row.ratio)} ({_ratio(row.low)} to {_ratio(row.high)}) after {_months(row.months)}" for row in at
        )
        said.append(f"{level or term.replace('_', ' ')}: {points}")
    told = "; ".join(said) or "too few to tell"
    return f"Hazard ratio of {term.replace('_', ' ')} {against} over tenure, with 95 % interval. {told}."


def _ratio(value: float) -> str:
    return numbers.decimal(value, 2)


def _months(value: float) -> str:
    whole = max(round(value), 1)
    return "one month" if whole == 1 else f"{whole} months"
