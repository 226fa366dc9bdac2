"""The table of a posterior: one row a parameter."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.bayes.draws import PathDraws
from cxmodels.loyalty.bayes.structure import Told
from cxmodels.loyalty.syntax.defined import evaluated

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.syntax.path_model import PathModel

LIMITS = (0.025, 0.975)
COLUMNS = ("lhs", "op", "rhs", "label", "coef", "se", "low", "high", "std", "std_low", "std_high")


def estimates_of(model: PathModel, told: Iterable[Told], draws: PathDraws) -> pd.DataFrame:
    """One row a parameter: ``lhs, op, rhs, label, coef, se, low, high, std, std_low, std_high``.

    Means, standard deviations and equal-tailed limits of 95 % of the draws; a parameter that is given has an ``se`` of
    0. ``std`` of a covariance is the correlation, as lavaan has it; what is defined by ``:=`` is computed from the
    standardised parameters.
    """
    rows: list[tuple[str, str, str, str, Array, Array]] = []
    labels: dict[str, Array] = {}
    standardised_labels: dict[str, Array] = {}
    standardised = draws.standardised
    for each in told:
        raw, std = cell(draws, each), cell(standardised, each)
        if each.place in ("disturbance", "residual") and each.lhs != each.rhs:
            std = std / np.sqrt(_own(standardised, each, each.lhs) * _own(standardised, each, each.rhs))
        if each.label:
            labels[each.label], standardised_labels[each.label] = raw, std
        rows.append((each.lhs, each.op, each.rhs, each.label, raw, std))
    both = (evaluated(model.defined, labels), evaluated(model.defined, standardised_labels))
    for quantity in model.defined:
        name = quantity.name
        rows.append((name, ":=", quantity.expression, name, both[0][name], both[1][name]))
    return pd.DataFrame([(*row[:4], *_summed_up(*row[4:])) for row in rows], columns=list(COLUMNS))


def cell(draws: PathDraws, at: Told) -> Array:
    """(draws,) a parameter."""
    names, items = draws.names, draws.items
    if at.place == "loading":
        return draws.loadings[:, items.index(at.rhs), names.index(at.lhs)]
    if at.place == "path":
        target, source = (at.rhs, at.lhs) if at.op == "=~" else (at.lhs, at.rhs)
        return draws.paths[:, names.index(target), names.index(source)]
    return _of_pair(draws, at, at.lhs, at.rhs)


def _of_pair(draws: PathDraws, at: Told, one: str, other: str) -> Array:
    if at.place == "residual":
        return draws.residual[:, draws.items.index(one), draws.items.index(other)]
    return draws.disturbances[:, draws.names.index(one), draws.names.index(other)]


def _own(draws: PathDraws, at: Told, name: str) -> Array:
    return _of_pair(draws, at, name, name)


def _summed_up(raw: Array, std: Array) -> tuple[float, ...]:
    return (
        float(raw.mean()),
        float(raw.std(ddof=1)) if len(raw) > 1 else float("nan"),
        *map(float, np.quantile(raw, LIMITS)),
        float(std.mean()),
        *map(float, np.quantile(std, LIMITS)),
    )
