"""Whether the answers can tell the parameters apart, and whether the solution could be that of real constructs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.errors import NotIdentified
from cxmodels.loyalty.ml.objective import slope, unit_of
from cxmodels.loyalty.ml.standardised import standardised

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.ml.samples import Sample
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.syntax.parameter_table import ParameterTable

SINGULAR = 1e-10
"""Share of the largest eigenvalue of the scaled information below which one is nought."""
ILL = 1e4
"""Condition number above which a model is not identified in practice."""
_ROUNDING = 1e-9
_TOLD = 0.25
"""Parameters of the weakest direction are named whose weight is at least so much of the largest."""


@dataclass(frozen=True)
class Identification:
    """What is known of each parameter apart from the others.

    Attributes
    ----------
    parameters
        How many are free.
    rank
        How many independent directions move the implied moments.
    condition
        Largest over smallest eigenvalue of the information, each parameter in the unit that gives it information 1.
    weakest
        The parameters that can be moved together with the least effect on the moments.
    negative_variances
        Variances, of residuals and constructs, estimated below nought (Heywood cases).
    indefinite
        Groups (the empty name without groups) whose implied covariance matrix of the constructs is not positive
        definite: the estimates belong to no constructs that could exist.
    beyond_one
        Standardised loadings and paths beyond 1 or -1.
    """

    parameters: int
    rank: int
    condition: float
    weakest: tuple[str, ...]
    negative_variances: tuple[str, ...]
    indefinite: tuple[str, ...]
    beyond_one: tuple[str, ...]

    @property
    def identified(self) -> bool:
        """Whether every parameter is told apart from the others, in theory and in these answers."""
        return self.rank == self.parameters and self.condition <= ILL

    @property
    def admissible(self) -> bool:
        """Whether the solution could be that of real constructs; a standardised path beyond 1 still can."""
        return not self.negative_variances and not self.indefinite


def spectrum(curvature: Array) -> tuple[Array, Array]:
    """(q,) rising eigenvalues and (q, q) vectors of the information with a diagonal of 1."""
    unit = unit_of(np.diag(curvature))
    values, vectors = np.linalg.eigh(curvature * np.outer(unit, unit))
    return values, vectors


def inverted(information: Array) -> Array:
    """(q, q) inverse of an information that is not singular, whatever the units of its parameters."""
    unit = np.outer(unit_of(np.diag(information)), unit_of(np.diag(information)))
    return np.linalg.inv(information * unit) * unit


def rank_of(values: Array) -> int:
    """How many eigenvalues are not nought."""
    return int((values > SINGULAR * values.max(initial=0.0)).sum())


def refuse_unidentified(matrices: Matrices, samples: Sequence[Sample], start: Array, names: Sequence[str]) -> None:
    """Refuse a model whose parameters no answers could tell apart.

    The rank is that of the information at the start and near it: a single point might be special (Bekker, Merckens &
    Wansbeek 1994, Identification, Equivalent Models, and Computer Algebra).

    Raises
    ------
    NotIdentified
        Naming the parameters that can be moved together without any effect.
    """
    there = slope(matrices, samples, start[None]).curvature[0]
    near = start + 0.1 * unit_of(np.diag(there)) * np.random.default_rng(0).uniform(-1, 1, len(start))
    best = max(
        (spectrum(slope(matrices, samples, point[None]).curvature[0]) for point in (start, near)),
        key=lambda found: rank_of(found[0]),
    )
    rank = rank_of(best[0])
    if rank < len(start):
        raise NotIdentified(
            f"fit_ml: {len(start)} parameters, of which the moments tell {rank} apart; these can be moved together "
            f"without any effect: {', '.join(_weakest(best[1][:, 0], names))}"
        )


def identification(matrices: Matrices, table: ParameterTable, theta: Array, curvature: Array) -> Identification:
    """Judge a solution by its information (of any scale)."""
    values, vectors = spectrum(curvature)
    rank = rank_of(values)
    lhs, op, rhs, group = (table.frame[name].to_numpy() for name in ("lhs", "op", "rhs", "group"))
    variance, path = (op == "~~") & (lhs == rhs), (op == "=~") | (op == "~")
    raw, standard = table.values(theta), standardised(matrices, theta[None])[0]
    constructs = matrices.variables[len(matrices.items) :]
    total = matrices.implied(theta[None]).total[0, :, len(matrices.items) :, len(matrices.items) :]
    indefinite = []
    for level, covariance in zip(matrices.groups, total, strict=True):
        spread = np.diag(covariance)
        if not constructs:
            continue
        unit = np.sqrt(np.where(spread > 0, spread, np.nan))
        correlation = covariance / np.outer(unit, unit)
        if np.isnan(correlation).any() or np.linalg.eigvalsh(correlation)[0] <= 0:
            indefinite.append(level)

    def said(rows: NDArray[np.bool_]) -> tuple[str, ...]:
        where = [f" [{level}]" if level else "" for level in group[rows]]
        return tuple(
            f"{a} {sign} {b}{of}" for a, sign, b, of in zip(lhs[rows], op[rows], rhs[rows], where, strict=True)
        )

    return Identification(
        parameters=len(theta),
        rank=rank,
        condition=float(values[-1] / values[0]) if rank == len(theta) else float("inf"),
        weakest=_weakest(vectors[:, 0], table.names),
        negative_variances=said(variance & (raw < 0)),
        indefinite=tuple(indefinite),
        beyond_one=said(path & (np.abs(standard) > 1 + _ROUNDING)),
    )


def _weakest(direction: Array, names: Sequence[str]) -> tuple[str, ...]:
    weight = np.abs(direction)
    chosen = [place for place in np.argsort(-weight) if weight[place] >= _TOLD * weight.max()]
    return tuple(names[place] for place in chosen)
