"""The episodes that a model can learn from: those with time at risk."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxmodels.churn.counts.episodes import Unit
from cxmodels.churn.errors import InvalidTimes

Array = NDArray[np.float64]


def with_time_at_risk(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows that end after they begin.

    Raises
    ------
    InvalidTimes
        When an entry or an exit is missing or infinite.
    """
    entry, leave = frame["entry"].to_numpy(), frame["exit"].to_numpy()
    for name, values in (("entry", entry), ("exit", leave)):
        if not np.isfinite(values).all():
            row = int(np.argmin(np.isfinite(values)))
            raise InvalidTimes(
                f"churn episodes: {name} must be a finite number in every row, found {values[row]} (row {row})"
            )
    there = leave > entry
    return frame if there.all() else frame[there]


def watched_until(frame: pd.DataFrame, unit: Unit) -> Array:
    """(rows,) tenure at the end; of a departure counted in whole months, the middle of its last.

    Tenure in months that has parts is known to the day, and stays as it is.
    """
    end, gone = frame["exit"].to_numpy(float), frame["event"].to_numpy() == 1
    whole = unit == "months" and bool((end[gone] == np.floor(end[gone])).all())
    return end - 0.5 * gone if whole else end
