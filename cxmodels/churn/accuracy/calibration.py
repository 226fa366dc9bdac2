"""Calibration: whether as many left as the model told, among low and high risks alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from cxmodels.churn.accuracy.intervals import wilson
from cxmodels.churn.accuracy.observed import Array, finite
from cxmodels.churn.accuracy.pairs import ranked
from cxmodels.churn.accuracy.recalibration import recalibrated, recalibrated_hazard
from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import InvalidValue, TooFewWatched
from cxmodels.churn.models.kaplan_meier import fit_survival
from cxmodels.churn.models.model import Model
from cxmodels.churn.models.time_at_risk import with_time_at_risk
from cxmodels.estimate import Estimate

GROUPS = 10
_COLUMNS = ["group", "n", "expected", "observed", "low", "high", "chance"]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Chances told beside shares that came, in groups of rising risk.

    Attributes
    ----------
    table
        Tidy: ``group`` (from 1, the lowest risks), ``n``, ``expected`` (mean chance told), ``observed`` (share that
        left) with its 95 % interval ``low, high``, and ``chance``: by how much the observed share varies even if the
        chances are right (one standard error).
    ratio
        Observed over expected departures of all, with its 95 % interval.
    intercept, slope
        0 and 1 of chances that are right; see `recalibration`.
    left_out
        Customers in groups of which too few were watched to tell the observed share.
    """

    table: pd.DataFrame
    ratio: Estimate
    intercept: Estimate
    slope: Estimate
    left_out: int = 0

    @property
    def mean_absolute_error(self) -> float:
        """Mean distance between told and observed over the customers' groups."""
        return self._mean((self.table["expected"] - self.table["observed"]).abs())

    @property
    def error_by_chance(self) -> float:
        """The mean absolute error that chance alone would give if every chance told were right."""
        return self._mean(self.table["chance"] * np.sqrt(2 / np.pi))

    def _mean(self, column: pd.Series) -> float:
        return float(np.average(column, weights=self.table["n"]))


def calibration_by_decile(
    expected: ArrayLike, left: ArrayLike, n: ArrayLike | None = None, groups: int = GROUPS
) -> Calibration:
    """Compare the chances told to customers who were all followed, given the tenure they had.

    Parameters
    ----------
    expected
        (rows,) chance told of leaving within the time followed.
    left
        (rows,) how many of the row left in it.
    n
        (rows,) how many customers the row stands for. Default: one.
    groups
        How many groups of about equal size; equal chances stay together.

    Raises
    ------
    InvalidValue
        When a chance is not between 0 and 1, more left than there were, or a number is missing.
    TooFewWatched
        When there is no customer.

    Notes
    -----
    Intervals of shares: Wilson (1927), JASA 22.
    """
    chance, gone = finite(expected, "expected"), finite(left, "left")
    size = np.ones(len(chance)) if n is None else finite(n, "n")
    if not chance.shape == gone.shape == size.shape:
        raise InvalidValue(f"expected, left and n must be of one length, found {chance.shape, gone.shape, size.shape}")
    if len(chance) and (chance.min() < 0 or chance.max() > 1):
        raise InvalidValue(f"expected must lie between 0 and 1, found {chance.min():g} to {chance.max():g}")
    if (gone > size).any() or (gone < 0).any():
        raise InvalidValue("left must lie between 0 and n in every row")
    if not size.sum() > 0:
        raise TooFewWatched("calibration_by_decile: at least one customer is required, found none")
    there = size > 0
    chance, gone, size = chance[there], gone[there], size[there]
    frame = pd.DataFrame({"group": risk_groups(chance, size, groups), "n": size, "left": gone})
    frame = frame.assign(expected=chance * size, variance=chance * (1 - chance) * size)
    table = frame.groupby("group", as_index=False).sum()
    low, high = wilson(table["left"], table["n"])
    table = table.assign(
        n=table["n"].round().astype(int), expected=table["expected"] / table["n"], observed=table["left"] / table["n"],
        low=low, high=high, chance=np.sqrt(table["variance"]) / table["n"],
    )  # fmt: skip
    total, told, came = float(size.sum()), float(chance @ size), float(gone.sum())
    shares = (np.array([came / total]), *wilson([came], [total]))
    value, least, most = (float(share[0]) * total / told if told else float("nan") for share in shares)
    ratio = Estimate(value, least, most, "ratio", round(total))
    return Calibration(table[_COLUMNS], ratio, *recalibrated(chance, gone, size))


