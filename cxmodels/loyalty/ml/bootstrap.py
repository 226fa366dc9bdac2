"""The bootstrap of a fit by maximum likelihood, many resamples at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.blocks import Blocks, blocks
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, NotConverged
from cxmodels.loyalty.ml.estimates import described, moved_by, raw_values, standardised_values
from cxmodels.loyalty.ml.fisher import search
from cxmodels.loyalty.ml.ml_fit import SEED
from cxmodels.loyalty.ml.objective import observed_curvature, scores, slope
from cxmodels.loyalty.ml.samples import Sample
from cxmodels.loyalty.resampling import bca_shares, plain_shares, quantiles, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.path_fit import Array

Limits = Literal["percentile", "bca"]
SIZE = 250
"""Resamples at a time: their matrices stay in the processor's cache."""
THREADS = 2
_MOST = 150
"""Iterations of a resample, which starts at the solution of the sample itself."""
_ENOUGH = 1e-10
"""As `fisher.ENOUGH`; what is left is less than a thousandth of a standard error of any survey."""


@dataclass(frozen=True, eq=False)
class MlBootstrap:
    """A fit told again by resamples of its respondents.

    Attributes
    ----------
    fit
        The fit of the sample itself.
    theta
        (replications, q) parameters, NaN of the failed.
    admissible
        (replications,) whether no variance is negative and the constructs' covariance matrix is positive definite.
    """

    fit: MlFit
    theta: Array = field(repr=False)
    admissible: NDArray[np.bool_] = field(repr=False)

    @property
    def replications(self) -> int:
        """How many resamples were drawn."""
        return len(self.theta)

    @property
    def solved(self) -> Array:
        """(solved, q) parameters of the resamples that have a solution."""
        return self.theta[np.isfinite(self.theta[:, 0])]

    @property
    def failed(self) -> int:
        """Resamples for which no maximum of the likelihood was found."""
        return self.replications - len(self.solved)

    @property
    def inadmissible(self) -> int:
        """Resamples solved with a negative variance or impossible correlations; they stay in the limits.

        Left out of them, intervals would tell of the well-behaved resamples only.
        """
        return len(self.solved) - int(self.admissible.sum())

    def intervals(self, *, kind: Limits = "percentile", level: float = 0.95) -> pd.DataFrame:
        """Every parameter and defined quantity with its doubt.

        Parameters
        ----------
        kind
            ``"percentile"``, or ``"bca"``: corrected for bias and acceleration (Efron 1987, JASA 82: 171-185), the
            latter from the influence of each respondent on the solution.
        level
            Share of samples whose interval is to hold the truth.

        Returns
        -------
        pandas.DataFrame
            ``lhs, op, rhs, [group], label, coef, se, low, high, std, std_se, std_low, std_high, replications``.

        Raises
        ------
        InvalidValue
            When kind or level is none.
        """
        if kind not in get_args(Limits):
            raise InvalidValue(f"intervals: kind must be 'percentile' or 'bca', found {kind!r}")
        if not 0 < level < 1:
            raise InvalidValue(f"intervals: level must lie between 0 and 1, found {level}")
        fit = self.fit
        coef, se, low, high = self._limits(lambda theta: raw_values(fit.model, fit.table, theta), kind, level)
        std, std_se, std_low, std_high = self._limits(
            lambda theta: standardised_values(fit.model, fit.table, fit.matrices, theta), kind, level
        )
        return described(fit.model, fit.table).assign(
            coef=coef, se=se, low=low, high=high,
            std=std, std_se=std_se, std_low=std_low, std_high=std_high,
            replications=len(self.solved),
        )  # fmt: skip

    def _limits(self, of: Callable[[Array], Array], kind: Limits, level: float) -> tuple[Array, Array, Array, Array]:
        """(rows,) estimate, standard error and limits of what `of` tells of parameters."""
        estimate, drawn = of(self.fit.theta[None])[0], of(self.solved)
        shares = plain_shares(len(estimate), level)
        if kind == "bca":
            shares = bca_shares(estimate, drawn, self._acceleration(of), level)
        _, _, deviation = spread(drawn)
        return estimate, deviation, *quantiles(drawn, shares)

    def _acceleration(self, of: Callable[[Array], Array]) -> Array:
        """(rows,) a sixth of the skewness of what one respondent moves."""
        count, influence = self._influence
        moved = influence @ moved_by(of, self.fit.theta, self._information)[1].T
        scale = (count @ moved**2) ** 1.5
        return np.where(scale > 0, count @ moved**3 / (6 * np.where(scale > 0, scale, 1)), 0.0)

    @cached_property
    def _influence(self) -> tuple[Array, Array]:
        """(rows,) respondents of each row and (rows, q) what one of them moves the parameters, to first order."""
        fit = self.fit
        expected = slope(fit.matrices, fit.samples, fit.theta[None]).curvature[0]
        inverse = np.linalg.pinv(observed_curvature(fit.matrices, fit.samples, fit.theta, expected))
        counts, moves = [], []
        for sample in fit.samples:
            assert sample.rows is not None
            each = (sample.rows.weight / sample.rows.count)[:, None]
            counts.append(sample.rows.count)
            moves.append(each * scores(fit.matrices, sample, fit.theta) @ inverse)
        return np.concatenate(counts), np.concatenate(moves)

    @cached_property
    def _information(self) -> Array:
        return np.diag(slope(self.fit.matrices, self.fit.samples, self.fit.theta[None]).curvature[0])


