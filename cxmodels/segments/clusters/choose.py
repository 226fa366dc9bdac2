"""How many segments: five criteria read together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.segments.clusters.matrix import kmeans, matrix
from cxmodels.segments.errors import InvalidValue, TooFewCustomers

if TYPE_CHECKING:
    from cxmodels.segments.features.features import Features

MOST = 20_000
SAME, FOUND = 0.8, 0.6
"""Resamples give the same segments from this adjusted Rand index on; a segment is found again from this Jaccard
similarity on: below .6 it should not be trusted (Hennig 2007)."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The panel and what follows from it.

    Attributes
    ----------
    panel
        One row a number of segments ``k``: ``bic`` of a Gaussian mixture with one covariance (lower is better);
        ``silhouette`` (higher is better); ``gap``, its ``gap_error`` s_k and ``gap_rule``, whether gap(k) ≥ gap(k+1) −
        s(k+1); ``stability``, the mean adjusted Rand index of bootstrap resamples; ``weakest``, the mean Jaccard
        similarity of the segment that is least often found again; ``smallest``, its share of customers; ``holds``,
        whether it may be chosen.
    segments
        One row a segment of each k: ``k, segment`` (from the largest), ``share``, ``jaccard``.
    k
        How many are recommended.
    reason
        Why, in words.
    """

    panel: pd.DataFrame
    segments: pd.DataFrame
    k: int
    reason: str

    def holds(self, k: int) -> bool:
        """Whether so many segments are stable and large enough."""
        return bool(self.panel.loc[self.panel["k"] == k, "holds"].any())


def choose_k(
    features: Features,
    *,
    ks: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8),
    most: int = MOST,
    resamples: int = 20,
    references: int = 10,
    seed: int = 0,
) -> Choice:
    """Weigh numbers of segments against each other.

    Of the numbers whose segments are all found again in resamples and large enough to be told of, the one by which a
    mixture describes customers best (BIC) is recommended. Stability alone prefers few segments, BIC alone many.

    Parameters
    ----------
    features
        Of the customers of a day.
    ks
        The numbers to weigh, ascending, from 2 on.
    most
        Customers drawn; silhouettes compare each with each.
    resamples, references
        Bootstrap resamples, and uniform reference sets of the gap statistic.

    Raises
    ------
    InvalidValue
        When `ks` are not ascending whole numbers from 2 on.
    TooFewCustomers
        When no number of segments leaves each enough customers.

    Notes
    -----
    Gap statistic: Tibshirani, Walther and Hastie (2001), uniform along principal components. Stability: bootstrap with
    assignment of all, Hennig (2007).
    """
    if not ks or list(ks) != sorted(set(ks)) or ks[0] < 2 or any(k != int(k) for k in ks):
        raise InvalidValue(f"choose_k: ks must be ascending whole numbers from 2 on, found {ks}")
    from threadpoolctl import threadpool_limits

    values = matrix(features, most=most, seed=seed).values
    ks = tuple(k for k in ks if k * features.min_cell <= len(values))
    random = np.random.default_rng(seed)
    drawn = [random.integers(0, len(values), len(values)) for _ in range(resamples)]
    uniform = [_uniform(values, random) for _ in range(references)]
    rows, parts = [], []
    for k in ks:
        # threads wait for each other longer than so little takes
        with threadpool_limits(limits=1):
            centres, labels, spread = kmeans(values, k, seed=seed)
            bic, silhouette = _bic(values, centres), _silhouette(values, labels)
            gap, error = _gap(spread, uniform, k)
            stability, jaccard = _stability(values, labels, k, drawn)
        sizes = np.bincount(labels, minlength=k)
        enough = sizes.min() * features.customers >= features.min_cell * len(values)
        holds = bool(stability >= SAME and jaccard.min() >= FOUND and enough)
        rows.append((k, bic, silhouette, gap, error, stability, jaccard.min(), sizes.min() / len(values), holds))
        order = np.argsort(-sizes, kind="stable")
        parts += [(k, place + 1, sizes[one] / len(values), jaccard[one]) for place, one in enumerate(order)]
    names = ["k", "bic", "silhouette", "gap", "gap_error", "stability", "weakest", "smallest", "holds"]
    panel = pd.DataFrame(rows, columns=names)
    panel.insert(5, "gap_rule", panel["gap"] >= (panel["gap"] - panel["gap_error"]).shift(-1))
    if not (panel["smallest"] * features.customers >= features.min_cell).any():
        raise TooFewCustomers(
            f"choose_k: {features.customers:,} customers do not part into segments of {features.min_cell} or more"
        )
    k, reason = _recommended(panel)
    return Choice(panel, pd.DataFrame(parts, columns=["k", "segment", "share", "jaccard"]), k, reason)


def _recommended(panel: pd.DataFrame) -> tuple[int, str]:
    rows = panel.set_index("k")
    by_gap = next((k for k, row in rows.iterrows() if row["gap_rule"]), None)
    others = (
        f"The lowest BIC of all is at {rows['bic'].idxmin()}, the highest silhouette at {rows['silhouette'].idxmax()}; "
        + (f"the gap statistic takes {by_gap}." if by_gap else "the gap statistic would go on.")
    )
    if not rows["holds"].any():
        k = int(rows["stability"].idxmax())
        found = rows.loc[k]
        return k, (
            f"{k} segments, with care: no number is found again well enough in resamples; {k} is nearest, with an "
            f"adjusted Rand index of {found['stability']:.2f} and a weakest segment of {found['weakest']:.2f}. {others}"
        )
    k = int(rows.loc[rows["holds"], "bic"].idxmin())
    found = rows.loc[k]
    return k, (
        f"{k} segments: of the numbers whose segments are all found again in resamples (here with an adjusted Rand "
        f"index of {found['stability']:.2f}, the weakest segment with a Jaccard similarity of {found['weakest']:.2f}), "
        f"it describes customers best. {others}"
    )


def _bic(values: NDArray, centres: NDArray) -> float:
    from sklearn.mixture import GaussianMixture

    mixture = GaussianMixture(len(centres), covariance_type="tied", means_init=centres, random_state=0, reg_covar=1e-3)
    return float(mixture.fit(values).bic(values))


def _silhouette(values: NDArray, labels: NDArray) -> float:
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(values, labels))


def _uniform(values: NDArray, random: np.random.Generator) -> NDArray:
    """As many rows, uniform over the box along the principal components."""
    _, _, axes = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    turned = values @ axes.T
    return random.uniform(turned.min(axis=0), turned.max(axis=0), turned.shape) @ axes


def _gap(spread: float, uniform: list[NDArray], k: int) -> tuple[float, float]:
    """Gap(k) and s_k."""
    logs = np.log([kmeans(each, k, seed=place, starts=1)[2] for place, each in enumerate(uniform)])
    return float(logs.mean() - np.log(spread)), float(logs.std() * np.sqrt(1 + 1 / len(logs)))


def _stability(values: NDArray, labels: NDArray, k: int, drawn: list[NDArray]) -> tuple[float, NDArray]:
    """Mean adjusted Rand index of resamples, and of each cluster the mean Jaccard similarity of its best match."""
    from sklearn.metrics import adjusted_rand_score

    same, found = [], []
    for place, rows in enumerate(drawn):
        centres = kmeans(values[rows], k, seed=place, starts=2)[0]
        others = np.argmin((centres**2).sum(axis=1) - 2 * values @ centres.T, axis=1)
        same.append(adjusted_rand_score(labels, others))
        both = np.zeros((k, k))
        np.add.at(both, (labels, others), 1)
        either = both.sum(axis=1)[:, None] + both.sum(axis=0) - both
        found.append((both / np.maximum(either, 1)).max(axis=1))
    return float(np.mean(same)), np.mean(found, axis=0)
