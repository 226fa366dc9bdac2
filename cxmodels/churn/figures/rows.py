"""What figures with one line a group share: the grid, the words at the side, the name of a group."""

from __future__ import annotations

from typing import Any

from cxmodels.look import palette

WIDTH = 2.9
"""Of the drawing in inches, without the words on both sides, so that a phone can show it legibly."""


def rows_grid(ax: Any) -> None:
    """Lines for reading values, none between the rows."""
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def aside(ax: Any, y: float, text: str) -> None:
    """The numbers of a row, right of the drawing."""
    ax.annotate(text, (1.02, y), xycoords=("axes fraction", "data"), va="center", color=palette.SOFT, fontsize=9.5)


def named(row: Any) -> str:
    """``region Nord`` of a row with ``covariate`` and ``level``."""
    return f"{row.covariate.replace('_', ' ')} {row.level}"


def ratio_ticks(low: float, high: float) -> list[float]:
    """At most about five marks of a logarithmic scale of ratios."""
    fine = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 7, 10, 20, 50, 100]
    ticks = [tick for tick in fine if low <= tick <= high]
    coarse = (0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50, 100)
    return ticks if len(ticks) <= 5 else [tick for tick in ticks if tick in coarse]