def calibration(model: Model, episodes: Episodes, months: float = 12, groups: int = GROUPS) -> Calibration:
    """Compare a model's chances for newcomers with Kaplan–Meier in groups of rising risk.

    Parameters
    ----------
    model
        A fitted model.
    episodes
        Who it is compared on, with the model's covariates; best others than it was fitted to. Late entries count from
        their entry.
    months
        Tenure within which leaving is told.
    groups
        How many groups of about equal size.

    Raises
    ------
    UnseenLevel
        When the episodes hold a level the model does not know.
    InvalidValue
        When they count tenure in another unit than the model.
    TooFewWatched
        When no group was watched for so long.

    Notes
    -----
    ``ratio``, ``intercept`` and ``slope`` rest on all departures, at any tenure: what came over the sum of the
    cumulative hazards told from each entry to each exit.
    """
    require_same_unit(model, episodes, "calibration")
    frame = with_time_at_risk(episodes.frame)
    n = frame["n"].to_numpy(float)
    until = model.cumulative_hazard(frame, np.full(len(frame), months * episodes.month))
    told = -np.expm1(-until)
    label = risk_groups(told, n, groups)
    everybody = replace(episodes, covariates=(), levels={}, pooled={})
    rows, left_out = [], 0
    for group in np.unique(label):
        mine = label == group
        size = int(n[mine].sum())
        curve = fit_survival(replace(everybody, frame=frame[mine])).at(months)
        if curve is None:
            left_out += size
            continue
        chance = (curve.high - curve.low) / (2 * ndtri(0.975))
        expected = float(np.average(told[mine], weights=n[mine]))
        rows.append((int(group), size, expected, 1 - curve.value, 1 - curve.high, 1 - curve.low, chance))
    if not rows:
        raise TooFewWatched(
            f"calibration: no group of risks has {episodes.min_cell} customers watched at {months:g} months"
        )
    entry, leave = (frame[column].to_numpy(float) for column in ("entry", "exit"))
    hazard = model.cumulative_hazard(frame, leave) - model.cumulative_hazard(frame, entry)
    came = np.where(frame["event"] == 1, n, 0.0)
    with np.errstate(divide="ignore"):
        log_risk = np.log(until)
    intercept, slope = recalibrated_hazard(log_risk, hazard, came, n)
    low, middle, high = (float(np.exp(end)) for end in (intercept.low, intercept.value, intercept.high))
    ratio = Estimate(middle, low, high, "ratio", intercept.n)
    return Calibration(pd.DataFrame(rows, columns=_COLUMNS), ratio, intercept, slope, left_out)


def require_same_unit(model: Model, episodes: Episodes, asked: str) -> None:
    """Refuse to score a model of days on months, or the other way round: `InvalidValue`."""
    if episodes.unit != model.episodes.unit:
        raise InvalidValue(
            f"{asked}: the {model.name} model counts tenure in {model.episodes.unit}, and the episodes to score it on "
            f"in {episodes.unit}"
        )


def risk_groups(risk: Array, n: Array, groups: int = GROUPS) -> NDArray[np.intp]:
    """(rows,) the group of each row, from 1: about equal numbers of customers in each, equal risks together."""
    order = ranked(risk)
    tie = np.arange(len(risk)) if order.tie is None else order.tie
    sizes = np.bincount(tie, n[order.order])
    middle = np.cumsum(sizes) - sizes / 2
    label = np.empty(len(risk), dtype=np.intp)
    label[order.order] = np.minimum((middle / sizes.sum() * groups).astype(int), groups - 1)[tie] + 1
    return label
