"""A share of so many, with its interval."""

from __future__ import annotations

from collections.abc import Mapping

from cxmodels.estimate import Estimate, share_limits


def share_of(part: int, n: int, effect: float = 1.0) -> Estimate:
    """`part` of `n` with the 95 % interval of Jeffreys' prior, which reaches 0 or 1 where none or all are.

    Parameters
    ----------
    part, n
        Whole numbers; at least one in all.
    effect
        Design effect: how many of them tell as much as one that is independent of the others.

    Notes
    -----
    Brown, Cai & DasGupta (2001), Statistical Science 16; with as many as they are worth: Franco, Little, Louis & Slud
    (2019), Journal of Survey Statistics and Methodology 7.
    """
    low, high = map(float, share_limits(part / effect, n / effect))
    share = part / n
    # divided by the effect, a share may differ in its last digit
    return Estimate(share, min(low, share), max(high, share), "share", n)


def effect_of_customers(sums: Mapping[str, float]) -> float:
    """Design effect of a share whose cases come several a customer, at least 1.

    Parameters
    ----------
    sums
        Over customers with y of n cases: ``customers``, ``part`` Σy, ``n`` Σn, ``part_squares`` Σy², ``squares`` Σn²,
        ``products`` Σyn.

    Notes
    -----
    The variance of the ratio Σy/Σn between customers (Cochran 1977, Sampling Techniques, section 3.12) over that of as
    many cases apart, larger as Student's t is than the normal (Korn & Graubard 1998, Survey Methodology 24), since few
    customers tell it badly. Where none or all are, it says nothing, and a customer's cases are taken to go all the same
    way.
    """
    from scipy.special import ndtri, stdtrit

    share, m = sums["part"] / sums["n"], sums["customers"]
    alike = sums["squares"] / sums["n"]
    if share in (0, 1) or m < 2:
        return max(alike, 1.0)
    between = sums["part_squares"] - 2 * share * sums["products"] + share**2 * sums["squares"]
    effect = m / (m - 1) * between / (sums["n"] * share * (1 - share))
    return float(max(effect * (stdtrit(m - 1, 0.975) / ndtri(0.975)) ** 2, 1.0))