def bootstrapped(fit: MlFit, *, replications: int = 1000, seed: int = SEED) -> MlFit:
    """Fit resamples of the respondents, drawn with replacement within each group.

    Parameters
    ----------
    fit
        Of those who answered everything.
    replications
        How many resamples.
    seed
        Of the resamples.

    Returns
    -------
    MlFit
        The same fit, whose `bootstrap` holds the resamples and whose `path_draws` are theirs.

    Raises
    ------
    InvalidAnswers
        When there are no respondents to draw, or answers are missing.
    InvalidValue
        When fewer than two replications are asked for.
    NotConverged
        When no resample has a solution.

    Notes
    -----
    Moments of all resamples are one product of counts and sums, and every search starts at the solution of the sample
    itself (Efron & Tibshirani 1993). Above 2,000 respondents, random blocks of them are drawn; see `blocks`.
    """
    if replications < 2:
        raise InvalidValue(f"bootstrapped: replications must be at least 2, found {replications}")
    if not fit.answers:
        raise InvalidAnswers("bootstrapped: the answers of each respondent are needed, found moments alone")
    if fit.missing != "listwise":
        raise InvalidAnswers(
            f"bootstrapped: answers must be complete; fit with missing='listwise', found {fit.missing!r}"
        )
    parts = [blocks(answers, fit.model.items, seed=seed) for answers in fit.answers]
    sizes = [min(SIZE, replications - start) for start in range(0, replications, SIZE)]
    generators = np.random.default_rng(seed).spawn(len(sizes))

    def solved(size: int, generator: np.random.Generator) -> Array:
        samples = [_drawn(part, fit, group, size, generator) for group, part in enumerate(parts)]
        found = search(fit.matrices, samples, np.tile(fit.theta, (size, 1)), most=_MOST, enough=_ENOUGH)
        return np.where(found.converged[:, None], found.theta, np.nan)

    with ThreadPoolExecutor(THREADS) as pool:
        theta = np.concatenate(list(pool.map(solved, sizes, generators)))
    there = np.isfinite(theta[:, 0])
    if not there.any():
        raise NotConverged(f"bootstrapped: in none of {replications:,} resamples was a maximum of the likelihood found")
    good = np.zeros(replications, bool)
    good[there] = admissible(fit, theta[there])
    return replace(fit, bootstrap=MlBootstrap(replace(fit, bootstrap=None), theta, good))


def admissible(fit: MlFit, theta: Array) -> NDArray[np.bool_]:
    """(B,) whether parameters could be those of real constructs: see `Identification.admissible`."""
    _, covariances, _ = fit.matrices.filled(theta)
    positive = (np.diagonal(covariances, axis1=-2, axis2=-1) >= 0).all((1, 2))
    p = len(fit.matrices.items)
    if p < len(fit.matrices.variables):
        constructs = fit.matrices.implied(theta).total[:, :, p:, p:]
        positive &= (np.linalg.eigvalsh(constructs)[..., 0] > 0).all(1)
    return positive


def _drawn(part: Blocks, fit: MlFit, group: int, size: int, generator: np.random.Generator) -> Sample:
    """Moments of resamples of one group, whose respondents stay as many as they are."""
    count = len(part.n)
    times = generator.multinomial(count, np.full(count, 1 / count), size=size)
    _, mean, covariance = part.drawn(times)
    own = fit.moments[group]
    return Sample(
        group, np.arange(len(own.items)), np.full(size, own.n), covariance, mean if fit.matrices.means else None
    )
