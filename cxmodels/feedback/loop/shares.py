"""A share of so many, with its interval."""

from __future__ import annotations

from cxmodels.estimate import Estimate


def share_of(part: int, n: int) -> Estimate:
    """`part` of `n` with the 95 % interval of Jeffreys' prior, which reaches 0 or 1 where none or all are.

    Notes
    -----
    Brown, Cai & DasGupta (2001), Statistical Science 16.
    """
    from scipy.special import betaincinv

    low = 0.0 if part == 0 else float(betaincinv(part + 0.5, n - part + 0.5, 0.025))
    high = 1.0 if part == n else float(betaincinv(part + 0.5, n - part + 0.5, 0.975))
    return Estimate(part / n, low, high, "share", n)
