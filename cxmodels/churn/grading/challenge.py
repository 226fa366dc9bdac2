"""Which model to use: each as it would have been fitted a year ago, scored on what came since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from cxmodels.churn.accuracy.roc import auc
from cxmodels.churn.counts.episodes import MONTH, Unit
from cxmodels.churn.counts.from_study import OTHER
from cxmodels.churn.errors import ChurnError, NoEpisodes
from cxmodels.churn.grading.candidates import CANDIDATES, YARDSTICK, Candidate
from cxmodels.churn.grading.past import Past
from cxmodels.churn.models.model import Model
from cxmodels.estimate import REAL
from cxmodels.study.months import months_before

Array = NDArray[np.float64]

_SURE = 1e-9
"""Chances are kept so far from 0 and 1, where one customer would make the log loss infinite."""


@dataclass(frozen=True, eq=False)
class Challenge:
    """The models of an earlier day beside what came since.

    Attributes
    ----------
    table
        Tidy, simplest first: ``kind``; ``model``, as pages call it; ``log_loss``, ``brier`` and ``auc`` of leaving
        within the months; ``gain``, the share of the yardstick's Brier score it takes away, with its 95 % interval
        ``low, high``; ``difference``, its Brier score less the best one's, and the ``se`` of it; ``used``; and
        ``why_not`` where it could not be fitted (every number is then NaN).
    made_on, months
        The day whose knowledge the models were fitted to, and for how many months customers were followed.
    customers, left
        How many were followed, and how many of them left.
    unseen
        Customers left out because a model did not know their level.
    """

    table: pd.DataFrame
    made_on: date
    months: int
    customers: int
    left: int
    unseen: int

    @property
    def chosen(self) -> pd.Series:
        """The row of the model that is used."""
        return self.table[self.table["used"]].iloc[0]

    @property
    def candidate(self) -> Candidate:
        """The kind of model that is used: ``candidate.refit`` fits it to today's counts."""
        return next(each for each in CANDIDATES if each.kind == self.chosen["kind"])

    @property
    def best(self) -> pd.Series:
        """The row of the model with the lowest Brier score, whether or not by more than noise."""
        return self.table.loc[self.table["brier"].idxmin()]


def challenge(
    study: Any,
    snapshot: Any,
    window_months: int | None = None,
    months: int = 12,
    past: Past | None = None,
    candidates: tuple[Candidate, ...] = CANDIDATES,
) -> Challenge | None:
    """Fit every candidate to what was known some months before the snapshot, and score it on what came.

    Parameters
    ----------
    study, snapshot
        The study, and its snapshot from which to look back.
    window_months
        As for `episodes`.
    months
        How many months before the snapshot the models are fitted.
    past
        What other functions have counted of the same study, snapshot and window; it is used and added to.
    candidates
        The kinds of model, the yardstick first, then in order of simplicity.

    Returns
    -------
    Challenge or None
        ``None`` where the data do not reach back far enough: fewer than twelve months of departures, or no customers,
        had been recorded by then. Cox's model is then used untested.

    Notes
    -----
    All customers of that day were followed to the snapshot, so no weights for censoring are needed: each has a squared
    error (Brier 1950, Mon. Weather Rev. 78) of the chance told, given the tenure so far. Errors of two models are
    compared customer by customer, and the standard error is that of the mean of these differences (Diebold & Mariano
    1995, J. Bus. Econ. Stat. 13, of independent customers). The Brier score decides, and not the log loss, because no
    single customer can outweigh all others in it.

    The model that is used is the simplest whose score is not really worse than the best one's: a difference is real
    from a probability of .975 on, as everywhere else (`estimate.REAL`), that is from 1.96 standard errors. With one
    standard error, the rule of Breiman et al. (1984) for trees, the best of six equal models would often be another
    one than the month before for no reason. The yardstick is used only where no model has a lower score.
    """
    past = past or Past(study, snapshot, window_months)
    made_on = months_before(snapshot.as_of, months)
    known = past.episodes(made_on) if past.reaches(made_on) else None
    if known is None:
        return None
    followed = past.followed(made_on)
    models: dict[str, Model] = {}
    refused: dict[str, str] = {}
    for candidate in candidates:
        try:
            counts = past.episodes(made_on, candidate.unit)
            if counts is None:
                raise NoEpisodes(f"{candidate.kind}: nothing could be counted in {candidate.unit} on {made_on}")
            models[candidate.kind] = candidate.fit(counts)
        except ChurnError as problem:
            refused[candidate.kind] = str(problem)
    cells, unseen = _seen_by_all(followed, list(models.values()))
    if YARDSTICK not in models or not len(cells):
        return None
    chances = {kind: _chance(model, cells, known.unit, months) for kind, model in models.items()}
    names = {kind: model.name for kind, model in models.items()}
    table = scored(chances, cells["left"].to_numpy(float), cells["n"].to_numpy(float))
    rows = [
        {"kind": candidate.kind, "model": names.get(candidate.kind, candidate.kind.capitalize())}
        for candidate in candidates
    ]
    table = pd.DataFrame(rows).merge(table, on="kind", how="left")
    table = table.assign(used=table["used"].eq(True), why_not=table["kind"].map(refused).fillna(""))
    return Challenge(table, made_on, months, int(cells["n"].sum()), int(cells["left"].sum()), unseen)


