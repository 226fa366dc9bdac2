"""A purchase model as it would have been fitted on an earlier day, beside what came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.grading.classes import frequency_classes
from cxmodels.clv.grading.prediction import Array, Prediction, predict
from cxmodels.clv.grading.scoring import crps, point_errors
from cxmodels.estimate import Estimate

LEVELS = (0.5, 0.9)
"""Of the predictive intervals that are graded."""
DRAWS, SEED = 100, 20260930
SIZE = 250
"""Draws of the posterior of an earlier day, of which `DRAWS` are used."""


@dataclass(frozen=True, eq=False)
class Grade:
    """An earlier forecast of purchases beside what came.

    Attributes
    ----------
    fit
        The model, fitted to what was known on the day.
    made_on, as_of
        The day of the forecast and the one it looks ahead to.
    errors
        See `point_errors`; of the mean of the posterior expectation of each customer.
    scores
        (rows,) continuous ranked probability score of each row; see `crps`.
    n
        (rows,) customers each row stands for.
    total
        Purchases of all customers together, with the 90 % interval of what would be counted.
    came
        What was.
    coverage
        ``level, held, content``: the share of customers whose count lay within their own predictive interval, and
        the share the model itself expects there; more than the level, because limits are whole numbers.
    classes
        By repeat purchases up to the day: ``frequency`` ("0" … "7+", see `frequency_classes`), ``n``, ``expected``
        and ``came`` a customer, with the 90 % predictive interval ``low, high`` of the latter.
    tenths
        The same by rising expectation, ``tenth`` 1 to 10; fewer where many customers are expected to buy alike.
    """

    fit: PurchaseFit
    made_on: date
    as_of: date
    errors: dict[str, float]
    scores: Array
    n: Array
    total: Estimate
    came: int
    coverage: pd.DataFrame
    classes: pd.DataFrame
    tenths: pd.DataFrame

    @property
    def customers(self) -> int:
        """How many were followed."""
        return int(self.n.sum())

    @property
    def held(self) -> bool:
        """Whether the 90 % interval of the total held what came."""
        return self.total.low <= self.came <= self.total.high

    def covered(self, level: float = 0.9) -> Estimate:
        """The share of customers whose predictive interval held their count, with its 95 % interval (normal)."""
        share = float(self.coverage.set_index("level").loc[level, "held"])
        reach = 1.96 * float(np.sqrt(share * (1 - share) / max(self.customers, 1)))
        return Estimate(share, max(share - reach, 0.0), min(share + reach, 1.0), "share", self.customers)


def grade(
    fit: PurchaseFit,
    frame: pd.DataFrame,
    made_on: date,
    as_of: date,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Grade:
    """Set what a model says of some customers beside what came.

    Parameters
    ----------
    fit
        As fitted to what was known on `made_on`.
    frame
        One row a past and outcome: ``frequency, recency, T`` (days) as of `made_on`, ``purchases`` since, ``n``
        customers.
    made_on, as_of
        The days from which and to which they were followed.
    draws, seed
        Draws of the parameters, each with one future of each past, and the seed of these.

    Notes
    -----
    Predictive intervals carry the doubt of the parameters and what chance makes of one customer: how often they buy,
    when they stop. The interval of an expectation would hold hardly any of the counts.
    """
    prediction = predict(fit, frame, (as_of - made_on).days, draws=draws, seed=seed)
    came, n = frame["purchases"].to_numpy(float), frame["n"].to_numpy(float)
    expected = prediction.mean
    parted = frequency_classes(frame["frequency"], n)
    place = parted.of(frame["frequency"])
    classes = ((name, place == i) for i, name in enumerate(parted.names))
    tenth = _tenths(expected, n)
    low, high = np.quantile(prediction.totals(n), [0.05, 0.95])
    errors = point_errors(expected, came, n)
    return Grade(
        fit=fit,
        made_on=made_on,
        as_of=as_of,
        errors=errors,
        scores=_row_scores(prediction, came),
        n=n,
        total=Estimate(
            errors["total"],
            min(float(low), errors["total"]),
            max(float(high), errors["total"]),
            "purchases",
            int(n.sum()),
            level=0.9,
        ),
        came=int(n @ came),
        coverage=_coverage(prediction, came, n),
        classes=_compared("frequency", classes, prediction, came, n),
        tenths=_compared("tenth", ((int(i) + 1, tenth == i) for i in np.unique(tenth)), prediction, came, n),
    )


def _row_scores(prediction: Prediction, came: Array, rows: int = 20_000) -> Array:
    parts = [slice(start, start + rows) for start in range(0, len(came), rows)]
    return np.concatenate([crps(prediction.drawn[:, prediction.past[part]], came[part]) for part in parts])


def _coverage(prediction: Prediction, came: Array, n: Array) -> pd.DataFrame:
    rows = []
    for level in LEVELS:
        low, high = prediction.limits(level)
        held = n @ ((low <= came) & (came <= high)) / n.sum()
        rows.append((level, float(held), float(n @ prediction.content(low, high) / n.sum())))
    return pd.DataFrame(rows, columns=["level", "held", "content"])


def _tenths(expected: Array, n: Array) -> Array:
    """(rows,) 0 to 9 by rising expectation, equal ones together: the tenth in which the middle of them lies."""
    unique, place = np.unique(expected, return_inverse=True)
    size = np.bincount(place, weights=n, minlength=len(unique))
    middle = (size.cumsum() - size / 2) / size.sum()
    return np.minimum((10 * middle).astype(int), 9)[place]


def _compared(
    name: str, groups: Iterable[tuple[str | int, np.ndarray]], prediction: Prediction, came: Array, n: Array
) -> pd.DataFrame:
    """Expected and counted of each group that has anybody, a customer."""
    rows = []
    for label, kept in groups:
        size = n[kept].sum()
        if size:
            low, high = np.quantile(prediction.totals(n, kept), [0.05, 0.95]) / size
            rows.append(
                (label, int(size), n[kept] @ prediction.mean[kept] / size, n[kept] @ came[kept] / size, low, high)
            )
    return pd.DataFrame(rows, columns=[name, "n", "expected", "came", "low", "high"])
