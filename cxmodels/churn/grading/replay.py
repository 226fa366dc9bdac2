"""What earlier months would have forecast, from what was known then."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cxmodels.churn.counts.episodes import Unit
from cxmodels.churn.counts.stays import month_ends
from cxmodels.churn.errors import ChurnError
from cxmodels.churn.forecasts.forecast import churn_probability
from cxmodels.churn.grading.past import Fitter, Past


def replay(
    study: Any,
    snapshot: Any,
    months: int = 12,
    window_months: int | None = None,
    model: Fitter | None = None,
    unit: Unit = "days",
    past: Past | None = None,
) -> pd.DataFrame:
    """Churn within 12 months as each earlier month would have forecast it, from what was known then.

    Parameters
    ----------
    study
        The study the snapshot belongs to.
    snapshot
        The month from which to look back.
    months
        How many earlier months.
    window_months
        As for `episodes`.
    model
        What fits the model of each month: a function from episodes to a `Model`. Default: `past.cox`.
    unit
        The unit of the episodes it is fitted to.
    past
        What other functions have counted of the same study, snapshot and window; it is used and added to.

    Returns
    -------
    DataFrame
        ``month, value, low, high``, oldest first. A month that had seen less than a year of departures, or whose
        counts allow no model, has no row.
    """
    past = past or Past(study, snapshot, window_months)
    rows = []
    for end in month_ends(snapshot.as_of, months)[::-1]:
        known = past.episodes(end, unit) if past.reaches(end) else None
        fitted = past.model(end, model, unit) if known is not None else None
        if known is None or fitted is None:
            continue
        try:
            rate = churn_probability(fitted, known.cells(), horizons=(12,)).rates[12]
        except ChurnError:
            continue
        rows.append((f"{end:%Y-%m}", rate.value, rate.low, rate.high))
    return pd.DataFrame(rows, columns=["month", "value", "low", "high"])
