"""How covariates become the columns of a model: a level against its reference, a number against its mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import InvalidValue, UnknownCovariate, UnseenLevel

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_CHUNK = 1 << 14


@dataclass(frozen=True, eq=False)
class Design:
    """The columns of a model.

    Attributes
    ----------
    covariates
        In the order of the columns.
    levels
        The levels of each covariate that is a category, reference first: one column for each but the reference.
    centres
        The mean of each covariate that is a number: one column, the difference from it.
    """

    covariates: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    centres: dict[str, float]

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """(covariate, level) of each column; the level of a number is ``""``."""
        return tuple((name, level) for name in self.covariates for level in self.levels.get(name, ("", ""))[1:])

    def encode(self, cells: pd.DataFrame) -> dict[str, Codes | Array]:
        """Level codes (0 the reference) or centred numbers, (rows,) for each covariate.

        Raises
        ------
        UnknownCovariate
            When `cells` lack a covariate.
        UnseenLevel
            When a covariate holds a level that is not known.
        InvalidValue
            When a number is missing or infinite.
        """
        return {name: self._encoded(cells, name) for name in self.covariates}

    def columns(self, cells: pd.DataFrame) -> Array:
        """(rows, q) columns of `cells`; raises as `encode` does."""
        return self._columns(self.encode(cells), len(cells))

    def matrix(self, encoded: Mapping[str, Codes | Array], order: NDArray[np.integer]) -> Array:
        """(len(order), q) columns of encoded cells in this order, each at most once."""
        out = np.empty((len(order), len(self.terms)))
        if not encoded:
            return out
        rows = len(next(iter(encoded.values())))
        place = np.full(rows, -1)
        place[order] = np.arange(len(order))
        # read in the order they stand in and write whole rows: twice as fast as to fetch each number from its place
        for start in range(0, rows, _CHUNK):
            part = {name: values[start : start + _CHUNK] for name, values in encoded.items()}
            to = place[start : start + _CHUNK]
            kept = to >= 0
            out[to[kept]] = self._columns(part, len(to))[kept]
        return out

    def _columns(self, encoded: Mapping[str, Codes | Array], rows: int) -> Array:
        out, at = np.empty((rows, len(self.terms))), 0
        for name, values in encoded.items():
            if name in self.levels:
                for code in range(1, len(self.levels[name])):
                    out[:, at] = values == code
                    at += 1
            else:
                out[:, at] = values
                at += 1
        return out

    def log_risk(self, cells: pd.DataFrame, coef: Array) -> Array:
        """(rows,) linear predictor, without building the columns; raises as `encode` does."""
        out, at = np.zeros(len(cells)), 0
        for name, values in self.encode(cells).items():
            if name in self.levels:
                width = len(self.levels[name]) - 1
                out += np.concatenate([[0.0], coef[at : at + width]])[values]
            else:
                width = 1
                out += coef[at] * values
            at += width
        return out

    def _encoded(self, cells: pd.DataFrame, name: str) -> Codes | Array:
        if name not in cells.columns:
            raise UnknownCovariate(f"churn covariate {name!r}: the fit uses it, and the cells have no such column")
        if name not in self.levels:
            return finite(cells[name], name) - self.centres[name]
        return known_codes(cells[name], name, self.levels[name])


class Designed:
    """What every fit with a design knows of its covariates."""

    design: Design

    @property
    def covariates(self) -> tuple[str, ...]:
        """The covariates in the model."""
        return self.design.covariates

    @property
    def levels(self) -> dict[str, tuple[str, ...]]:
        """Every level the fit knows of each category, its largest, the reference, first."""
        return self.design.levels


def design_of(frame: pd.DataFrame, episodes: Episodes, names: Iterable[str]) -> Design:
    """The columns of `names` as `frame` needs them: levels nobody has are left out, means are weighted by ``n``.

    Raises
    ------
    InvalidValue
        When a number is missing or infinite.
    """
    covariates = tuple(names)
    levels, centres = {}, {}
    n = frame["n"].to_numpy(float)
    for name in covariates:
        if name in episodes.levels:
            present = np.bincount(known_codes(frame[name], name, episodes.levels[name]))
            levels[name] = tuple(level for level, rows in zip(episodes.levels[name], present, strict=False) if rows)
        else:
            values = finite(frame[name], name)
            centres[name] = float(values @ n / n.sum()) if len(values) else 0.0
    return Design(covariates, levels, centres)


def known_codes(column: pd.Series, name: str, known: tuple[str, ...]) -> Codes:
    """(rows,) the place of each level of a covariate; `UnseenLevel` names one that is not known."""
    codes = codes_of(column, known)
    if (codes < 0).any():
        unseen = sorted(set(column[codes < 0].map(str)))
        raise UnseenLevel(
            f"churn covariate {name!r}: the fit never saw level {unseen[0]!r}; it knows: {', '.join(known)}"
        )
    return codes


def codes_of(column: pd.Series, known: Iterable[object]) -> Codes:
    """(rows,) the place of each value among those known, -1 for one that is not."""
    index = pd.Index(list(known))
    if isinstance(column.dtype, pd.CategoricalDtype):
        return index.get_indexer(column.cat.categories)[column.cat.codes.to_numpy()] if len(column) else _NONE
    return index.get_indexer(pd.Index(column.to_numpy()))


_NONE = np.zeros(0, dtype=np.int64)


def finite(column: pd.Series, name: str) -> Array:
    """(rows,) a numeric covariate; `InvalidValue` says where it is missing or infinite."""
    values = column.to_numpy(np.float64, na_value=np.nan)
    bad = ~np.isfinite(values)
    if bad.any():
        first = int(bad.argmax())
        raise InvalidValue(
            f"churn covariate {name!r} must be a finite number in every row; {int(bad.sum()):,} of {len(bad):,} are "
            f"missing or infinite, the first (row {first}) is {values[first]}"
        )
    return values
