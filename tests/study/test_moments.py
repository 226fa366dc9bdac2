from __future__ import annotations

from datetime import date, datetime

import ibis
import pytest

from cxmodels.study.moments import not_before


@pytest.mark.parametrize(
    ("moment", "other", "holds"),
    [
        (datetime(2026, 9, 1, 10), datetime(2026, 9, 1, 10), True),
        (datetime(2026, 9, 1, 9), datetime(2026, 9, 1, 10), False),
        # a day alone may be any time of it, and none of the day before
        (datetime(2026, 9, 1), datetime(2026, 9, 1, 10), True),
        (datetime(2026, 9, 1), datetime(2026, 9, 2), False),
        (datetime(2026, 9, 1), datetime(2026, 8, 31, 23), True),
        (date(2026, 9, 1), date(2026, 9, 1), True),
        (date(2026, 9, 1), date(2026, 9, 2), False),
    ],
)
def test_a_moment_is_as_exact_as_it_is_written(moment: date, other: date, holds: bool) -> None:
    rows = ibis.memtable({"a": [moment], "b": [other]})
    assert ibis.duckdb.connect().execute(not_before(rows.a, rows.b)).tolist() == [holds]
