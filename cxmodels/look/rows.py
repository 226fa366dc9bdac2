"""How wide a figure is, and what those with a line a group share: the grid, the words at its side."""

from __future__ import annotations

from typing import Any

from cxmodels.look import palette

WIDE = 4.9
"""Of a drawing in inches: as narrow as its words allow, so that a phone need not shrink them beyond reading."""
WIDTH = 2.9
"""The same without the words on both sides."""


def rows_grid(ax: Any) -> None:
    """Lines for reading values, none between the rows."""
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def aside(ax: Any, y: float, text: str) -> None:
    """The numbers of a row, right of the drawing."""
    ax.annotate(text, (1.02, y), xycoords=("axes fraction", "data"), va="center", color=palette.SOFT, fontsize=9.5)
