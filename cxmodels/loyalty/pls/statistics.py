"""All that partial least squares tells of a covariance matrix, for many of them at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.loyalty.pls.algorithm import Scheme, outer_weights
from cxmodels.loyalty.pls.consistent import admissible, disattenuated, factor_loadings
from cxmodels.loyalty.pls.reliability import (
    average_variance_extracted,
    composite_reliability,
    heterotrait_monotrait,
    rho_a,
)
from cxmodels.loyalty.pls.structural import structure

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design, Indices


@dataclass(frozen=True)
class Algorithm:
    """How it is asked for: the parameters of `fit_pls` of these names."""

    scheme: Scheme = "path"
    consistent: bool = False
    standardise: bool = True


@dataclass(frozen=True, eq=False)
class Statistics:
    """Statistics of a batch of samples; NaN throughout where a sample has none.

    Attributes
    ----------
    weights, loadings
        (batch, items) of standardised items; loadings are correlations with the score, or with the common factor
        where `fit_pls` is asked for consistent ones.
    correlations
        (batch, names, names) of the constructs.
    paths, total, r2, f2
        See `structural.Structure`.
    rho_a, rho_c, ave
        (batch, names) reliability of the score, of the sum, and average variance extracted.
    htmt
        (batch, names, names) heterotrait-monotrait ratios.
    iterations
        (batch,) 0 where the weights did not converge.
    constant
        (batch,) whether an item has no variance.
    admissible
        (batch,) whether the solution can be one of a population; see `consistent.admissible`.
    """

    weights: Array
    loadings: Array
    correlations: Array
    paths: Array
    total: Array
    r2: Array
    f2: Array
    rho_a: Array
    rho_c: Array
    ave: Array
    htmt: Array
    iterations: Indices
    constant: NDArray[np.bool_]
    admissible: NDArray[np.bool_]

    @property
    def failed(self) -> NDArray[np.bool_]:
        """(batch,) whether there are no weights: not converged, or an item without variance."""
        return self.iterations == 0

    def table(self, design: Design) -> tuple[pd.DataFrame, Array]:
        """One row a statistic, ``statistic, lhs, rhs``, and their values (batch, rows)."""
        items, names, place = np.array(design.items), np.array(design.names), design.construct_of
        explained = np.concatenate([np.full(len(s), p) for p, s in enumerate(design.explained_by)]).astype(np.intp)
        explaining = np.concatenate(design.explained_by)
        pairs = np.tril_indices(len(names), -1)
        none = np.full(len(names), "")
        reached = np.nonzero(_reached(design))
        parts = [
            ("path", names[explained], names[explaining], self.paths[:, explained, explaining]),
            ("total effect", names[reached[0]], names[reached[1]], self.total[:, reached[0], reached[1]]),
            ("loading", names[place], items, self.loadings),
            ("weight", names[place], items, self.weights),
            ("correlation", names[pairs[0]], names[pairs[1]], self.correlations[:, pairs[0], pairs[1]]),
            ("r2", names[design.endogenous], none[design.endogenous], self.r2[:, design.endogenous]),
            ("f2", names[explained], names[explaining], self.f2[:, explained, explaining]),
            ("rho_a", names, none, self.rho_a),
            ("rho_c", names, none, self.rho_c),
            ("ave", names, none, self.ave),
            ("htmt", names[pairs[0]], names[pairs[1]], self.htmt[:, pairs[0], pairs[1]]),
        ]
        frames = [pd.DataFrame({"statistic": what, "lhs": lhs, "rhs": rhs}) for what, lhs, rhs, _ in parts]
        return pd.concat(frames, ignore_index=True), np.concatenate([values for *_, values in parts], axis=1)


def statistics(covariance: Array, design: Design, algorithm: Algorithm, *, toward: Array | None = None) -> Statistics:
    """Weigh and regress (batch, items, items) covariances; `toward` is that of `algorithm.outer_weights`."""
    correlation, scale, constant = correlated(covariance)
    weights, iterations = np.full(scale.shape, np.nan), np.zeros(len(covariance), dtype=np.intp)
    solvable = correlation if algorithm.standardise else covariance
    if toward is not None and not algorithm.standardise:
        toward = toward / scale.mean(axis=0)
    weights[~constant], iterations[~constant] = outer_weights(
        solvable[~constant], design, scheme=algorithm.scheme, toward=toward
    )
    if not algorithm.standardise:
        weights = weights * scale
    # without the last digit's rounding, so that what cannot vary does not
    alone, failed = (design.sizes == 1)[design.construct_of], iterations == 0
    weights[:, alone] = 1.0
    weights[failed] = np.nan
    spread = np.zeros((*weights.shape, len(design.names)))
    spread[:, np.arange(len(design.items)), design.construct_of] = weights
    with_scores = correlation @ spread
    correlations = spread.transpose(0, 2, 1) @ with_scores
    loadings = with_scores[:, np.arange(len(design.items)), design.construct_of]
    loadings[:, alone] = 1.0
    loadings[failed] = np.nan
    reliability = rho_a(correlation, weights, design)
    reliability[failed] = np.nan
    if algorithm.consistent:
        correlations = disattenuated(correlations, reliability, design)
        loadings = factor_loadings(loadings, weights, reliability, design)
    found = structure(correlations, design)
    htmt = heterotrait_monotrait(correlation, design)
    htmt[failed] = np.nan
    return Statistics(
        weights,
        loadings,
        correlations,
        found.paths,
        found.total,
        found.r2,
        found.f2,
        reliability,
        composite_reliability(loadings, design),
        average_variance_extracted(loadings, design),
        htmt,
        iterations,
        constant,
        admissible(correlations, loadings, found.r2),
    )


def correlated(covariance: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Correlations of (batch, items, items) covariances, (batch, items) standard deviations, and (batch,) constants.

    The last says whether an item has no variance in a sample; its covariances are then left as they are.
    """
    variance = np.einsum("bii->bi", covariance)
    # rounding leaves a little of a variance of nought
    constant = (variance <= 1e-12 * np.maximum(variance.max(axis=0), np.finfo(float).tiny)).any(axis=1)
    scale = np.sqrt(np.where(constant[:, None], 1.0, variance))
    return covariance / (scale[:, :, None] * scale[:, None, :]), scale, constant


def joined(parts: list[Statistics]) -> Statistics:
    """Batches after one another."""
    return Statistics(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Statistics)))


def _reached(design: Design) -> NDArray[np.bool_]:
    """(names, names) whether a chain of paths leads from the column to the row."""
    direct = np.zeros((len(design.names), len(design.names)), dtype=bool)
    for place, sources in enumerate(design.explained_by):
        direct[place, sources] = True
    reached = direct
    for _ in design.names:
        reached = reached | (reached @ direct)
    return reached
