"""Who leaves in the next months: the chance of leaving given the tenure so far, for cells and on average."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cxmodels.churn.forecasts.chances import Unseen, chances, column, highest_hazard, known_cells, leaving
from cxmodels.churn.forecasts.panel import Panel, panel
from cxmodels.churn.models.model import Array, Model
from cxmodels.estimate import Estimate
from cxmodels.study.privacy import suppress

DRAWS, SEED = 1000, 20260930
_GROUPS = ["covariate", "level", "n", "value", "low", "high"]


@dataclass(frozen=True, eq=False)
class Forecast:
    """Churn of today's customers over some horizons.

    Attributes
    ----------
    cells
        The cells asked for, with ``churn_<h>m``: the chance of leaving within h months, given the tenure so far.
    rates
        Horizon in months → expected share of these customers who leave within it, with a 95 % interval.
    groups
        Tidy: ``covariate, level, months, value, low, high, n``: the same by level of each category; a covariate that
        is a number has no row. Every level is here; suppress small cells before showing them (`shown`).
    extrapolated
        Horizon in months → share of customers whose horizon reaches beyond the observed tenure.
    reach
        The observed tenure, in the unit of the episodes.
    min_cell
        The fewest customers a group must have to be shown.
    unseen
        Customers with a level the model had never seen, scored as its level ``"other"``.
    draws
        Horizon → (1 + groups, draws) expected share of all and of each row of `groups` at that horizon, in order.
    alike
        Horizon → (1 + groups,) as how many customers of one and the same risk they vary by chance: the square of the
        sum of their chances over the sum of squares, at most their number.
    """

    cells: pd.DataFrame
    rates: dict[int, Estimate]
    groups: pd.DataFrame
    extrapolated: dict[int, float]
    reach: float
    min_cell: int
    unseen: int = 0
    draws: dict[int, Array] = field(default_factory=dict, repr=False)
    alike: dict[int, Array] = field(default_factory=dict, repr=False)

    def shown(self, months: int = 12) -> pd.DataFrame:
        """The groups at one horizon without cells too small to be shown (`suppress`), highest churn first."""
        rows = self.groups[self.groups["months"] == months]
        keep = [
            levels[~suppress(levels, ["level"], min_cell=self.min_cell)["suppressed"].to_numpy()]
            for _, levels in rows.groupby("covariate", sort=False)
        ]
        table = pd.concat(keep) if keep else rows
        return table.sort_values(["value", "covariate", "level"], ascending=[False, True, True], ignore_index=True)

    def contrast(self, months: int = 12) -> tuple[pd.Series, pd.Series] | None:
        """Highest and lowest level of the covariate whose levels differ most; None where no intervals part."""
        shown = self.shown(months)
        pairs = [(part.iloc[0], part.iloc[-1]) for _, part in shown.groupby("covariate", sort=False)]
        clear = [pair for pair in pairs if pair[0]["low"] > pair[1]["high"]]
        return max(clear, key=lambda pair: pair[0]["value"] - pair[1]["value"]) if clear else None

    def predicted(self, months: int = 12, level: float = 0.90) -> Estimate:
        """The share that will be counted to have left: the doubt of the expected share, and chance on top of it.

        Parameters
        ----------
        months
            One of the horizons.
        level
            Probability the interval is meant to hold what is counted.

        Notes
        -----
        Customers leave or stay one by one, each with a chance of their own. Given the parameters, their number is
        drawn from the binomial that agrees with that sum in mean and variance (Choi & Xia 2002, Ann. Appl. Probab.
        12). What moves everybody at once (a new price, a rival) is in neither part.
        """
        rate = self.rates[months]
        lows, highs = self._counted(months, level)
        value, low, high = rate.value, float(lows[0]), float(highs[0])
        return Estimate(value, min(low, value), max(high, value), rate.unit, rate.n, level)

    def predicted_groups(self, months: int = 12, level: float = 0.90) -> pd.DataFrame:
        """As `predicted`, by group: ``covariate, level, n, value, low, high``."""
        rows = self.groups[self.groups["months"] == months]
        low, high = self._counted(months, level)
        value = rows["value"].to_numpy(float)
        out = rows.assign(low=np.minimum(low[1:], value), high=np.maximum(high[1:], value))
        return out[_GROUPS].reset_index(drop=True)

    def _counted(self, months: int, level: float) -> tuple[Array, Array]:
        """(1 + groups,) limits of the share counted."""
        if not 0 < level < 1:
            raise ValueError(f"predicted: level must lie between 0 and 1, found {level}")
        generator = np.random.default_rng([SEED, months])
        expected, alike = self.draws[months], self.alike[months][:, None]
        size = np.array([self.rates[months].n, *self.groups.loc[self.groups["months"] == months, "n"]])[:, None]
        # fewer customers of a higher risk: the same mean, and the variance of unequal chances
        trials = np.maximum(np.floor(alike + generator.random(expected.shape)), 1).astype(np.int64)
        left = generator.binomial(trials, np.minimum(size * expected / trials, 1.0))
        low, high = np.quantile(left, [(1 - level) / 2, (1 + level) / 2], axis=1, method="inverted_cdf")
        return low / size[:, 0], high / size[:, 0]


def churn_probability(
    model: Model, cells: pd.DataFrame, horizons: Iterable[int] = (1, 3, 6, 12), *, unseen: Unseen = "refuse"
) -> Forecast:
    """Chance of leaving within each horizon, given the tenure so far, per cell and on average.

    Parameters
    ----------
    model
        Any fitted `Model`.
    cells
        ``tenure`` (in the unit of the model's episodes), the model's covariates, ``n``; from `Episodes.cells`.
    horizons
        Months, each of 30.4375 days.
    unseen
        What becomes of a level the model has never seen: ``"refuse"`` (an error), or ``"other"``: it is scored as the
        model's level of that name, and an error where the model has none.

    Returns
    -------
    Forecast

    Raises
    ------
    UnseenLevel
        When a cell holds a level the model does not know, and it may not or cannot be scored as ``"other"``.
    NobodyActive
        When there is no cell.
    InvalidValue
        When a number is missing in a cell.
    ValueError
        When there is no horizon.

    Notes
    -----
    Given tenure t, the chance of leaving within h is 1 - exp(-(H(t + h) - H(t))), with H the model's cumulative
    hazard. What H does beyond the observed tenure is the model's stated policy: it goes on at its recent level, and
    is never flat. The interval is of the expected share, from 1 000 draws of the parameters (`Model.sample`); what
    will be counted varies around it by chance (`Forecast.predicted`). Where nobody left, it reaches up to the exact
    Poisson limit of a constant hazard. Beyond 10 000 distinct cells the draws run on a systematic sample of them (see
    `panel`), and the spread they show is set about the mean of all.
    """
    months = tuple(horizons)
    if not months:
        raise ValueError("churn_probability: at least one horizon in months is required, found none")
    scored, new = known_cells(model, cells, unseen)
    found = chances(model, scored, months)
    groups = [
        (name, level, mask)
        for name, levels in model.levels.items()
        for level in levels
        if (mask := (scored[name] == level).to_numpy()).any()
    ]
    masks = [mask for *_, mask in groups]
    n, tenure = cells["n"].to_numpy(float), cells["tenure"].to_numpy(float)
    size = np.array([n.sum(), *(n @ mask for mask in masks)], float)
    chosen = panel(scored, masks, found[column(max(months))].to_numpy())
    rates, rows, draws, alike = {}, [], {}, {}
    for horizon, share in zip(months, _shares(model, chosen, months), strict=True):
        chance = found[column(horizon)].to_numpy()
        leave = n * chance
        total = np.array([leave.sum(), *(leave @ mask for mask in masks)])
        square = np.array([leave @ chance, *((leave * chance) @ mask for mask in masks)])
        value = total / size
        # a sample shows the spread; the mean is that of all
        drawn = share * _ratio(value, chosen.weights.T @ chance[chosen.places])[:, None]
        drawn, low, high = _limits(model, horizon, value, drawn)
        rates[horizon] = Estimate(float(value[0]), float(low[0]), float(high[0]), "share", int(size[0]))
        rows += [
            (name, level, horizon, value[g], low[g], high[g], int(size[g]))
            for g, (name, level, _) in enumerate(groups, start=1)
        ]
        draws[horizon], alike[horizon] = drawn, np.divide(total**2, square, out=size.copy(), where=square > 0)
    table = pd.DataFrame(rows, columns=["covariate", "level", "months", "value", "low", "high", "n"])
    month, reach = model.episodes.month, model.reach
    beyond = {h: float(n[tenure + h * month > reach].sum() / n.sum()) for h in months}
    out, fewest = pd.concat([cells, found], axis=1), model.episodes.min_cell
    return Forecast(out, rates, table, beyond, reach, fewest, int(n @ new), draws, alike)


def _shares(model: Model, chosen: Panel, months: tuple[int, ...]) -> list[Array]:
    """(1 + groups, draws) share that leaves, by horizon; without a departure there is nothing to draw from."""
    if not model.episodes.events:
        return [np.ones((chosen.weights.shape[1], DRAWS)) for _ in months]
    hazard, month = model.sample(DRAWS, SEED), model.episodes.month
    return chosen.means(lambda part: leaving(hazard, part, months, month))


def _ratio(whole: Array, part: Array) -> Array:
    return np.divide(whole, part, out=np.ones_like(whole), where=part > 0)


def _limits(model: Model, horizon: int, value: Array, drawn: Array) -> tuple[Array, Array, Array]:
    """(groups, draws), and the 95 % limits of each group; where nobody left, those of a constant hazard."""
    if model.episodes.events:
        low, high = np.quantile(drawn, [0.025, 0.975], axis=1)
        return drawn, np.minimum(low, value), np.maximum(high, value)
    limit, time = highest_hazard(model.episodes), horizon * model.episodes.month
    # the limit is the same quantile of this exponential
    hazard = np.random.default_rng(SEED).exponential(limit / -np.log(0.025), DRAWS)
    high = np.full(len(value), -np.expm1(-limit * time))
    return np.tile(-np.expm1(-hazard * time), (len(value), 1)), value, high
