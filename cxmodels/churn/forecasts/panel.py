"""The cells that stand for a portfolio and its groups when parameters are drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.models.model import Array

WHOLE = 10_000
"""Up to so many cells all are drawn for."""
_CHUNK = 2_000


@dataclass(frozen=True, eq=False)
class Panel:
    """Cells, and what each counts in the mean of each group.

    Attributes
    ----------
    cells
        (rows) of them.
    weights
        (rows, groups); each column sums to 1.
    places
        (rows,) where each stands among the cells it was chosen from.
    """

    cells: pd.DataFrame
    weights: Array
    places: NDArray[np.intp]

    def means(self, of: Callable[[pd.DataFrame], Sequence[Array]]) -> list[Array]:
        """(groups, draws) mean of each quantity `of` gives as (rows, draws); no more than 2 000 rows at a time."""
        totals: list[Array] = []
        for start in range(0, len(self.cells), _CHUNK):
            part = slice(start, start + _CHUNK)
            found = [self.weights[part].T @ each for each in of(self.cells.iloc[part])]
            totals = found if not totals else [total + more for total, more in zip(totals, found, strict=True)]
        return totals


def panel(
    cells: pd.DataFrame,
    groups: Sequence[NDArray[np.bool_]],
    risk: Array,
    whole: int = WHOLE,
) -> Panel:
    """All cells where they are few, else a fixed sample of them for the portfolio and for each group.

    The sample is systematic in the order of risk, with probability proportional to the customers of a cell (Madow
    1949, Ann. Math. Stat. 20), two fifths of `whole` from the portfolio and a tenth of that from each group: no chance
    is in it, and its mean risk is that of all but for the steps between neighbours.

    Parameters
    ----------
    cells
        With ``n``.
    groups
        (rows,) masks; the portfolio itself comes first and needs no mask.
    risk
        (rows,) what the cells are ordered by, such as the chance at the longest horizon.
    whole
        Up to so many cells all are taken.
    """
    n = cells["n"].to_numpy(float)
    masks = [np.ones(len(cells), bool), *groups]
    if len(cells) <= whole:
        member = np.column_stack(masks) * n[:, None]
        return Panel(cells, member / member.sum(axis=0), np.arange(len(cells)))
    order = np.argsort(risk, kind="stable")
    sizes = [2 * whole // 5, *[whole // 25] * len(groups)]
    chosen = [_systematic(order, n * mask, size) for mask, size in zip(masks, sizes, strict=True)]
    places, back = np.unique(np.concatenate(chosen), return_inverse=True)
    group = np.repeat(np.arange(len(chosen)), [len(each) for each in chosen])
    weights = np.zeros((len(places), len(chosen)))
    np.add.at(weights, (back, group), 1.0)
    return Panel(cells.iloc[places], weights / weights.sum(axis=0), places)


def _systematic(order: NDArray[np.intp], n: Array, size: int) -> NDArray[np.intp]:
    """`size` places along `order`, evenly over the customers."""
    so_far = n[order].cumsum()
    at = (np.arange(size) + 0.5) / size * so_far[-1]
    return order[np.minimum(np.searchsorted(so_far, at, "right"), len(order) - 1)]
