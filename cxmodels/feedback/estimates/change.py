"""What moved between two samples: the difference, and how sure its direction is."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from cxmodels.estimate import REAL, SEEN, Change, Estimate
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, InvalidValue
from cxmodels.feedback.estimates.posterior import DRAWS, adjusted, jeffreys, score_draws
from cxmodels.feedback.estimates.scores import Method, unit_of
from cxmodels.feedback.estimates.spread import spread_of


def change(now: ScoreCounts, before: ScoreCounts, *, method: Method = "jeffreys", draws: int = 5 * DRAWS) -> Change:
    """What moved since `before`.

    Parameters
    ----------
    now, before
        Counts of one metric, one kind and one scale, without groups.
    method
        ``"jeffreys"``: difference of the two samples' scores, interval and probability by draws of both; or
        ``"adjusted_wald"``: the difference of the adjusted scores, with normal errors.
    draws
        For Jeffreys.

    Returns
    -------
    Change
        In points for nps and cxi, else a share. ``probability`` is that the true score moved in the direction seen;
        ``visible``, the smallest true move that such samples mostly show, as `smallest_visible`.

    Raises
    ------
    InvalidCounts
        When the two are not of one metric, kind and scale, or have groups.
    InvalidValue
        When the method is none of those.

    Notes
    -----
    The samples are taken as independent. Where they share customers the doubt is smaller than told here.
    """
    for name in ("metric", "kind", "scale_min", "scale_max"):
        here, there = getattr(now, name), getattr(before, name)
        if here != there:
            raise InvalidCounts(f"change: both must have one {name}, found {here!r} now and {there!r} before")
    if now.by or before.by:
        raise InvalidCounts("change: counts without groups are required")
    unit = 100 if now.net else 1
    if method == "adjusted_wald":
        (here, error), (there, earlier) = (adjusted(spread_of(each), each.net) for each in (now, before))
        difference, sd = float(here[0] - there[0]), math.hypot(error[0], earlier[0])
        margin = NormalDist().inv_cdf(REAL) * sd
        low, high = difference - margin, difference + margin
        probability = NormalDist().cdf(abs(difference) / sd)
    elif method == "jeffreys":
        difference = float(spread_of(now).score[0] - spread_of(before).score[0])
        sd = math.hypot(jeffreys(now)[1][0], jeffreys(before)[1][0])
        moved = (score_draws(now, draws=draws, seed=1) - score_draws(before, draws=draws, seed=2))[0]
        low, high = (float(q) for q in np.quantile(moved, [1 - REAL, REAL]))
        probability = float(np.mean(moved > 0 if difference > 0 else moved < 0)) if difference else 0.5
    else:
        raise InvalidValue(f"method: 'jeffreys' or 'adjusted_wald' is required, found {method!r}")
    n = min(int(counts.totals["responses"].iloc[0]) for counts in (now, before))
    low, high = unit * min(low, difference), unit * max(high, difference)
    return Change(Estimate(unit * difference, low, high, unit_of(now), n), max(probability, 0.5), unit * SEEN * sd)
