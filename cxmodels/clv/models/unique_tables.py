"""Sums of log-likelihoods over customers, at the cost of what is distinct among them.

In every model here a customer's likelihood is that of two histories, still a customer at T or gone after the last
purchase. The one depends on frequency and T, the other on frequency and recency, and there are far fewer such pairs
than distinct (frequency, recency, T): all that is dear is computed on the pairs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.clv.models.model import Array, by_parameter

Places = NDArray[np.intp]
Terms = Callable[[tuple[Array, ...]], tuple[Array, Array, Array]]
Factor = Callable[[tuple[Array, ...], slice], Array]

_BLOCK = 1 << 15
"""Draws times rows held at a time: what fits into the cache of a core."""
_TABLE = 1 << 18
"""Draws times pairs held at a time."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Distinct pairs of a frequency and a time.

    Attributes
    ----------
    frequency, time
        (pairs,) sorted by both.
    n
        (pairs,) customers.
    place
        (rows,) the pair of each row.
    """

    frequency: Array
    time: Array
    n: Array
    place: Places


@dataclass(frozen=True, eq=False)
class UniqueTables:
    """What is distinct in a table of counts.

    Attributes
    ----------
    frequency, customers
        (frequencies,) the distinct frequencies and their customers.
    last, now
        The distinct (frequency, recency) and (frequency, T).
    n
        (rows,) customers of each distinct (frequency, recency, T).
    """

    frequency: Array
    customers: Array
    last: Pairs
    now: Pairs
    n: Array

    @property
    def total(self) -> float:
        """Customers in all."""
        return float(self.n.sum())


def unique_tables(frame: pd.DataFrame) -> UniqueTables:
    """The distinct frequencies, pairs and rows of counts: columns ``frequency, recency, T, n``."""
    columns = (frame[name].to_numpy(float) for name in ("frequency", "recency", "T", "n"))
    frequency, recency, T, n = columns
    # sorted by frequency and recency, places are read in order
    order = np.lexsort((T, recency, frequency))
    frequency, recency, T, n = frequency[order], recency[order], T[order], n[order]
    first = np.ones(len(n), bool)
    first[1:] = (np.diff(frequency) != 0) | (np.diff(recency) != 0) | (np.diff(T) != 0)
    starts = np.flatnonzero(first)
    customers = np.add.reduceat(n, starts) if len(n) else n
    frequency, recency, T = frequency[starts], recency[starts], T[starts]
    values, place = np.unique(frequency, return_inverse=True)
    return UniqueTables(
        values, np.bincount(place, customers, len(values)),
        pairs(frequency, recency, customers), pairs(frequency, T, customers), customers,
    )  # fmt: skip


def pairs(frequency: Array, time: Array, n: Array | None = None) -> Pairs:
    """The distinct pairs of a frequency and a time, each (rows,)."""
    times, by_time = np.unique(time, return_inverse=True)
    values, by_frequency = np.unique(frequency, return_inverse=True)
    keys, place = np.unique(by_frequency * len(times) + by_time, return_inverse=True)
    weights = np.ones(len(place)) if n is None else n
    return Pairs(values[keys // len(times)], times[keys % len(times)], np.bincount(place, weights, len(keys)), place)


def log_likelihood(theta: Array, tables: UniqueTables, terms: Terms, factor: Factor | None = None) -> Array:
    """Log-likelihood of all customers.

    Parameters
    ----------
    theta
        (draws, parameters).
    tables
        From `unique_tables`.
    terms
        Given the parameters, each (some draws, 1): what does not depend on times, summed over customers, (draws,);
        the log-likelihood of having gone after the last purchase, (draws, last pairs), and of still buying, (draws,
        now pairs), each but for that.
    factor
        Given the parameters and a slice of the rows, (draws, rows): what the likelihood of still buying is to be
        multiplied by. Default 1.

    Returns
    -------
    (draws,); minus infinity where it is not finite.
    """
    theta = np.atleast_2d(np.asarray(theta, float))
    found = np.full(len(theta), -np.inf)
    within = np.flatnonzero(np.isfinite(theta).all(axis=1) & (theta > 0).all(axis=1))
    draws = max(min(_TABLE // max(len(tables.last.n), len(tables.now.n), 1), _BLOCK), 1)
    step = max(_BLOCK // draws, 1)
    for begin in range(0, len(within), draws):
        block = within[begin : begin + draws]
        parameters = by_parameter(theta[block])
        with np.errstate(all="ignore"):
            common, gone, still = terms(parameters)
            total = common + still @ tables.now.n
            for start in range(0, len(tables.n), step):
                part = slice(start, start + step)
                odds = np.take(gone, tables.last.place[part], axis=1)
                odds -= np.take(still, tables.now.place[part], axis=1)
                total += _either(odds, None if factor is None else factor(parameters, part)) @ tables.n[part]
        found[block] = np.where(np.isfinite(total), total, -np.inf)
    return found


def _either(odds: Array, factor: Array | None) -> Array:
    """log(factor + exp(odds)), in place; logaddexp would be ten times slower."""
    larger = np.maximum(odds, 0)
    np.abs(odds, out=odds)
    np.negative(odds, out=odds)
    np.exp(odds, out=odds)
    if factor is None:
        np.log1p(odds, out=odds)
    else:
        gone = larger > 0
        odds = np.log(np.where(gone, 1.0, factor) + np.where(gone, factor, 1.0) * odds)
    odds += larger
    return odds
