"""What moved the value of the customer base since last month."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.clv.value.bridge import Bridge
    from cxmodels.estimate import Estimate

_SAID = {
    "time": ("the month that went by", "the month that went by"),
    "new": ("new customers", "new customers"),
    "retention": ("keeping more customers than expected", "losing more customers than expected"),
    "purchasing": ("buying more often than expected", "buying less often than expected"),
    "spend": ("paying more than before", "paying less than before"),
}
"""What a step is called in the title where it adds, and where it takes."""


@styled
def value_bridge(bridge: Bridge) -> Figure:
    """Steps from the value before to the value now, each with its interval.

    Raises
    ------
    ValueError
        When it could not be told; the message is its `reason`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    steps, currency = bridge.moves(), bridge.currency
    assert bridge.before is not None
    assert bridge.now is not None
    start = bridge.before.value + np.concatenate([[0.0], steps["value"].to_numpy().cumsum()])
    names = ["Value before", *steps["title"], "Value now"]
    drawing, ax = plt.subplots(figsize=(WIDTH, 0.9 + 0.36 * len(names)))
    places = np.arange(len(names))[::-1]
    for y, row, origin in zip(places[1:-1], steps.itertuples(), start, strict=False):
        colour = palette.GREY if not row.real else palette.TEAL if row.value >= 0 else palette.RED
        ax.barh(y, row.value, left=origin, height=0.62, color=colour, alpha=0.45)
        ax.hlines(y, origin + row.low, origin + row.high, color=colour, lw=2.4)
        aside(ax, y, numbers.signed(row.value, currency))
    for y, whole in ((places[0], bridge.before), (places[-1], bridge.now)):
        ax.vlines(whole.value, y - 0.32, y + 0.32, color=palette.INK, lw=2.4)
        aside(ax, y, numbers.value(whole.value, currency))
    # where one step ends the next begins
    for y, edge in zip(places[:-1], start, strict=True):
        ax.vlines(edge, y - 1, y, color=palette.SOFT, lw=0.8, ls=":")
    ax.set_yticks(places, names, color=palette.INK)
    ax.set_ylim(-0.6, len(names) - 0.4)
    edges = np.concatenate([start, start[:-1] + steps["low"], start[:-1] + steps["high"]])
    room = 0.05 * max(float(np.ptp(edges)), 1.0)
    ax.set_xlim(edges.min() - room, edges.max() + room)
    rows_grid(ax)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda amount, _: numbers.value(amount, currency)))
    ax.set_xlabel("Value of the customer base")
    said = "; ".join(f"{row.title.lower()} {_told(row, currency)}" for row in steps.itertuples())
    alt = (
        f"From {numbers.value(bridge.before.value, currency)} before to {numbers.value(bridge.now.value, currency)} "
        f"now: {said}."
    )
    note = (
        "Lines: 95 % intervals of what the parameters leave open. Grey: no more than chance does, or only learned. The "
        "scale does not start at zero."
    )
    return Figure(drawing, _title(steps, bridge.before, bridge.now, currency), alt, note)


def _title(steps: pd.DataFrame, before: Estimate, now: Estimate, currency: str) -> str:
    """Both values and the two largest of the steps that chance does not make."""
    opening = f"From {numbers.value(before.value, currency)} a month ago to {numbers.value(now.value, currency)}"
    mattered = steps[steps["real"]]
    if not len(mattered):
        return f"{opening}: no step goes beyond chance"
    most = mattered.loc[mattered["value"].abs().sort_values(ascending=False).index[:2]]
    did = (
        f"{_SAID[row.step][row.value < 0]} {'took' if row.value < 0 else 'added'} "
        f"{numbers.value(abs(row.value), currency)}"
        for row in most.itertuples()
    )
    return f"{opening}: {', '.join(did)}"


def _told(row: Any, currency: str) -> str:
    """``+€ 52.0 k (46.0 to 58.0)``; without limits where there is no doubt to tell."""
    if row.low == row.high:
        return numbers.signed(row.value, currency)
    between = " to ".join(numbers.money(side, currency, like=row.value) for side in (row.low, row.high))
    return f"{numbers.signed(row.value, currency)} ({between})"
