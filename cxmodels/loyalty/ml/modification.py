"""Where a model does not fit: what chi² would gain from one more loading, covariance or path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.ml.freed import Cell, holm, score_tests
from cxmodels.loyalty.ml.matrices import COVARIANCE, PATH

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array

Addition = Literal["=~", "~~", "~"]
EVERY: tuple[Addition, ...] = ("=~", "~~", "~")


@dataclass(frozen=True, eq=False)
class Modifications:
    """What one more parameter would change.

    Attributes
    ----------
    table
        One row a parameter the model does not have, largest first: ``lhs, op, rhs, group``; ``mi``, by how much chi²
        would fall; ``epc``, the value the parameter would take; ``sepc_lv`` with constructs of variance 1 and
        ``sepc_all`` with items of variance 1 too (a covariance as the correlation of the residuals); ``p`` of the test
        that it is nought, and ``p_holm`` that allows for all the rows. NaN where it cannot be told from the others.
    """

    table: pd.DataFrame

    def largest(self, count: int = 5) -> pd.DataFrame:
        """The first rows of `table`."""
        return self.table.head(count)


def modification_indices(fit: MlFit, *, additions: Iterable[Addition] = EVERY) -> Modifications:
    """Work out the modification indices of a fit by maximum likelihood.

    Parameters
    ----------
    fit
        Of one group or several; where groups share a parameter, a new one is of its own group.
    additions
        Which to try: ``"=~"`` loadings of every construct on every item of another, ``"~~"`` covariances of the
        residuals of items, ``"~"`` paths that close no cycle.

    Raises
    ------
    InvalidValue
        When an addition is none of these.

    Notes
    -----
    Sörbom (1989); expected parameter change: Saris, Satorra & Sörbom (1987), standardised as Chou & Bentler (1993).
    Many are tested: a model changed by its largest index is a hypothesis for other respondents (MacCallum, Roznowski &
    Necowitz 1992), which is what ``p_holm`` (Holm 1979) reminds of.
    """
    asked = tuple(additions)
    if wrong := [each for each in asked if each not in get_args(Addition)]:
        raise InvalidValue(f"additions must be among {', '.join(map(repr, get_args(Addition)))}, found {wrong[0]!r}")
    rows = [
        (*candidate, group, level)
        for group, level in enumerate(fit.groups)
        for op in EVERY
        if op in asked
        for candidate in {"=~": _loadings, "~~": _covariances, "~": _paths}[op](fit)
    ]
    at = {name: place for place, name in enumerate(fit.matrices.variables)}
    tests = score_tests(fit, [_cell(lhs, op, rhs, group, at) for lhs, op, rhs, group, _ in rows])
    table = pd.DataFrame(rows, columns=["lhs", "op", "rhs", "place", "group"])
    table["mi"], table["epc"] = tests.statistic, tests.change
    with_constructs, with_all = _scales(fit, table, at)
    table["sepc_lv"], table["sepc_all"] = table["epc"] * with_constructs, table["epc"] * with_all
    table["p"], table["p_holm"] = tests.p, holm(tests.p)
    sorted_ = table.drop(columns="place").sort_values("mi", ascending=False, kind="stable", ignore_index=True)
    return Modifications(sorted_)


def _loadings(fit: MlFit) -> list[tuple[str, str, str]]:
    items = [item for item in fit.matrices.items if any(item in one.items for one in fit.model.constructs)]
    return [
        (construct.name, "=~", item)
        for construct in fit.model.constructs
        if construct.kind == "reflective"
        for item in items
        if item not in construct.items
    ]


def _covariances(fit: MlFit) -> list[tuple[str, str, str]]:
    items = fit.matrices.items
    frame = fit.table.frame
    there = {frozenset(pair) for pair in frame.loc[frame["op"] == "~~", ["lhs", "rhs"]].itertuples(index=False)}
    return [
        (one, "~~", other)
        for place, one in enumerate(items)
        for other in items[place + 1 :]
        if frozenset((one, other)) not in there
    ]


def _paths(fit: MlFit) -> list[tuple[str, str, str]]:
    model = fit.model
    reached = {name: {name} for name in model.names}
    for _ in model.names:
        for source, target in model.paths:
            reached[source] |= reached[target]
    return [
        (target, "~", source)
        for target in model.endogenous
        for source in model.names
        if (source, target) not in model.paths and source not in reached[target]
    ]


def _cell(lhs: str, op: str, rhs: str, group: int, at: dict[str, int]) -> Cell:
    if op == "~~":
        return Cell(group, COVARIANCE, max(at[lhs], at[rhs]), min(at[lhs], at[rhs]))
    source, target = (lhs, rhs) if op == "=~" else (rhs, lhs)
    return Cell(group, PATH, at[target], at[source])


def _scales(fit: MlFit, table: pd.DataFrame, at: dict[str, int]) -> tuple[Array, Array]:
    """By what a change is multiplied for constructs of variance 1, and for all variables of variance 1."""
    items = len(fit.matrices.items)
    total = np.sqrt(np.einsum("gii->gi", fit.matrices.implied(fit.theta[None]).total[0]))
    residual = np.einsum("gii->gi", fit.matrices.filled(fit.theta[None])[1][0])
    group = table["place"].to_numpy(np.int64)
    left, right = (table[side].map(at).to_numpy(np.int64) for side in ("lhs", "rhs"))
    op = table["op"].to_numpy()
    source, target = np.where(op == "=~", left, right), np.where(op == "=~", right, left)
    with np.errstate(divide="ignore", invalid="ignore"):
        among = 1 / np.sqrt(residual[group, left] * residual[group, right])
        among[~np.isfinite(among)] = np.nan
        all_of = np.where(op == "~~", among, total[group, source] / total[group, target])
        lv_source = np.where(source >= items, total[group, source], 1.0)
        lv_target = np.where(target >= items, total[group, target], 1.0)
    return np.where(op == "~~", 1.0, lv_source / lv_target), all_of