def scored(chances: dict[str, Array], left: Array, n: Array) -> pd.DataFrame:
    """Score the chances of several models, the yardstick first, on the same customers.

    Parameters
    ----------
    chances
        Kind → (rows,) chance told of leaving; in order of simplicity after `YARDSTICK`.
    left, n
        (rows,) how many left, of how many customers.

    Returns
    -------
    DataFrame
        ``kind, log_loss, brier, auc, gain, low, high, difference, se, used``; see `Challenge`.
    """
    brier = {kind: float(left @ (1 - p) ** 2 + (n - left) @ p**2) / n.sum() for kind, p in chances.items()}
    best = min(brier, key=lambda kind: brier[kind])
    rows = []
    for kind, p in chances.items():
        sure = np.clip(p, _SURE, 1 - _SURE)
        log_loss = -float(left @ np.log(sure) + (n - left) @ np.log1p(-sure)) / n.sum()
        gain, gain_se = _paired(chances[YARDSTICK], p, left, n)
        difference, se = _paired(p, chances[best], left, n)
        reach = float(ndtri(0.975)) * gain_se
        share = [x / brier[YARDSTICK] if brier[YARDSTICK] else 0.0 for x in (gain, gain - reach, gain + reach)]
        rows.append((kind, log_loss, brier[kind], auc(p, left, n - left), *share, difference, se))
    columns = ["kind", "log_loss", "brier", "auc", "gain", "low", "high", "difference", "se"]
    table = pd.DataFrame(rows, columns=columns)
    within = (table["difference"] <= float(ndtri(REAL)) * table["se"]) & (table["kind"] != YARDSTICK)
    used = YARDSTICK if best == YARDSTICK else table["kind"][within].iloc[0]
    return table.assign(used=table["kind"] == used)


def _paired(one: Array, other: Array, left: Array, n: Array) -> tuple[float, float]:
    """Mean over customers of one model's squared error less another's, and its standard error."""
    gone, stayed = (1 - one) ** 2 - (1 - other) ** 2, one**2 - other**2
    size = n.sum()
    mean = float(left @ gone + (n - left) @ stayed) / size
    spread = float(left @ (gone - mean) ** 2 + (n - left) @ (stayed - mean) ** 2)
    return mean, float(np.sqrt(spread / (size * max(size - 1, 1))))


def _chance(model: Model, cells: pd.DataFrame, unit: Unit, months: int) -> Array:
    """(rows,) chance of leaving within the months, given the tenure so far."""
    month = model.episodes.month
    tenure = cells["tenure"].to_numpy(float) * month / MONTH[unit]
    mine = _recoded(cells, model)
    now, then = (model.cumulative_hazard(mine, tenure + ahead) for ahead in (0.0, months * month))
    return -np.expm1(-(then - now))


def _seen_by_all(cells: pd.DataFrame, models: list[Model]) -> tuple[pd.DataFrame, int]:
    """The customers whose levels every model knows, and how many others there are."""
    seen = np.ones(len(cells), dtype=bool)
    for model in models:
        mine = _recoded(cells, model)
        for name, levels in model.levels.items():
            seen &= mine[name].isin(levels).to_numpy()
    return cells[seen].reset_index(drop=True), int(cells.loc[~seen, "n"].sum())


def _recoded(cells: pd.DataFrame, model: Model) -> pd.DataFrame:
    """Cells in a model's own levels: counted in months, other levels may have been too rare to stand alone."""
    other = {
        name: cells[name].where(cells[name].isin(levels), OTHER)
        for name, levels in model.levels.items()
        if OTHER in levels
    }
    return cells.assign(**other)
