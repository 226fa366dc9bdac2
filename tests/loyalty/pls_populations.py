"""Populations whose composites or common factors are known, and samples of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.loyalty.syntax.path_model import PathModel

BLOCKS = {"Image": 3, "Satisfaction": 2, "Loyalty": 3}
ITEMS = [f"{name[0].lower()}{number}" for name, size in BLOCKS.items() for number in range(1, size + 1)]
PATHS = {("Satisfaction", "Image"): 0.6, ("Loyalty", "Image"): 0.25, ("Loyalty", "Satisfaction"): 0.45}
CONSTRUCTS = np.array([[1.0, 0.6, 0.52], [0.6, 1.0, 0.6], [0.52, 0.6, 1.0]])
"""Correlations that the paths imply: .25 + .6 · .45 = .52 and .45 + .6 · .25 = .6."""


@dataclass(frozen=True, eq=False)
class Population:
    """A model, its covariances of items, and the weights or loadings behind them."""

    model: PathModel
    covariance: NDArray[np.float64]
    items: NDArray[np.float64]

    def sample(self, n: int, generator: np.random.Generator) -> pd.DataFrame:
        """Return n normal answers."""
        root = np.linalg.cholesky(self.covariance)
        return pd.DataFrame(generator.standard_normal((n, len(ITEMS))) @ root.T, columns=ITEMS)


def composites() -> Population:
    """Items that act on other constructs through one weighted sum alone."""
    covariance, weights = np.eye(len(ITEMS)), np.zeros((len(ITEMS), len(BLOCKS)))
    raw, within = [0.6, 0.3, 0.4, 0.8, 0.5, 0.5, 0.2, 0.7], [0.3, 0.4, 0.25]
    for place, (block, correlation) in enumerate(zip(_blocks(), within, strict=True)):
        covariance[block, block] = np.where(np.eye(block.stop - block.start, dtype=bool), 1.0, correlation)
        w = np.array(raw[block])
        weights[block, place] = w / np.sqrt(w @ covariance[block, block] @ w)
    with_scores = covariance @ weights
    for one, first in enumerate(_blocks()):
        for other, second in enumerate(_blocks()):
            if one != other:
                across = np.outer(with_scores[first, one], with_scores[second, other])
                covariance[first, second] = CONSTRUCTS[one, other] * across
    return Population(_model("<~"), covariance, weights.sum(axis=1))


def factors() -> Population:
    """Items that have nothing in common but their construct."""
    loadings = np.array([0.8, 0.7, 0.6, 0.85, 0.75, 0.7, 0.8, 0.65])
    place = np.repeat(np.arange(len(BLOCKS)), list(BLOCKS.values()))
    covariance = np.outer(loadings, loadings) * CONSTRUCTS[np.ix_(place, place)]
    np.fill_diagonal(covariance, 1.0)
    return Population(_model("=~"), covariance, loadings)


def _blocks() -> list[slice]:
    ends = np.cumsum(list(BLOCKS.values())).tolist()
    return [slice(end - size, end) for end, size in zip(ends, BLOCKS.values(), strict=True)]


def _model(op: str) -> PathModel:
    measured = [f"{name} {op} {' + '.join(ITEMS[b])}" for name, b in zip(BLOCKS, _blocks(), strict=True)]
    return PathModel("\n".join([*measured, *(f"{target} ~ {source}" for target, source in PATHS)]))
