"""A boosted hazard: trees find how tenure and covariates act together. A challenger to the other models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import TooFewEvents
from cxmodels.churn.models.baseline import MONTHS_A_YEAR, RECENT_MONTHS, observed_tenure, widened, yearly_drift
from cxmodels.churn.models.design import Design, Designed, design_of
from cxmodels.churn.models.estimable import asked_for
from cxmodels.churn.models.person_months import Places, few_enough, patterns_of, person_months
from cxmodels.churn.models.tenure_only import fit_tenure

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor

    from cxmodels.churn.models.person_months import PersonMonths

Array = NDArray[np.float64]

REFITS = 20
"""Resampled fits that the doubt of a boosted hazard is taken from."""
FEWEST_EVENTS = 50
"""With fewer departures there is nothing for a tree to find."""
EVENTS_A_LEAF = 10
"""A leaf of a tree holds at least as many rows as have this many departures on average."""
_MODEL = "fit_boosted"
_BLOCK = 20_000


@dataclass(frozen=True, eq=False)
class BoostedFit(Designed):
    """A fitted boosted hazard.

    Attributes
    ----------
    trees
        Hazard a month of a covariate pattern (codes of levels, numbers) in a month of tenure, the last column.
    share
        Share of the episodes fitted, taken at random: below 1 where they make more than 500 000 person-months.
    design
        How covariates become numbers.
    episodes
        The counts it was fitted to.
    """

    trees: HistGradientBoostingRegressor = field(repr=False)
    share: float
    design: Design = field(repr=False)
    episodes: Episodes = field(repr=False)

    name = "Boosted trees"

    @cached_property
    def reach(self) -> float:
        """The longest tenure seen enough of, in the unit of the episodes."""
        return observed_tenure(self.episodes)

    def log_risk(self, cells: pd.DataFrame) -> Array:
        """(rows,) log cumulative hazard up to `reach`: hazards that may cross have no order at every tenure."""
        return np.log(self.cumulative_hazard(cells, np.full(len(cells), self.reach)))

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows,) cumulative hazard of each cell up to its own tenure.

        Beyond `reach` the hazard of a cell is held at its mean over the year before it.
        """
        patterns, place = patterns_of(self.design, cells)
        out = np.empty(len(cells))
        order = np.argsort(place, kind="stable")
        # patterns by the block: their hazards by month would not fit into memory for a million of them
        for first in range(0, len(patterns), _BLOCK):
            at = np.searchsorted(place[order], [first, first + _BLOCK])
            rows = order[at[0] : at[1]]
            hazard = _hazard(self.trees, patterns[first : first + _BLOCK], self._reach_months)
            out[rows] = _cumulative(hazard, place[rows] - first, times[rows] / self.episodes.month, self._reach_months)
        return out

    def sample(self, size: int, seed: int) -> BoostedDraws:
        """Draws that vary as twenty refits do, each to episodes resampled as Poisson counts.

        A draw multiplies the hazard of each year of tenure by a log-normal factor of mean 1, with the covariance
        between cells and years that the refits show: twenty refits give any number of draws, none below nought.
        """
        generator = np.random.default_rng(seed)
        frame, _ = few_enough(self.episodes, self.covariates)
        n = frame["n"].to_numpy()
        refits = []
        for _ in range(REFITS):
            again = generator.poisson(n)
            rows = frame.assign(n=again)[again > 0]
            refits.append(_trees(person_months(rows, self.design, self.episodes), self.design))
        tenure = fit_tenure(self.episodes)
        times, hazard, left = (tenure.baseline[name].to_numpy(float) for name in ("time", "hazard", "left"))
        drift = yearly_drift(times, hazard, left, self.reach, self.episodes.month) / np.sqrt(MONTHS_A_YEAR)
        shares = generator.standard_normal((REFITS, size))
        return BoostedDraws(self, tuple(refits), shares, drift * generator.standard_normal(size))

    @property
    def _reach_months(self) -> float:
        return self.reach / self.episodes.month


