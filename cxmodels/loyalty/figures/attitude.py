"""What a stated attitude says of leaving or buying afterwards, beside what its raw mean score would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid
from cxmodels.loyalty.effects.told import capital, in_words

if TYPE_CHECKING:
    from cxmodels.estimate import Estimate
    from cxmodels.loyalty.customers.later_behaviour import AttitudeEffect

_TICKS = (0.25, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 4)


@styled
def attitude_and_behaviour(later: AttitudeEffect, attitude: str) -> Figure:
    """Draw the ratio of the hazard of leaving, or of the rate of buying, for an attitude and for its raw mean score.

    Parameters
    ----------
    later
        From `staying` or `buying`.
    attitude
        The construct.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FormatStrFormatter

    word, leaving = in_words(attitude), later.outcome == "leaving"
    rows = [(f"{capital(word)} itself", later.ratio), ("Mean of its items", later.raw_ratio)]
    drawing, ax = plt.subplots(figsize=(WIDTH, 1.5))
    for y, (_, each) in zip((1, 0), rows, strict=True):
        better, worse = (each.high < 1, each.low > 1) if leaving else (each.low > 1, each.high < 1)
        colour = palette.TEAL if better else palette.RED if worse else palette.GREY
        ax.hlines(y, each.low, each.high, color=colour, lw=2.4)
        ax.scatter([each.value], [y], color=colour, zorder=3, s=42)
        aside(ax, y, f"{numbers.decimal(each.value, 2)}  ({_between(each)})")
    ax.axvline(1, color=palette.SOFT, lw=1)
    ax.set_xscale("log")
    low, high = min(each.low for _, each in rows), max(each.high for _, each in rows)
    low, high = min(low, 0.8) * 0.95, max(high, 1.1) * 1.05
    ax.set_xlim(low, high)
    ax.set_xticks([tick for tick in _TICKS if low <= tick <= high])
    ax.xaxis.set_major_formatter(FormatStrFormatter("%g"))
    ax.minorticks_off()
    ax.set_yticks((1, 0), [name for name, _ in rows], color=palette.INK)
    ax.set_ylim(-0.6, 1.6)
    rows_grid(ax)
    what, better_side = (
        ("Hazard ratio of leaving", "← stays longer") if leaving else ("Rate ratio of buying", "buys more →")
    )
    ax.set_xlabel(f"{what} for one standard deviation more,\n95 % interval    {better_side}")
    told = later.ratio
    if told.high < 1 or told.low > 1:
        has = f"{numbers.decimal(told.value, 2)} times the {'hazard of leaving' if leaving else 'rate of buying'}"
        title = f"Who states one standard deviation more {word} has {has} ({_between(told)})"
    else:
        later_on = "staying" if leaving else "buying"
        ratio = "hazard" if leaving else "rate"
        title = f"Whether stated {word} foretells {later_on} is not clear: {ratio} ratio {_between(told)}"
    alt = f"{title}. " + "; ".join(
        f"{name}: {numbers.decimal(each.value, 2)} ({_between(each)})" for name, each in rows
    )
    note = (
        "Errors of measurement draw the mean score’s ratio towards 1; the attitude itself is drawn many times from "
        "what the answers leave open (plausible values). An association, not a cause."
    )
    return Figure(drawing, title, f"{alt}.", note)


def _between(each: Estimate) -> str:
    return f"{numbers.decimal(each.low, 2)} to {numbers.decimal(each.high, 2)}"
