"""How a path differs with what holds customers: where there is little of it, and where there is much."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid
from cxmodels.loyalty.effects.told import capital, in_words

if TYPE_CHECKING:
    from cxmodels.loyalty.effects.moderation import Moderation

_AT = {-1.0: "low", 0.0: "mean", 1.0: "high"}


@styled
def moderated_slopes(found: Moderation) -> Figure:
    """Draw the path at one standard deviation below the moderator's mean, at it, and one above.

    Parameters
    ----------
    found
        From `moderation`.
    """
    import matplotlib.pyplot as plt

    source, moderator, target = (in_words(name) for name in (found.source, found.moderator, found.target))
    table = found.slopes.sort_values("moderator", ignore_index=True)
    drawing, ax = plt.subplots(figsize=(WIDTH, 1.9))
    place = np.arange(len(table))[::-1]
    for y, row in zip(place, table.itertuples(), strict=True):
        colour = palette.TEAL if row.low > 0 else palette.RED if row.high < 0 else palette.GREY
        ax.hlines(y, row.low, row.high, color=colour, lw=2.4)
        ax.scatter([row.slope], [y], color=colour, zorder=3, s=42)
        aside(ax, y, _said(row.slope, row.low, row.high))
    ax.set_yticks(
        place, [f"{capital(moderator)} {_AT[row.moderator]}" for row in table.itertuples()], color=palette.INK
    )
    ax.set_ylim(-0.6, len(table) - 0.4)
    rows_grid(ax)
    ax.axvline(0, color=palette.SOFT, lw=1)
    ax.set_xlabel(f"Path {source} → {target}, 95 % interval\n(standard deviations)")
    product = found.interaction
    low, high = table.iloc[0], table.iloc[-1]
    where = f"where “{moderator}” is high"
    if product["low"] > 0 or product["high"] < 0:
        title = (
            f"{capital(source)} goes with {target} {'less' if product['coef'] < 0 else 'more'} {where}: a path of "
            f"{numbers.decimal(high['slope'], 2)}, against {numbers.decimal(low['slope'], 2)} where it is low"
        )
    else:
        title = (
            f"Whether {source} goes with {target} less or more {where} is not clear: a difference of "
            f"{numbers.decimal(product['low'], 2)} to {numbers.decimal(product['high'], 2)} for one standard deviation"
        )
    alt = f"{title}. " + "; ".join(
        f"{moderator} {_AT[row.moderator]}: {_said(row.slope, row.low, row.high)}" for row in table.itertuples()
    )
    note = (
        f"Low and high: one standard deviation below and above the mean. For one standard deviation more "
        f"{moderator} the path differs by {_said(product['coef'], product['low'], product['high'])}. {found.method}"
    )
    return Figure(drawing, title, f"{alt}.", note)


def _said(value: float, low: float, high: float) -> str:
    return f"{numbers.decimal(value, 2)} ({numbers.decimal(low, 2)} to {numbers.decimal(high, 2)})"
