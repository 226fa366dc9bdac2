"""Contacts, answer rates, who may be invited and the lot are the same on Spark as on DuckDB."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pandas as pd
import pytest

from cxmodels.feedback.counts.metrics import metric_of
from cxmodels.feedback.coverage.contacts import answers_by_touchpoint, contacts_by_touchpoint
from cxmodels.feedback.planner.answer_rates import answer_rates
from cxmodels.feedback.planner.invitees import invitees
from cxmodels.feedback.planner.standing import standings
from cxmodels.study.snapshot import Snapshot

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def snapshots(on_both: Callable[..., tuple[Snapshot, Snapshot]]) -> tuple[Snapshot, Snapshot]:
    """Return one company on one day, on DuckDB and on Spark."""
    return on_both("2026-06", customers=600, months=14, seed=6)


def test_contacts_and_answers_are_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    since = date(2026, 1, 1)
    met = [contacts_by_touchpoint(part, since, "order") for part in snapshots]
    pd.testing.assert_frame_equal(*met, check_dtype=False)
    assert len(met[0]) > 3
    said = [answers_by_touchpoint(part, since) for part in snapshots]
    pd.testing.assert_frame_equal(*said, check_dtype=False)


def test_rates_and_standings_are_equal(snapshots: tuple[Snapshot, Snapshot]) -> None:
    rates = [answer_rates(part, metric_of("nps"), None, date(2026, 1, 1), date(2026, 6, 1)) for part in snapshots]
    pd.testing.assert_frame_equal(*rates, check_dtype=False)
    assert len(rates[0]) > 1
    pd.testing.assert_frame_equal(*(standings(part) for part in snapshots))


def test_the_lot_is_the_same(snapshots: tuple[Snapshot, Snapshot]) -> None:
    found = [invitees(part, 60, attributes="age_band").to_pandas() for part in snapshots]
    pd.testing.assert_frame_equal(*found, check_dtype=False)
    assert len(found[0]) == 60
