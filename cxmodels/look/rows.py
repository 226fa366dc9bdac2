"""How wide a figure is, and what those with a line a group share: the grid, the names and the words at its sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cxmodels.look import palette

WIDE = 4.4
"""Of a drawing in inches: as narrow as its words allow, so that a phone need not shrink them beyond reading."""
WIDTH = 2.5
"""The same without the words on both sides."""


def rows_grid(ax: Any) -> None:
    """Lines for reading values, none between the rows."""
    ax.grid(axis="y", visible=False)
    ax.grid(axis="x", visible=True)


def row_names(ax: Any, names: Sequence[tuple[float, str, bool]]) -> None:
    """Names of rows (place, name, whether it heads a group): beside the drawing; a heading in it, where rows have none.

    A heading beside the drawing would take its room from the rows on a narrow screen.
    """
    rows = [(place, name) for place, name, heading in names if not heading]
    ax.set_yticks([place for place, _ in rows], [name for _, name in rows], color=palette.INK)
    for place, name, heading in names:
        if heading:
            ax.annotate(
                name, (0, place), xycoords=("axes fraction", "data"), xytext=(5, 0), textcoords="offset points",
                va="center", color=palette.SOFT, fontweight="bold", annotation_clip=False,
                bbox={"facecolor": "white", "pad": 1, "lw": 0},
            )  # fmt: skip


def aside(ax: Any, y: float, text: str) -> None:
    """The numbers of a row, right of the drawing."""
    ax.annotate(text, (1.02, y), xycoords=("axes fraction", "data"), va="center", color=palette.SOFT, fontsize=9.5)
