"""How far forecasts of purchases lie from what came, customer by customer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from cxmodels.estimate import REAL

Array = NDArray[np.float64]


def point_errors(expected: Array, came: Array, n: Array) -> dict[str, float]:
    """The errors of one number a customer.

    Parameters
    ----------
    expected, came
        (rows,) purchases expected and counted, a customer.
    n
        (rows,) customers each row stands for.

    Returns
    -------
    dict
        ``total`` expected; ``total_error``, its distance from the total that came, as a share of that (NaN where none
        came); ``mae``, ``rmse``, purchases a customer; ``correlation``, NaN where either is the same for everybody.
    """
    size, total, seen = n.sum(), float(n @ expected), float(n @ came)
    error = expected - came
    told, counted = expected - total / size, came - seen / size
    spread = np.sqrt((n @ told**2) * (n @ counted**2))
    return {
        "total": total,
        "total_error": total / seen - 1 if seen else float("nan"),
        "mae": float(n @ np.abs(error) / size),
        "rmse": float(np.sqrt(n @ error**2 / size)),
        # a forecast that is one number for all has a spread of rounding errors, and no correlation
        "correlation": float(n @ (told * counted) / spread) if np.ptp(expected) > 0 and spread > 0 else float("nan"),
    }


def crps(drawn: Array, came: Array) -> Array:
    """Continuous ranked probability score of each row: how far a whole forecast lies from what came.

    Parameters
    ----------
    drawn
        (draws, rows) futures drawn from the forecast, at least two.
    came
        (rows,) what came.

    Returns
    -------
    Array
        (rows,) in the unit of what came; for a forecast of one number it is the absolute error.

    Notes
    -----
    E|Y − y| − ½ E|Y − Y′| (Gneiting & Raftery 2007, J. Am. Stat. Assoc. 102, eq. 21), with the mean over pairs of
    different draws, so that few draws do not raise it (Ferro 2014, Q. J. R. Meteorol. Soc. 140). No single customer
    who buys a lot can outweigh the others in it, as in the logarithmic score.
    """
    size = len(drawn)
    rank = 2 * np.arange(1, size + 1) - size - 1
    between = rank @ np.sort(drawn, axis=0) / (size * (size - 1))
    return np.asarray(np.abs(drawn - came).mean(axis=0) - between, float)


def nearest_of(scores: pd.DataFrame, n: Array, totals_off: Mapping[str, float]) -> pd.DataFrame:
    """Which of several forecasts to use: of those not really worse than the best one, that whose total came nearest.

    Parameters
    ----------
    scores
        (rows, forecasts) the score of each customer, lower better; a column a forecast.
    n
        (rows,) customers each row stands for.
    totals_off
        Forecast → the error of its total, as a share of what came; NaN for all where nothing came.

    Returns
    -------
    DataFrame
        Indexed as the columns: ``score``; ``difference`` from the best one and its standard error ``se``; ``as_good``,
        whether that is no more than chance; ``used``.

    Notes
    -----
    Scores are compared customer by customer (Diebold & Mariano 1995, J. Bus. Econ. Stat. 13, of independent
    customers); a difference is real from 1.96 standard errors on (`estimate.REAL`). Where single customers cannot tell
    forecasts apart, what is told of all of them together still can.
    """
    size = n.sum()
    values = scores.to_numpy(float)
    mean = n @ values / size
    apart = values - values[:, [int(mean.argmin())]]
    difference = n @ apart / size
    se = np.sqrt(n @ (apart - difference) ** 2 / (size * max(size - 1, 1)))
    within = difference <= float(ndtri(REAL)) * se
    off = np.nan_to_num(np.abs([totals_off[name] for name in scores.columns]))
    # a tie goes to the better score
    used = np.arange(len(mean)) == int(np.lexsort((mean, off, ~within))[0])
    return pd.DataFrame(
        {"score": mean, "difference": difference, "se": se, "as_good": within, "used": used}, index=scores.columns
    )
