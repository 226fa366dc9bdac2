"""How often the customers of each group buy, and how many still do after a year; titles claim no cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.estimate import REAL
from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDTH, aside, rows_grid

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.clv.fits.hierarchy import GroupFit

_HEADINGS = {"rate": "Repeat purchases a year while active", "active": "Still active a year after the first purchase"}


@styled
def activity_by_group(fit: GroupFit) -> Figure:
    """Repeat purchases a year and the share still active after a year of each group, with 95 % intervals.

    Parameters
    ----------
    fit
        From `fit_groups`.

    Raises
    ------
    ValueError
        When no group is large enough to be shown, or the draws are not to be believed (`GroupFit.reason`).
    """
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    if fit.reason:
        raise ValueError(f"activity_by_group: {fit.reason}")
    summary = fit.summary
    if not len(summary):
        raise ValueError("activity_by_group: no group is large enough to be shown")
    tables = {quantity: summary[summary["quantity"] == quantity] for quantity in _HEADINGS}
    groups = len(tables["rate"])
    drawing, axes = plt.subplots(2, 1, figsize=(WIDTH, 1.8 + 0.64 * groups), gridspec_kw={"hspace": 2.2 / (1 + groups)})
    for ax, (quantity, table) in zip(axes, tables.items(), strict=True):
        place = np.arange(groups)[::-1]
        average = float(table["average"].iloc[0])
        ax.axvline(average, color=palette.SOFT, lw=1, ls=":")
        for y, row in zip(place, table.itertuples(), strict=True):
            colour = palette.TEAL if row.above >= REAL else palette.RED if row.above <= 1 - REAL else palette.GREY
            ax.hlines(y, row.low, row.high, color=colour, lw=2.4)
            ax.scatter([row.value], [y], color=colour, zorder=3, s=42)
            aside(ax, y, f"{_said(row.value, quantity)}   n {numbers.count(row.n)}")
        ax.set_yticks(place, table[fit.by], color=palette.INK)
        ax.set_ylim(-0.6, groups - 0.4)
        rows_grid(ax)
        ax.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        if quantity == "active":
            ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xlabel(_HEADINGS[quantity])
    said = ". ".join(
        f"{_HEADINGS[quantity]}: "
        + "; ".join(
            f"{level} {_said(row.value, quantity)} ({_said(row.low, quantity)} to {_said(row.high, quantity)})"
            for level, row in zip(table[fit.by], table.itertuples(), strict=True)
        )
        for quantity, table in tables.items()
    )
    hidden = f" Groups too small to be shown are left out ({fit.hidden})." if fit.hidden else ""
    note = (
        "95 % intervals of what new customers of each group are like; dotted: the mean of all. Grey: not told apart "
        f"from the other groups. Small groups are drawn towards the mean. An association, not a cause.{hidden}"
    )
    return Figure(drawing, _title(fit.by.replace("_", " "), fit.by, tables), f"{said}.", note)


def _title(words: str, by: str, tables: dict[str, pd.DataFrame]) -> str:
    found: list[tuple[float, Any, str]] = []
    for quantity, table in tables.items():
        clear = table[(table["above"] >= REAL) | (table["above"] <= 1 - REAL)]
        for _, row in clear.iterrows():
            found.append((abs(np.log(row["value"] / row["average"])), row, quantity))
    if not found:
        return f"No {words} clearly differs from the others in how often its customers buy, or for how long"
    _, row, quantity = max(found, key=lambda each: each[0])
    value, average = (_said(row[name], quantity) for name in ("value", "average"))
    if quantity == "rate":
        return f"{row[by]}: customers buy again {value} times a year while active; the mean of all is {average}"
    return f"{row[by]}: {value} of new customers are expected to be active after a year; of all, {average}"


def _said(value: float, quantity: str) -> str:
    return numbers.share(value, 0) if quantity == "active" else numbers.decimal(value)
