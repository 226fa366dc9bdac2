"""The alternating regressions of partial least squares, for many covariance matrices at once.

Lohmöller (1989), Latent Variable Path Modeling with Partial Least Squares; Tenenhaus, Esposito Vinzi, Chatelin &
Lauro (2005), PLS path modeling, CSDA 48: 159-205. Written on covariances, no step touches a respondent: scores Xw have
covariances w'Sw, and an item's covariance with a score is Sw.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cxmodels.loyalty.errors import InvalidValue

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design, Indices

Scheme = Literal["path", "factorial", "centroid"]
TOLERANCE, MOST_ITERATIONS = 1e-7, 300


def outer_weights(
    covariance: Array, design: Design, *, scheme: Scheme = "path", toward: Array | None = None
) -> tuple[Array, Indices]:
    """The weights of the items in the scores of their constructs.

    Starts from equal weights, and stops when the weights of a matrix change by less than 1e-7 in sum, after 300
    iterations at most.

    Parameters
    ----------
    covariance
        (batch, items, items) correlations, or covariances for items on one scale.
    design
        Blocks and paths.
    scheme
        What a construct's inner estimate weighs the scores of its neighbours by: ``"centroid"`` the sign of the
        correlation, ``"factorial"`` the correlation, ``"path"`` the regression coefficients of those that explain it
        and the correlations with those it explains.
    toward
        (items,) weights of scores with which the new ones are to correlate positively; those of the sums of the
        items when None. Without such a rule the sign of a score is open.

    Returns
    -------
    weights
        (batch, items), every score of variance 1; where the iterations did not converge, the last ones.
    iterations
        (batch,) how many it took; 0 where they did not converge.

    Raises
    ------
    InvalidValue
        When the scheme is none.
    """
    if scheme not in get_args(Scheme):
        raise InvalidValue(f"fit_pls: scheme must be one of {', '.join(map(repr, get_args(Scheme)))}, found {scheme!r}")
    batch, items = covariance.shape[:2]
    inverses = _block_inverses(covariance, design)
    found, iterations = np.empty((batch, items)), np.zeros(batch, dtype=np.intp)
    active, at = np.arange(batch), covariance
    weights, with_scores, correlations = _scaled(np.ones((batch, items)), at, design)
    for iteration in range(1, MOST_ITERATIONS + 1):
        inner = _inner(correlations, design, scheme)
        outer = np.einsum("bij,bji->bi", with_scores, inner[:, :, design.construct_of])
        for block, inverse in inverses:
            outer[:, block] = np.einsum("bij,bj->bi", inverse, outer[:, block])
        last, (weights, with_scores, correlations) = weights, _scaled(outer, at, design)
        done = np.abs(weights - last).sum(axis=1) < TOLERANCE
        if done.any():
            found[active[done]], iterations[active[done]] = weights[done], iteration
            going = ~done
            active, at, weights = active[going], at[going], weights[going]
            with_scores, correlations = with_scores[going], correlations[going]
            inverses = [(block, inverse[going]) for block, inverse in inverses]
        if not len(active):
            break
    found[active] = weights
    return found * _signs(found, covariance, design, toward), iterations


def block_sums(values: Array, design: Design) -> Array:
    """(…, names) sums over the items of each construct of (…, items)."""
    return np.add.reduceat(values, [block.start for block in design.blocks], axis=-1)


def solved(matrix: Array, right: Array) -> Array:
    """(batch, q) solutions of (batch, q, q) systems for (batch, q); NaN where a system has none."""
    try:
        return np.linalg.solve(matrix, right[..., None])[..., 0]
    except np.linalg.LinAlgError:
        return np.stack([_solved_alone(*each) for each in zip(matrix, right, strict=True)])


def inverted(matrix: Array) -> Array:
    """(batch, q, q) inverses; NaN where there is none."""
    eye = np.eye(matrix.shape[-1])
    return np.stack([solved(matrix, np.broadcast_to(column, matrix.shape[:2])) for column in eye], axis=-1)


def _solved_alone(matrix: Array, right: Array) -> Array:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.full(len(right), np.nan)


def _block_inverses(covariance: Array, design: Design) -> list[tuple[slice, Array]]:
    """Of each block of mode B, where it is and the inverse of its covariances."""
    blocks = [block for block, mode in zip(design.blocks, design.modes, strict=True) if mode == "B"]
    return [(b, inverted(covariance[:, b, b])) for b in blocks if b.stop - b.start > 1]


def _scaled(weights: Array, covariance: Array, design: Design) -> tuple[Array, Array, Array]:
    """Weights that give every score variance 1, covariances of items with scores, and correlations of scores."""
    spread = np.zeros((*weights.shape, len(design.names)))
    spread[:, np.arange(len(design.items)), design.construct_of] = weights
    with_scores = covariance @ spread
    own = with_scores[:, np.arange(len(design.items)), design.construct_of]
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = 1 / np.sqrt(block_sums(weights * own, design))
        with_scores *= scale[:, None, :]
        weights = weights * scale[:, design.construct_of]
        spread *= scale[:, None, :]
    return weights, with_scores, spread.transpose(0, 2, 1) @ with_scores


def _inner(correlations: Array, design: Design, scheme: Scheme) -> Array:
    """(batch, names, names): column j weighs the scores of the neighbours of construct j."""
    inner = correlations * design.adjacent
    if scheme == "centroid":
        return np.sign(inner)
    if scheme == "path":
        for place in design.endogenous:
            sources = design.explained_by[place]
            inner[:, sources, place] = regressed(correlations, sources, place)
    return inner


def regressed(correlations: Array, sources: Indices, target: int) -> Array:
    """(batch, sources) coefficients of one construct on others, from (batch, names, names) correlations."""
    if len(sources) == 1:
        return correlations[:, sources, target]
    return solved(correlations[:, sources[:, None], sources], correlations[:, sources, target])


def _signs(weights: Array, covariance: Array, design: Design, toward: Array | None) -> Array:
    """(batch, items) of 1 and -1: by which to orient each construct's weights."""
    other = np.ones(weights.shape[1]) if toward is None else toward
    same: NDArray[np.bool_] = np.empty((len(weights), len(design.names)), dtype=bool)
    for place, block in enumerate(design.blocks):
        same[:, place] = np.einsum("bi,bij,j->b", weights[:, block], covariance[:, block, block], other[block]) >= 0
    return np.where(same, 1.0, -1.0)[:, design.construct_of]
