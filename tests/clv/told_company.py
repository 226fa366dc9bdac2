"""The small company with all that its page of customer value has at hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from valued_company import company

from cxmodels.clv.counts.base import customer_base
from cxmodels.clv.fits.known import KnownFits, fit_known
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast
from cxmodels.clv.grading.frequency import FrequencyTable, frequency_table
from cxmodels.clv.grading.replay import Replay, replay
from cxmodels.clv.grading.tracking import Tracking, tracking
from cxmodels.clv.page.estimates import within_a_year
from cxmodels.clv.value.base_value import BaseValue, base_value
from cxmodels.clv.value.concentration import Concentration, concentration
from cxmodels.clv.value.groups import GroupValue, value_by_group
from cxmodels.clv.value.panel import value_panel
from cxmodels.estimate import Estimate

PAST = pd.DataFrame(
    [("2026-07", 9000.0, 8000.0, 10000.0, 400, 22.5), ("2026-08", 9500.0, 8500.0, 10500.0, 410, 23.2)],
    columns=["month", "value", "low", "high", "customers", "per_customer"],
)


def plain(text: str) -> str:
    """Return a text with plain spaces for narrow ones."""
    return text.replace("\u202f", " ")


@dataclass(frozen=True)
class Told:
    """What a page has at hand."""

    snapshot: Any
    known: KnownFits
    made: ClvForecast
    value: BaseValue
    best: Concentration
    groups: GroupValue
    replay: Replay
    tracking: Tracking
    frequency: FrequencyTable
    year: Estimate


def tell(folder: Path) -> Told:
    """Write the company and work out all of it."""
    snapshot = company(folder).snapshot("2026-09")
    known = fit_known(snapshot)
    base = customer_base(snapshot, by=("region",))
    made = forecast(base, *known.all, horizon_months=24, discount_rate=0.1, draws=100)
    graded = replay(snapshot, known.counts, models=("bg_nbd",))
    assert graded is not None
    assert known.purchases is not None
    assert known.counts is not None
    year = within_a_year(base, known.purchases)
    assert year is not None
    return Told(
        snapshot,
        known,
        made,
        base_value(made),
        concentration(value_panel(snapshot, made)),
        value_by_group(made),
        graded,
        tracking(snapshot, known.counts, graded.used.fit, graded.made_on),
        frequency_table(known.purchases),
        year,
    )
