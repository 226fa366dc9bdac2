"""Who leaves and why: the share that has left by each cause after a tenure (Aalen–Johansen, exact)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.models.cause_specific import causes
from cxmodels.churn.models.kaplan_meier import EVERYONE, Survival, by_level, fit_survival
from cxmodels.estimate import Estimate
from cxmodels.kaplan_meier import at_risk

Array = NDArray[np.float64]

_ROUNDING = 1e-13
"""Share of the parts of a variance below which what is left of them is rounding."""


@dataclass(frozen=True, eq=False)
class CumulativeIncidence:
    """The share that has left for each cause, by tenure.

    Attributes
    ----------
    curves
        Tidy: ``level`` (``"all"`` without a covariate), ``cause``, ``time`` (tenure in the unit of the episodes),
        ``months``, ``incidence`` (share that has left for that cause by then), ``se``, ``low``, ``high`` (95 %, on
        the log-minus-log scale).
    causes
        Cause → departures, most frequent first.
    survival
        Kaplan–Meier of the same episodes: what remains. With the incidences of all causes it adds up to one.
    """

    curves: pd.DataFrame
    causes: dict[str, int]
    survival: Survival

    def at(self, months: float, level: str = EVERYONE) -> dict[str, Estimate]:
        """Share that has left for each cause after `months`; empty where `Survival.at` tells nothing."""
        if self.survival.at(months, level) is None:
            return {}
        curves = self.curves[(self.curves["level"] == level) & (self.curves["time"] <= months * self.survival.month)]
        last = curves.groupby("cause").last()
        size = self.survival.sizes[level]
        told = {}
        for cause in self.causes:
            value, low, high = (float(last.at[cause, column]) for column in ("incidence", "low", "high"))
            told[cause] = Estimate(value, low, high, "share", size)
        return told

    def told(self, level: str = EVERYONE) -> pd.DataFrame:
        """The part of the curves that may be shown: up to where fewer than the smallest cell were at risk."""
        shown = self.survival.told(level)["time"]
        return self.curves[(self.curves["level"] == level) & self.curves["time"].isin(shown)]


def cumulative_incidence(episodes: Episodes, by: str | None = None) -> CumulativeIncidence:
    """Aalen–Johansen for all causes of leaving, with delayed entry and counts as weights.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes`; the causes are those of its departures.
    by
        A categorical covariate of the episodes: curves for each level, levels below the smallest cell left out.

    Raises
    ------
    ValueError
        When `by` is no categorical covariate of the episodes, or nobody was at risk.

    Notes
    -----
    Aalen & Johansen (1978), Scand. J. Statist. 5: F_j(t) is the sum over departure times u ≤ t of S(u-) d_j(u)/Y(u).
    Ties are taken as they are: nothing is drawn at random. The variance is the infinitesimal jackknife over episodes,
    which R's survival gives for several states (Therneau & Grambsch 2000, chapter 7; for one cause and no late entry
    it is Greenwood's). As everybody leaves for some cause, one minus the Kaplan–Meier curve of a single cause would
    claim too much.
    """
    survival = fit_survival(episodes, by)
    found = causes(episodes)
    curves = [
        _curves(part, tuple(found), episodes.month).assign(level=level)
        for level, part in by_level(episodes, by).items()
    ]
    columns = ["level", "cause", "time", "months", "incidence", "se", "low", "high"]
    return CumulativeIncidence(pd.concat(curves, ignore_index=True)[columns], found, survival)


def _curves(part: pd.DataFrame, causes: tuple[str, ...], month: float) -> pd.DataFrame:
    time = np.concatenate([[0], np.unique(part["exit"])])
    gone = part["event"].to_numpy() == 1
    place = np.searchsorted(time, part["exit"])
    n = part["n"].to_numpy(float)
    of = {cause: gone & (part["cause"].to_numpy() == cause) for cause in causes}
    left = {cause: np.bincount(place[who], n[who], len(time)) for cause, who in of.items()}
    watched = np.maximum(at_risk(part, time), 1)
    total = np.bincount(place[gone], n[gone], len(time))
    survival = np.cumprod(1 - total / watched)
    before = np.concatenate([[1.0], survival[:-1]])
    jackknife = _Jackknife(
        n, np.searchsorted(time, part["entry"], "right") - 1, place, gone, before / watched, total / watched, survival
    )
    tables = []
    for cause, who in of.items():
        incidence = np.cumsum(before * left[cause] / watched)
        se = jackknife.standard_error(who, left[cause] / watched, incidence)
        low, high = _interval(incidence, se)
        tables.append(
            pd.DataFrame(
                {"cause": cause, "time": time, "months": time / month, "incidence": incidence, "se": se, "low": low,
                 "high": high}
            )
        )  # fmt: skip
    columns = ["cause", "time", "months", "incidence", "se", "low", "high"]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)


@dataclass(frozen=True, eq=False)
class _Jackknife:
    """Infinitesimal jackknife of the curves of one level.

    A small change of the hazard of cause l at u by ε changes F_j(t) by ε S(u-) (1{l=j} - (F_j(t) - F_j(u)) / S(u)).
    The influence of an episode is that change summed over its martingale residuals dM(u) / Y(u), which is
    D(t) - F_j(t) B(t) with D and B sums over u ≤ t that no longer know t. Squares of D and B are summed over episodes
    that ended, and over those still watched through the moments of their values at entry: rows and times are only ever
    added, not crossed.
    """

    n: Array
    entry: NDArray[np.intp]
    exit: NDArray[np.intp]
    gone: NDArray[np.bool_]
    weight: Array
    hazard: Array
    survival: Array

    def standard_error(self, who: NDArray[np.bool_], hazard: Array, incidence: Array) -> Array:
        """(times,) of the incidence of the cause that the rows `who` left for."""
        survival = self.survival
        odds = np.divide(self.weight, survival, out=np.zeros_like(survival), where=survival > 0)
        d, b = self.weight * hazard + odds * incidence * self.hazard, odds * self.hazard
        down = [np.cumsum(d), np.cumsum(b)]
        jumps = [self.weight[self.exit] * who + (odds * incidence)[self.exit] * self.gone, odds[self.exit] * self.gone]
        at_entry = [c[self.entry] for c in down]
        ended = [jump - (c[self.exit] - start) for jump, c, start in zip(jumps, down, at_entry, strict=True)]
        dd, db, bb = (self._sum_of_products(x, y, ended, at_entry, down) for x, y in ((0, 0), (0, 1), (1, 1)))
        variance = dd - 2 * incidence * db + incidence**2 * bb
        d_parts, b_parts = (self._parts(*each) for each in zip(ended, at_entry, down, strict=True))
        # where everybody has left nothing but rounding is left of the parts, and its root would not be small
        return np.sqrt(np.where(variance > _ROUNDING * (d_parts + incidence**2 * b_parts), variance, 0.0))

    def _by(self, place: NDArray[np.intp], value: Array) -> Array:
        """(times,) sum of the values whose place is at that time or before."""
        return np.bincount(place, value, len(self.survival)).cumsum()

    def _parts(self, ended: Array, at_entry: Array, down: Array) -> Array:
        """(times,) size of what is added and taken off in the sum of squares of a change."""
        entered = self._by(self.entry, self.n) * down**2 + self._by(self.entry, at_entry**2 * self.n)
        return entered + self._by(self.exit, ended**2 * self.n)

    def _sum_of_products(self, x: int, y: int, ended: list[Array], at_entry: list[Array], down: list[Array]) -> Array:
        def watched(value: Array) -> Array:
            return self._by(self.entry, value) - self._by(self.exit, value)

        here, there = at_entry[x] * self.n, at_entry[y] * self.n
        still = (
            down[x] * down[y] * watched(self.n) - down[x] * watched(there) - down[y] * watched(here)
            + watched(at_entry[x] * there)
        )  # fmt: skip
        return self._by(self.exit, ended[x] * ended[y] * self.n) + still


def _interval(incidence: Array, se: Array) -> tuple[Array, Array]:
    inside = (incidence > 0) & (incidence < 1)
    share = np.where(inside, incidence, 0.5)
    reach = ndtri(0.975) * se / (share * np.log(share))
    low, high = (np.exp(-np.exp(np.log(-np.log(share)) + side * reach)) for side in (-1, 1))
    return np.where(inside, low, incidence), np.where(inside, high, incidence)
