"""All parameters of a model: those written, and those that every model has without being told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.syntax.automatic import Parameter, automatic, roles_of, written
from cxmodels.loyalty.syntax.group_equality import EQUAL, equal_across
from cxmodels.loyalty.syntax.path_model import PathModel
from cxmodels.loyalty.syntax.tied import numbered

Scaling = Literal["marker", "variance"]
Covariances = Literal["sem", "written"]
COLUMNS = ("lhs", "op", "rhs", "group", "label", "value", "free", "start", "written")


@dataclass(frozen=True, eq=False)
class ParameterTable:
    """Every parameter of a model, free or fixed.

    Attributes
    ----------
    model
        The model.
    frame
        One row a parameter: ``lhs, op`` (``=~ <~ ~ ~~ ~1``), ``rhs, group`` (its level; empty without groups),
        ``label, value`` (where fixed; NaN where free), ``free`` (0 where fixed, else its number in theta from 1; equal
        ones share it), ``start`` (NaN where not given), ``written`` (whether the text has it). ``a ~~ b`` stands once.
    groups
        The levels; () without groups.
    means
        Whether intercepts and means are modelled.
    """

    model: PathModel
    frame: pd.DataFrame
    groups: tuple[str, ...] = ()
    means: bool = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """(q,) what each free parameter is called: its label, or ``lhs op rhs`` with its groups where not of all."""
        told: dict[int, tuple[str, str, set[str]]] = {}
        columns = (self.frame[column] for column in ("lhs", "op", "rhs", "group", "label", "free"))
        for lhs, op, rhs, group, label, free in zip(*columns, strict=True):
            if free:
                told.setdefault(free, (label, f"{lhs} {op} {rhs}".strip(), set()))[2].add(group)
        of_one_group = {free for free, (_, _, groups) in told.items() if len(groups) < len(self.groups)}
        return tuple(
            label or (f"{name} [{', '.join(sorted(groups))}]" if free in of_one_group else name)
            for free, (label, name, groups) in sorted(told.items())
        )

    @property
    def degrees_of_freedom(self) -> int:
        """Moments less free parameters."""
        p = len(self.model.items)
        moments = p * (p + 1) // 2 + (p if self.means else 0)
        return moments * max(1, len(self.groups)) - len(self.names)

    def values(self, theta: ArrayLike) -> NDArray[np.float64]:
        """(…, rows) every parameter, from the (…, q) free ones."""
        free = self.frame["free"].to_numpy()
        theta = np.asarray(theta, dtype=np.float64)
        fixed = np.broadcast_to(self.frame["value"].to_numpy(), (*theta.shape[:-1], len(free)))
        return np.where(free > 0, theta[..., np.maximum(free - 1, 0)], fixed) if theta.shape[-1] else fixed

    def labelled(self, theta: ArrayLike) -> Mapping[str, NDArray[np.float64]]:
        """Label → (…) its value, from the (…, q) free parameters: what `evaluated` takes."""
        values = self.values(theta)
        labels = self.frame["label"].to_numpy()
        return {label: values[..., row] for row, label in reversed(list(enumerate(labels))) if label}


def parameter_table(
    model: PathModel,
    *,
    scaling: Scaling = "marker",
    groups: tuple[str, ...] = (),
    equal: tuple[str, ...] = (),
    partial: tuple[str, ...] = (),
    means: bool = False,
    covariances: Covariances = "sem",
) -> ParameterTable:
    """List the parameters of a model, as lavaan's ``sem(…, fixed.x = FALSE)`` does (Rosseel 2012).

    Besides those written: a residual variance of every item, variance of every construct and (of the constructs that
    none of the paths leads to) their covariances; covariances among the constructs and items at the end of all paths;
    with `means`, intercepts of items. The residual variance of a construct's only item is 0. A composite (``<~``)
    has neither variance nor covariance of its own: its items have them all, with one another and with the constructs
    that no path leads to, and its first weight is 1.

    Parameters
    ----------
    model
        The model.
    scaling
        What gives a construct its scale: ``"marker"`` fixes the first loading to 1, ``"variance"`` the (residual)
        variance.
    groups
        Levels of the attribute that parts the respondents; parameters are free in each unless labelled the same.
    equal
        What is the same in all groups: loadings, intercepts, means, residuals, residual.covariances, lv.variances,
        lv.covariances, regressions. With intercepts equal the constructs' means are free from the second group on,
        unless means are equal; with loadings equal the scale is fixed in the first group only.
    partial
        Parameters that stay free in each group though their kind is equal, such as ``"visual=~x2"`` or ``"x2~1"``.
    means
        Whether to model intercepts and means.
    covariances
        ``"written"`` leaves out the covariances that are not written, but those of observed causes.

    Raises
    ------
    InvalidValue
        When an option is none of these, or the text has values for another number of groups.
    InvalidModel
        When a path leads to a composite: it is what its items make of it.
    """
    _check(model, scaling, groups, equal, means, covariances)
    rows: list[Parameter] = []
    for number, group in enumerate(groups or ("",), start=1):
        own = written(model, group, number)
        rows += own + automatic(model, own, group, scaling=scaling, means=means, covariances=covariances)
    if len(groups) > 1:
        equal_across(rows, groups, equal, partial, scaling, roles_of(model))
    if unknown := sorted(set(partial) - {f"{row.lhs}{row.op}{row.rhs}" for row in rows}):
        raise InvalidValue(
            f"parameter_table: partial names parameters such as 'visual=~x2' or 'x2~1', found {', '.join(unknown)}"
        )
    numbered(rows, model)
    frame = pd.DataFrame([[getattr(row, column) for column in COLUMNS] for row in rows], columns=list(COLUMNS))
    return ParameterTable(model, frame, groups, means or bool((frame["op"] == "~1").any()))


def _check(
    model: PathModel, scaling: str, groups: tuple[str, ...], equal: tuple[str, ...], means: bool, covariances: str
) -> None:
    for option, found, allowed in (
        ("scaling", scaling, ("marker", "variance")),
        ("covariances", covariances, ("sem", "written")),
        *(("equal", each, EQUAL) for each in equal),
    ):
        if found not in allowed:
            raise InvalidValue(f"parameter_table: {option} must be one of {', '.join(allowed)}, found {found!r}")
    if len(set(groups)) < len(groups):
        raise InvalidValue(f"parameter_table: groups must differ, found {', '.join(groups)}")
    if {"intercepts", "means"} & set(equal) and not means:
        raise InvalidValue("parameter_table: equal intercepts or means need means=True")
    wanted = int(model.table["group"].max())
    if wanted and wanted != max(1, len(groups)):
        raise InvalidValue(
            f"parameter_table: c() in the text has values for {wanted} groups, found {len(groups)}: "
            f"{', '.join(groups) or 'none'}"
        )
