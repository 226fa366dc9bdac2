"""How far a score depends on those who did not answer: the doubt of the weights, and what if silence means more."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.errors import InvalidValue

DELTAS = (-20.0, -10.0, 0.0, 10.0, 20.0)
_ENDS = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}


def with_doubt_of_weights(weighted: Estimate, weaker: Estimate, stronger: Estimate) -> Estimate:
    """A weighted score whose interval holds the doubt of its weights too.

    Parameters
    ----------
    weighted
        With the weights as they are.
    weaker, stronger
        The same answers with `ResponseWeights.weaker` and ``stronger``, the ends of the slope's 95 % interval.

    Returns
    -------
    Estimate
        Either side reaches √(sampling² + weights²) from the value: the two doubts are independent, since the slope
        rests on all surveys and the score on one month.

    Raises
    ------
    InvalidValue
        When the three have not one unit, or are not at level .95 as the weights are.
    """
    if len({weighted.unit, weaker.unit, stronger.unit}) > 1:
        raise InvalidValue("with_doubt_of_weights: the three estimates must have one unit")
    if weighted.level != 0.95:
        raise InvalidValue(f"with_doubt_of_weights: the level of the weights is .95, found {weighted.level:g}")
    below = weighted.value - min(weaker.value, stronger.value, weighted.value)
    above = max(weaker.value, stronger.value, weighted.value) - weighted.value
    low = weighted.value - math.hypot(weighted.value - weighted.low, below)
    high = weighted.value + math.hypot(weighted.high - weighted.value, above)
    return Estimate(weighted.value, low, high, weighted.unit, weighted.n)


def sensitivity(score: Estimate, rate: float, deltas: Iterable[float] = DELTAS) -> pd.DataFrame:
    """What the score of everybody would be if those who did not answer differed from what respondents say of them.

    Parameters
    ----------
    score
        Of the respondents, weighted or not, in ``"points"`` or as a ``"share"``.
    rate
        Share of the invited who answered, above 0 and at most 1 (`ResponseWeights.rate`).
    deltas
        By how many points of a hundred the score of those who did not answer differs from `score`; no further than its
        scale goes.

    Returns
    -------
    pandas.DataFrame
        One row a delta, in the unit of the score: ``delta``, ``value``, ``low``, ``high``: score + (1 - rate) x delta.

    Raises
    ------
    InvalidValue
        When the rate is not a share, or the score has another unit.

    Notes
    -----
    A pattern-mixture model with one offset (Rubin 1977, Journal of the American Statistical Association 72, 538-543).
    """
    if not 0 < rate <= 1:
        raise InvalidValue(f"rate: a share above 0 and at most 1 is required, found {rate!r}")
    if score.unit not in _ENDS:
        raise InvalidValue(f"score: one in {' or '.join(map(repr, _ENDS))} is required, found one in {score.unit!r}")
    low, high = _ENDS[score.unit]
    given = [delta * high / 100 for delta in deltas]
    found = {"delta": given}
    for name in ("value", "low", "high"):
        said = getattr(score, name)
        found[name] = [rate * said + (1 - rate) * min(max(said + delta, low), high) for delta in given]
    return pd.DataFrame(found)