@dataclass(frozen=True, eq=False)
class BoostedDraws:
    """Draws of a boosted hazard.

    Attributes
    ----------
    fit, refits
        The fit, and the resampled ones.
    shares
        (refits, draws) by how much of each refit's departure from their mean a draw departs from the fit.
    drift
        (draws,) of the log hazard over a month beyond the observed tenure; see `Baseline`.
    """

    fit: BoostedFit
    refits: tuple[HistGradientBoostingRegressor, ...]
    shares: Array
    drift: Array
    # what the trees said of the patterns asked for last: a forecast asks for the same ones at every horizon
    _seen: dict[bytes, tuple[Array, list[Array]]] = field(default_factory=dict, init=False, repr=False)

    def cumulative_hazard(self, cells: pd.DataFrame, times: Array) -> Array:
        """(rows, draws)."""
        patterns, place = patterns_of(self.fit.design, cells)
        months, reach = times / self.fit.episodes.month, self.fit._reach_months
        hazard, away = self._by_year(patterns)
        years = range(0, hazard.shape[1], MONTHS_A_YEAR)
        # by year of tenure: a draw's factor, and its cumulative hazard at the end of the year
        factor = np.empty((len(patterns), len(years), self.shares.shape[1]))
        ends = np.zeros((len(patterns), len(years) + 1, self.shares.shape[1]))
        for y, begin in enumerate(years):
            factor[:, y] = np.exp(away[y].T @ self.shares - (away[y] ** 2).sum(axis=0)[:, None] / 2)
            whole = hazard[:, begin : begin + MONTHS_A_YEAR].sum(axis=1)[:, None]
            ends[:, y + 1] = ends[:, y] + whole * factor[:, y]
        inside = np.minimum(months, reach)
        in_year = np.minimum((inside // MONTHS_A_YEAR).astype(np.intp), len(years) - 1)
        part = _cumulative(hazard, place, inside, reach) - _cumulative(hazard, place, in_year * 12.0, reach)
        out = ends[place, in_year] + part[:, None] * factor[place, in_year]
        beyond = np.maximum(months - reach, 0)[:, None]
        if beyond.any():
            out += _recent(hazard, reach)[place][:, None] * factor[place, -1] * widened(beyond, self.drift)
        return out

    def _by_year(self, patterns: Array) -> tuple[Array, list[Array]]:
        """(P, months) hazard of the fit, and for each year (refits, P) departures of its log from the refits' mean."""
        key = patterns.tobytes()
        if key not in self._seen:
            reach = self.fit._reach_months
            hazard = _hazard(self.fit.trees, patterns, reach)
            each = np.stack([_hazard(trees, patterns, reach) for trees in self.refits])
            away = []
            for begin in range(0, hazard.shape[1], MONTHS_A_YEAR):
                level = np.log(each[:, :, begin : begin + MONTHS_A_YEAR].mean(axis=2))
                away.append((level - level.mean(axis=0)) / np.sqrt(len(level) - 1))
            self._seen.clear()
            self._seen[key] = hazard, away
        return self._seen[key]


def fit_boosted(episodes: Episodes, covariates: Iterable[str] | None = None) -> BoostedFit:
    """Fit a boosted hazard to counts of months at risk, late entries included.

    Parameters
    ----------
    episodes
        Counts from `cxmodels.churn.episodes`, in either unit; of whole months, a departure is at risk for half of its
        last.
    covariates
        The covariates to use. Default: those of the episodes. Trees take each as it is: none is aliased or separated.

    Raises
    ------
    UnknownCovariate
        When one of them is no covariate of the episodes.
    TooFewEvents
        With fewer than 50 departures.

    Notes
    -----
    The hazard is constant within a month of tenure; its likelihood is that of Poisson counts with the time at risk as
    exposure (Holford 1980, Biometrics 36), which histogram gradient boosting maximises (Friedman 2001, Ann. Statist.
    29; scikit-learn). Identical patterns in a month are one row. The rate is modest, the number of trees fixed at 100
    of 8 leaves and nothing tuned to the data; the penalty weighs as much as one departure in each leaf.
    """
    names = episodes.covariates if covariates is None else asked_for(episodes, covariates, _MODEL)
    if episodes.events < FEWEST_EVENTS:
        raise TooFewEvents(f"{_MODEL}: at least {FEWEST_EVENTS} departures are required, found {episodes.events}")
    frame, share = few_enough(episodes, names)
    if (left := int(frame.loc[frame["event"] == 1, "n"].sum())) < FEWEST_EVENTS:
        raise TooFewEvents(
            f"{_MODEL}: at least {FEWEST_EVENTS} departures are required, found {left} in the {100 * share:.2g} % of "
            "the episodes that can be fitted; band numbers, so that fewer patterns differ"
        )
    design = design_of(episodes.frame, episodes, names)
    return BoostedFit(_trees(person_months(frame, design, episodes), design), share, design, episodes)


def _trees(counts: PersonMonths, design: Design) -> HistGradientBoostingRegressor:
    from sklearn.ensemble import HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    columns = np.column_stack([counts.patterns[counts.pattern], counts.month])
    rows_a_departure = len(columns) / counts.left.sum()
    trees = HistGradientBoostingRegressor(
        loss="poisson", learning_rate=0.05, max_iter=100, max_leaf_nodes=8, l2_regularization=1.0,
        min_samples_leaf=int(np.ceil(EVENTS_A_LEAF * rows_a_departure)), early_stopping=False, random_state=0,
        categorical_features=[*(name in design.levels for name in design.covariates), False],
    )  # fmt: skip
    # one thread: small trees gain nothing from more, and sums in another order would be other bytes
    with threadpool_limits(1):
        return trees.fit(columns, counts.left / counts.months_at_risk, sample_weight=counts.months_at_risk)


def _hazard(trees: HistGradientBoostingRegressor, patterns: Array, reach: float) -> Array:
    """(P, months) hazard of each pattern in each month up to `reach`."""
    from threadpoolctl import threadpool_limits

    months = max(int(np.ceil(reach)), 1)
    columns = np.column_stack([np.repeat(patterns, months, axis=0), np.tile(np.arange(months), len(patterns))])
    with threadpool_limits(1):
        return trees.predict(columns).reshape(len(patterns), months)


def _cumulative(hazard: Array, place: Places, months: Array, reach: float) -> Array:
    """(rows,) cumulative hazard at `months`: straight within a month, beyond `reach` at the recent level."""
    cumulative = np.concatenate([np.zeros((len(hazard), 1)), hazard.cumsum(axis=1)], axis=1)
    inside = np.minimum(months, reach)
    month = np.minimum(inside.astype(np.intp), hazard.shape[1] - 1)
    seen = cumulative[place, month] + (inside - month) * hazard[place, month]
    return seen + _recent(hazard, reach)[place] * np.maximum(months - reach, 0)


def _recent(hazard: Array, reach: float) -> Array:
    """(P,) mean hazard over the year before `reach`."""
    lower = np.arange(hazard.shape[1])
    weight = np.clip(np.minimum(lower + 1, reach) - np.maximum(lower, reach - RECENT_MONTHS), 0, None)
    return hazard @ weight / weight.sum()
