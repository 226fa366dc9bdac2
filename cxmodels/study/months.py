"""Which months the data cover from end to end."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cxmodels.study.casting import as_type
from cxmodels.study.contract import TABLES
from cxmodels.study.engine import told
from cxmodels.study.errors import NothingToCompute
from cxmodels.study.places import is_text_file

if TYPE_CHECKING:
    from cxmodels.study.study import Study


def complete_months(study: Study) -> tuple[str, str]:
    """First month with a date and last complete month, as ``"YYYY-MM"``; see `Study.months`."""
    settings = study.settings
    drawn = settings.study.extracted_on
    spans = [span for name in study.tables for span in _spans(study, name, drawn)]
    if not spans:
        raise NothingToCompute(f"{settings.file}: no table has a date up to study.extracted_on = {drawn}")
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    # Set by hand, extracted_on vouches for the days after the last date; today's date vouches for nothing.
    known_to = drawn if "extracted_on" in settings.study.model_fields_set else last
    end = month_end(last)
    if end > known_to:
        end = last.replace(day=1) - timedelta(days=1)
    if end < first:
        raise NothingToCompute(
            f"{settings.file}: no month is complete; dates run from {first} to {last}, drawn {drawn}"
        )
    return f"{first:%Y-%m}", f"{end:%Y-%m}"


def month_end(day: date) -> date:
    """Last day of the month of `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months_before(day: date, months: int) -> date:
    """The same day `months` months earlier; the end of a month stays one, and no month is overrun."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, last if day == month_end(day) else min(day.day, last))


def _spans(study: Study, name: str, drawn: date) -> list[tuple[date, date]]:
    """First and last date of each time column of a table, up to the day the data were drawn."""
    table = study.table(name)
    columns = [column for column in TABLES[name].times if column in table.columns]
    if not columns:
        return []
    asked = {}
    if is_text_file(study.settings.tables[name].path):
        # An engine parses only the columns it is asked for; a line that breaks another one is found here, not later.
        asked = {f"{column}:read": table[column].count() for column in table.columns if column not in columns}
    for column in columns:
        day = as_type(table[column], "date")
        known = day <= drawn
        asked[f"{column}:first"] = day.min(where=known)
        asked[f"{column}:last"] = day.max(where=known)
    with told(f"{study.settings.file}: tables.{name}"):
        found = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    pairs = [(found[f"{column}:first"], found[f"{column}:last"]) for column in columns]
    return [(first, last) for first, last in pairs if first is not None and last is not None]
