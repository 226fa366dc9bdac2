"""Whether two groups make up their composites alike, so that paths and means of scores may be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.resampled import SEED
from cxmodels.loyalty.answers.selected import complete, of_group
from cxmodels.loyalty.errors import InvalidValue, NotConverged, TooFewRespondents
from cxmodels.loyalty.pls.algorithm import Scheme
from cxmodels.loyalty.pls.design import Mode, design_of
from cxmodels.loyalty.pls.statistics import Algorithm, statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design
    from cxmodels.loyalty.syntax.path_model import PathModel

type Counts = NDArray[np.int64]

LEVEL = 0.05
"""Share of permutations beyond which a difference is not called chance."""
_SIZE = 250
"""Permutations at a time."""


@dataclass(frozen=True, eq=False)
class Micom:
    """Measurement invariance of composites of two groups.

    Attributes
    ----------
    by, groups
        The attribute and its two levels; differences are of the first less the second.
    constructs
        One row a construct: ``construct``; step 2 ``correlation`` of the scores by the weights of either group, the
        least of it that chance explains ``correlation_least``, ``correlation_p``; step 3 ``mean_difference`` in
        standard deviations with the limits of chance ``mean_low, mean_high`` and ``mean_p``; ``log_variance_ratio``
        with ``variance_low, variance_high, variance_p``; ``invariance``: ``"none"``, ``"partial"`` (step 2 holds: paths
        and mean scores can be compared) or ``"full"`` (steps 2 and 3: the groups do not differ and may be pooled).
    permutations, failed
        How many were drawn, and in how many the weights of a group did not converge.
    """

    by: str
    groups: tuple[str, str]
    constructs: pd.DataFrame
    permutations: int
    failed: int

    @property
    def paths_comparable(self) -> bool:
        """Whether every construct is at least partially invariant."""
        return bool((self.constructs["invariance"] != "none").all())


def micom(
    model: PathModel,
    data: pd.DataFrame | Answers,
    by: str,
    groups: tuple[str, str],
    *,
    scheme: Scheme = "path",
    modes: Mapping[str, Mode] | None = None,
    permutations: int = 1000,
    level: float = LEVEL,
    seed: int = SEED,
) -> Micom:
    """Test the measurement invariance of composites by permutation.

    Parameters
    ----------
    model
        A model for partial least squares. Its text is the same for both groups: step 1, configural invariance.
    data
        Respondents or answers with the attribute `by`. Those who did not answer every item are left out.
    by, groups
        The attribute and the two levels to compare.
    scheme, modes
        See `fit_pls`.
    permutations
        How often respondents change their groups at random.
    level
        Of each test; that of step 2 is one-sided, since a correlation only falls.
    seed
        Of the permutations.

    Raises
    ------
    InvalidModel
        When the model is not one for partial least squares; see `design_of`.
    InvalidAnswers
        When the data lack an item, the attribute or a level.
    InvalidValue
        When an option is none of those allowed.
    TooFewRespondents
        When a group has no more respondents than items, or fewer than `Answers.min_cell`.
    NotConverged
        When the weights of a group do not converge.

    Notes
    -----
    Henseler, Ringle & Sarstedt (2016), Testing measurement invariance of composites using partial least squares,
    International Marketing Review 33: 405-431. Weights are of items standardised within a group and applied to the
    items standardised over both; step 3 takes the weights of both groups together. Probabilities count the sample
    itself as one permutation (Phipson & Smyth 2010).
    """
    if len(groups) != 2 or groups[0] == groups[1]:
        raise InvalidValue(f"micom: groups must be two levels of {by!r}, found {', '.join(map(repr, groups))}")
    if isinstance(permutations, bool) or not isinstance(permutations, int | np.integer) or permutations < 1:
        raise InvalidValue(f"micom: permutations must be a whole number from 1, found {permutations!r}")
    if not 0 < level < 1:
        raise InvalidValue(f"micom: level must lie between 0 and 1, found {level}")
    design, algorithm = design_of(model, modes=modes), Algorithm(scheme)
    answers = as_answers(data, design.items) if isinstance(data, Answers) else answers_of(data, design.items, by=(by,))
    parts = [complete(of_group(answers, by, group)) for group in groups]
    least = max(len(design.items) + 1, answers.min_cell)
    for group, part in zip(groups, parts, strict=True):
        if part.respondents < least:
            raise TooFewRespondents(
                f"micom: each group needs at least {least} respondents who answered all {len(design.items)} items; "
                f"{group!r} has fewer"
            )
    rows = _Rows.of(parts, design)
    pooled = statistics(rows.covariance(rows.n[None]), design, algorithm)
    if pooled.failed[0]:
        raise NotConverged("micom: the weights of both groups together did not converge")
    compared = _Compared(rows, design, algorithm, pooled.weights[0])
    seen = compared(rows.first[None])
    if np.isnan(seen).any():
        raise NotConverged(f"micom: the weights of {groups[0]!r} or {groups[1]!r} did not converge")
    generator = np.random.default_rng(seed)
    drawn = []
    for start in range(0, int(permutations), _SIZE):
        size = min(_SIZE, int(permutations) - start)
        counts = generator.multivariate_hypergeometric(rows.n, int(rows.first.sum()), size=size, method="marginals")
        drawn.append(compared(counts))
    chance = np.concatenate(drawn)
    kept = np.isfinite(chance).all(axis=(1, 2))
    if not kept.any():
        raise NotConverged(f"micom: the weights converged in none of {permutations} permutations")
    return Micom(by, groups, _table(design, seen[0], chance[kept], level), int(permutations), int((~kept).sum()))


@dataclass(frozen=True, eq=False)
class _Rows:
    """Distinct answers of two groups.

    Standardised scores, weight of a respondent, respondents in all and in the first group.
    """

    scores: Array
    weight: Array
    n: Counts
    first: Counts

    @classmethod
    def of(cls, parts: list[Answers], design: Design) -> _Rows:
        frame = pd.concat([part.frame for part in parts], ignore_index=True)
        scores, n = frame[list(design.items)].to_numpy(float), frame["n"].to_numpy(np.int64)
        total = frame["weight"].to_numpy(float)
        share = total / total.sum()
        scores = scores - share @ scores
        first = np.where(np.arange(len(n)) < len(parts[0].frame), n, 0)
        return cls(scores / np.sqrt(share @ scores**2), total / n, n, first)

    def covariance(self, counts: Counts) -> Array:
        """(batch, items, items) of so many respondents of each row."""
        weight = counts * self.weight
        weight = weight / weight.sum(axis=1, keepdims=True)
        mean = weight @ self.scores
        product = np.stack([(self.scores * each[:, None]).T @ self.scores for each in weight])
        return product - mean[:, :, None] * mean[:, None, :]


@dataclass(frozen=True, eq=False)
class _Compared:
    rows: _Rows
    design: Design
    algorithm: Algorithm
    pooled: Array

    def __call__(self, first: Counts) -> Array:
        """(batch, 3, names) correlation, mean difference, log variance ratio; (batch, rows) are in the first group."""
        rows, second = self.rows, self.rows.n - first
        weights = [
            statistics(rows.covariance(counts), self.design, self.algorithm, toward=self.pooled).weights
            for counts in (first, second)
        ]
        both = rows.covariance(rows.n[None])[0]
        one, two = (self._spread(each) for each in weights)
        products = [np.einsum("bij,ik,bkj->bj", a, both, b) for a, b in ((one, two), (one, one), (two, two))]
        correlation = products[0] / np.sqrt(products[1] * products[2])
        scores = rows.scores @ self._spread(self.pooled[None])[0]
        moments = []
        for counts in (first, second):
            share = counts * rows.weight
            share = share / share.sum(axis=1, keepdims=True)
            mean = share @ scores
            moments.append((mean, share @ scores**2 - mean**2))
        (mean, variance), (other_mean, other_variance) = moments
        return np.stack([correlation, mean - other_mean, np.log(variance / other_variance)], axis=1)

    def _spread(self, weights: Array) -> Array:
        """(batch, items, names) weights, 0 of the items of other constructs."""
        spread = np.zeros((*weights.shape, len(self.design.names)))
        spread[:, np.arange(len(self.design.items)), self.design.construct_of] = weights
        return spread


def _table(design: Design, seen: Array, chance: Array, level: float) -> pd.DataFrame:
    # what is equal but for rounding is equal
    beyond = [chance[:, 0] <= seen[0] + 1e-12, *(np.abs(chance[:, k]) >= np.abs(seen[k]) - 1e-12 for k in (1, 2))]
    p = [(1 + each.sum(axis=0)) / (1 + len(chance)) for each in beyond]
    low, high = np.quantile(chance, [level / 2, 1 - level / 2], axis=0)
    composed, alike = p[0] > level, (p[1] > level) & (p[2] > level)
    return pd.DataFrame(
        {
            "construct": design.names,
            "correlation": seen[0],
            "correlation_least": np.quantile(chance[:, 0], level, axis=0),
            "correlation_p": p[0],
            "mean_difference": seen[1],
            "mean_low": low[1],
            "mean_high": high[1],
            "mean_p": p[1],
            "log_variance_ratio": seen[2],
            "variance_low": low[2],
            "variance_high": high[2],
            "variance_p": p[2],
            "invariance": np.where(~composed, "none", np.where(alike, "full", "partial")),
        }
    )
