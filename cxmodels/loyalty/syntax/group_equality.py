"""What is the same in all groups, and what is freed because of it."""

from __future__ import annotations

import math
from collections.abc import Collection

from cxmodels.loyalty.syntax.automatic import Parameter, Roles

EQUAL = (
    "loadings",
    "intercepts",
    "means",
    "residuals",
    "residual.covariances",
    "lv.variances",
    "lv.covariances",
    "regressions",
)
"""What may be held equal, by lavaan's words (``group.equal``)."""


def equal_across(
    rows: list[Parameter],
    groups: tuple[str, ...],
    equal: Collection[str],
    partial: Collection[str],
    scaling: str,
    roles: Roles,
) -> None:
    """Tie what is equal by `Parameter.equal`; free means and scales that are told by the first group."""
    first = {(row.lhs, row.op, row.rhs): row for row in rows if row.group == groups[0]}
    for row in rows:
        kind = _kind(row, roles)
        said = row.written and (row.fixed or row.label)
        if row.group == groups[0] or said or f"{row.lhs}{row.op}{row.rhs}" in partial:
            continue
        free_mean = kind == "means" and "intercepts" in equal and not row.written
        free_scale = kind == "lv.variances" and "loadings" in equal and scaling == "variance" and row.value == 1.0
        if kind in equal:
            row.equal = row.equal or tie(first[row.lhs, row.op, row.rhs])
        elif free_mean or free_scale:
            row.value = math.nan


def tie(row: Parameter) -> str:
    """How a parameter of one group is named in `Parameter.equal`."""
    return f"{row.name}@{row.group}"


def _kind(row: Parameter, roles: Roles) -> str:
    """What lavaan calls it; nothing for the moments of observed causes, which are no residuals."""
    if row.op in ("=~", "<~", "~"):
        return "regressions" if row.op == "~" else "loadings"
    constructs = {*roles.reflective, *roles.composites}
    latent = bool({row.lhs, row.rhs} & constructs)
    if not latent and {row.lhs, row.rhs} <= {*roles.causes, ""}:
        return ""
    if row.op == "~1":
        return "means" if latent else "intercepts"
    if row.lhs == row.rhs:
        return "lv.variances" if latent else "residuals"
    return "lv.covariances" if latent else "residual.covariances"
