"""Strata: groups with a baseline hazard each, whose members are only compared with one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cxmodels.churn.errors import UnknownColumn, UnseenLevel
from cxmodels.churn.models.design import Codes, codes_of

EVERYONE = "all"
"""Name of the single stratum of a fit that has none."""


@dataclass(frozen=True, eq=False)
class Strata:
    """The strata of a fit.

    Attributes
    ----------
    names
        The columns that part them; none for a single stratum.
    values
        The values of each column, in order.
    members
        The combinations of values (their places) that there are, one a stratum.
    """

    names: tuple[str, ...]
    values: tuple[tuple[object, ...], ...]
    members: Codes

    @property
    def labels(self) -> tuple[str, ...]:
        """What each stratum is called: its values with commas between."""
        if not self.names:
            return (EVERYONE,)
        places = np.unravel_index(self.members, [len(values) for values in self.values])
        each = ([str(values[i]) for i in at] for values, at in zip(self.values, places, strict=True))
        return tuple(", ".join(parts) for parts in zip(*each, strict=True))

    def codes(self, cells: pd.DataFrame) -> Codes:
        """(rows,) the stratum of each cell.

        Raises
        ------
        UnknownColumn
            When `cells` lack a column.
        UnseenLevel
            When the fit has no such stratum.
        """
        if not self.names:
            return np.zeros(len(cells), dtype=np.int64)
        place = np.zeros(len(cells), dtype=np.int64)
        unseen = np.zeros(len(cells), dtype=bool)
        for name, known in zip(self.names, self.values, strict=True):
            _require_column(cells, name)
            code = codes_of(cells[name], known)
            unseen |= code < 0
            place = place * len(known) + code
        found = np.searchsorted(self.members, place)
        found[found == len(self.members)] = 0
        unseen |= self.members[found] != place
        if unseen.any():
            said = ", ".join(f"{name} {cells[name].iloc[int(unseen.argmax())]!r}" for name in self.names)
            raise UnseenLevel(f"churn strata: the fit never saw {said}; it knows: {'; '.join(self.labels)}")
        return found


def strata_of(frame: pd.DataFrame, names: Sequence[str]) -> tuple[Strata, Codes]:
    """The strata there are in `frame`, and the one of each row.

    Raises
    ------
    UnknownColumn
        When `frame` lacks a column.
    """
    values: list[tuple[object, ...]] = []
    place = np.zeros(len(frame), dtype=np.int64)
    for name in names:
        _require_column(frame, name)
        code, known = pd.factorize(frame[name], sort=True, use_na_sentinel=False)
        values.append(tuple(known))
        place = place * max(len(known), 1) + code
    members, codes = np.unique(place, return_inverse=True) if names else (np.zeros(1, dtype=np.int64), place)
    return Strata(tuple(names), tuple(values), members), codes


def _require_column(frame: pd.DataFrame, name: str) -> None:
    if name not in frame.columns:
        there = ", ".join(str(column) for column in frame.columns)
        raise UnknownColumn(f"churn strata: there is no column {name!r}; there are: {there}")
