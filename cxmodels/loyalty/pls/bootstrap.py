"""The bootstrap of every statistic of a partial least squares fit, many resamples at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, NotConverged
from cxmodels.loyalty.pls.statistics import Algorithm, Statistics, joined, statistics
from cxmodels.loyalty.resampling import bca_shares, plain_shares, quantiles, spread

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.blocks import Blocks
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design

Limits = Literal["percentile", "bca", "t"]
SIZE = 250
"""Resamples at a time: their matrices stay in the processor's cache."""
THREADS = 2


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """A fit told again by resamples.

    Attributes
    ----------
    design, algorithm
        What was fitted to each.
    estimate
        The statistics of the sample itself, a batch of one.
    drawn
        Those of the resamples, NaN of the failed.
    source
        The respondents who were drawn, above 2,000 in as many random blocks; None where normal samples were drawn from
        a covariance matrix.
    n
        Respondents, with weights the effective number.
    """

    design: Design = field(repr=False)
    algorithm: Algorithm
    estimate: Statistics = field(repr=False)
    drawn: Statistics = field(repr=False)
    source: Blocks | None = field(repr=False)
    n: float

    @property
    def replications(self) -> int:
        """How many resamples were drawn."""
        return len(self.drawn.iterations)

    @property
    def constant(self) -> int:
        """Resamples in which an item has no variance; they have failed."""
        return int(self.drawn.constant.sum())

    @property
    def failed(self) -> int:
        """Resamples without a solution: an item without variance, or weights that did not converge."""
        return int(self.drawn.failed.sum())

    @property
    def inadmissible(self) -> int:
        """Resamples solved with a correlation, loading or R² beyond 1; they stay in the limits where they are finite.

        Left out of them, intervals would tell of the well-behaved resamples only.
        """
        return int((~self.drawn.admissible & ~self.drawn.failed).sum())

    def intervals(self, *, kind: Limits = "percentile", level: float = 0.95) -> pd.DataFrame:
        """Every statistic with its doubt.

        Parameters
        ----------
        kind
            ``"percentile"``; ``"bca"``, corrected for bias and acceleration, the latter from leaving out each
            respondent: Efron (1987), JASA 82: 171-185; ``"t"``: standard errors times the t quantile.
        level
            Share of samples whose interval is to hold the truth.

        Returns
        -------
        pandas.DataFrame
            ``statistic, lhs, rhs, estimate, bias, se, low, high, replications``; the last says from how many resamples
            the others are. Of paths and effects lhs is explained by rhs.

        Raises
        ------
        InvalidValue
            When kind or level is none.
        InvalidAnswers
            When BCa limits are asked for without respondents to leave out.
        """
        if kind not in get_args(Limits):
            raise InvalidValue(
                f"intervals: kind must be one of {', '.join(map(repr, get_args(Limits)))}, found {kind!r}"
            )
        if not 0 < level < 1:
            raise InvalidValue(f"intervals: level must lie between 0 and 1, found {level}")
        known, estimate, values = self._values
        kept, mean, se = spread(values)
        if kind == "t":
            from scipy.special import stdtrit

            width = stdtrit(self.n - 1, (1 + level) / 2) * se
            low, high = estimate - width, estimate + width
        else:
            shares = plain_shares(len(estimate), level)
            if kind == "bca":
                shares = bca_shares(estimate, values, self.acceleration, level)
            low, high = quantiles(values, shares)
        return known.assign(estimate=estimate, bias=mean - estimate, se=se, low=low, high=high, replications=kept)

    @cached_property
    def _values(self) -> tuple[pd.DataFrame, Array, Array]:
        known, values = self.drawn.table(self.design)
        return known, self.estimate.table(self.design)[1][0], values

    @cached_property
    def acceleration(self) -> Array:
        """Of each row of `intervals`, a sixth of the skewness of what leaving out a respondent changes.

        Raises
        ------
        InvalidAnswers
            When there are no respondents to leave out.
        """
        if self.source is None:
            raise InvalidAnswers(
                "intervals: bca: limits need the answers of each respondent, found a covariance matrix alone"
            )
        times = 1 - np.eye(len(self.source.n))
        parts = [
            statistics(self.source.drawn(some)[2], self.design, self.algorithm, toward=self.estimate.weights[0])
            for some in np.array_split(times, -(-len(times) // SIZE))
        ]
        _, values = joined(parts).table(self.design)
        finite = np.isfinite(values)
        values = np.where(finite, values, 0)
        off = np.where(finite, values.sum(axis=0) / np.maximum(finite.sum(axis=0), 1) - values, 0)
        spread = (off**2).sum(axis=0) ** 1.5
        return np.where(spread > 0, (off**3).sum(axis=0) / (6 * np.where(spread > 0, spread, 1)), 0.0)


def bootstrap(
    source: Blocks | Moments,
    estimate: Statistics,
    design: Design,
    algorithm: Algorithm,
    *,
    n: float,
    replications: int,
    seed: int,
) -> Bootstrap:
    """Draw resamples and fit each.

    Parameters
    ----------
    source
        Respondents, or blocks of them, drawn with replacement; or moments, of which samples of n normal answers are
        drawn.
    estimate
        The statistics of the sample, toward whose scores those of a resample are oriented: construct-level sign
        changes, Tenenhaus et al. (2005), section 6.2.

    Raises
    ------
    NotConverged
        When every resample failed.
    """
    from threadpoolctl import threadpool_limits

    toward = estimate.weights[0]
    sizes = [min(SIZE, replications - start) for start in range(0, replications, SIZE)]
    generators = np.random.default_rng(seed).spawn(len(sizes))

    def told(size: int, generator: np.random.Generator) -> Statistics:
        if isinstance(source, Moments):
            covariance = _normal(source, size, generator)
        else:
            covariance = source.drawn(_times(len(source.n), size, generator))[2]
        return statistics(covariance, design, algorithm, toward=toward)

    # threads of the linear algebra within these would wait for each other
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        drawn = joined(list(pool.map(told, sizes, generators)))
    if drawn.failed.all():
        raise NotConverged(
            f"bootstrap: none of {replications:,} resamples has a solution; in {int(drawn.constant.sum()):,} an item "
            "has no variance"
        )
    return Bootstrap(design, algorithm, estimate, drawn, None if isinstance(source, Moments) else source, n)


def _times(blocks: int, size: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """(size, blocks) how often each of them was drawn."""
    who = generator.integers(blocks, size=(size, blocks)) + blocks * np.arange(size)[:, None]
    return np.bincount(who.ravel(), minlength=size * blocks).reshape(size, blocks)


def _normal(given: Moments, size: int, generator: np.random.Generator) -> Array:
    """(size, items, items) covariances of n normal answers."""
    from scipy.stats import wishart

    freedom = max(round(given.n) - 1, len(given.items))
    drawn = wishart(freedom, given.covariance / freedom).rvs(size, random_state=generator)
    return np.asarray(drawn).reshape(size, len(given.items), len(given.items))
