"""Where the search starts: a one-factor solution of each block of items and the regressions of its sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.ml.matrices import Matrices
    from cxmodels.loyalty.path_fit import Array

_HIGHEST = 0.95
"""Starting loadings are not above, so that no residual variance starts at nought."""
_RIDGE = 0.05
"""Of the regressions of proxies, which may be almost the same."""


class _Row(NamedTuple):
    """A row of the parameter table."""

    lhs: str
    op: str
    rhs: str
    free: int
    value: float
    start: float


def starting_values(matrices: Matrices, table: pd.DataFrame, moments: Sequence[Moments]) -> Array:
    """(q,) starting values: what the table gives, and else what proxies of the constructs show.

    The proxy of a construct is the signed sum of its standardised items; the loadings are those of the centroid method
    (Thurstone 1947), the paths regressions of proxies. They are on the right side of nought and of the right size,
    which is all a start has to be. A parameter shared by groups or items starts at the mean.
    """
    rows = [_Row(*each) for each in zip(*(table[name].tolist() for name in _Row._fields), strict=True)]
    sums, times = np.zeros((2, matrices.parameters))
    given = np.full(matrices.parameters, np.nan)
    for group, known in enumerate(moments):
        own = [row for row, (of, _) in zip(rows, matrices.of_row, strict=True) if of == group]
        for row, guess in zip(own, _guesses(matrices, own, known), strict=True):
            if row.free:
                sums[row.free - 1] += guess
                times[row.free - 1] += 1
                if np.isfinite(row.start):
                    given[row.free - 1] = row.start
    return np.where(np.isfinite(given), given, sums / np.maximum(times, 1))


def _guesses(matrices: Matrices, rows: Sequence[_Row], moments: Moments) -> list[float]:
    """A guess of each row of one group."""
    m, p = len(matrices.variables), len(matrices.items)
    at = {name: place for place, name in enumerate(matrices.variables)}
    deviation = np.sqrt(np.diag(moments.covariance))
    weights = np.zeros((m, p))
    weights[:p] = np.diag(1 / deviation)
    spread = np.concatenate([deviation, np.ones(m - p)])
    loading: dict[tuple[int, int], float] = {}
    left: dict[str, list[_Row]] = {}
    for row in rows:
        if row.op == "=~":
            left.setdefault(row.lhs, []).append(row)
    while left:
        # constructs of constructs after those they are made of
        name = next((each for each in left if not any(row.rhs in left for row in left[each])), next(iter(left)))
        own, construct = left.pop(name), at[name]
        block = [at[row.rhs] for row in own]
        sign, size = _one_factor(weights[block] @ moments.covariance @ weights[block].T)
        proxy = sign @ weights[block]
        proxy /= np.sqrt(proxy @ moments.covariance @ proxy)
        marker = next((place for place, row in enumerate(own) if not row.free and row.value), None)
        if marker is not None:
            spread[construct] = abs(size[marker] * spread[block[marker]] / own[marker].value)
            turn = np.sign(size[marker] * own[marker].value)
            size, proxy = size * turn, proxy * turn
        weights[construct] = proxy
        loading |= {(place, construct): float(each) for place, each in zip(block, size, strict=True)}
    correlation = weights @ moments.covariance @ weights.T
    beta, unexplained = _regressions(rows, at, correlation)
    for (place, _), size_of in loading.items():
        unexplained[place] = min(unexplained[place], 1 - size_of**2)
    explained = {at[row.lhs] for row in rows if row.op == "~"} | {place for place, _ in loading}
    out = []
    for row in rows:
        a, b = at[row.lhs], at.get(row.rhs, -1)
        if row.op == "=~":
            out.append(loading[b, a] * spread[b] / spread[a])
        elif row.op == "~":
            out.append(beta[a, b] * spread[a] / spread[b])
        elif row.op == "~~" and a == b:
            out.append(unexplained[a] * spread[a] ** 2)
        elif row.op == "~~":
            out.append(0.0 if {a, b} & explained else correlation[a, b] * spread[a] * spread[b])
        else:
            out.append(moments.mean[a] if a < p and moments.mean is not None else 0.0)
    return out


def _one_factor(correlation: Array) -> tuple[Array, Array]:
    """(k,) signs and (k,) loadings of the centroid method."""
    _, vectors = np.linalg.eigh(correlation)
    sign = np.where(vectors[:, -1] < 0, -1.0, 1.0)
    sign = sign if sign.sum() >= 0 else -sign
    if len(sign) == 1:
        return sign, np.array([1.0])
    off = sign[:, None] * correlation * sign
    np.fill_diagonal(off, 0.0)
    # the communality of an item is about its strongest correlation
    np.fill_diagonal(off, np.abs(off).max(0))
    size = off.sum(0) / np.sqrt(max(off.sum(), 1e-12))
    return sign, sign * np.clip(size, 0.1, _HIGHEST)


def _regressions(rows: Sequence[_Row], at: dict[str, int], correlation: Array) -> tuple[Array, Array]:
    """(m, m) standardised paths between proxies and (m,) the share of variance they leave."""
    m = len(correlation)
    beta, unexplained = np.zeros((m, m)), np.ones(m)
    sources: dict[int, list[int]] = {}
    for row in rows:
        if row.op == "~":
            sources.setdefault(at[row.lhs], []).append(at[row.rhs])
    for a, b in sources.items():
        ridged = correlation[np.ix_(b, b)] + _RIDGE * np.eye(len(b))
        beta[a, b] = np.linalg.solve(ridged, correlation[b, a])
        unexplained[a] = max(1.0 - float(beta[a, b] @ correlation[b, a]), 0.1)
    return beta, unexplained
