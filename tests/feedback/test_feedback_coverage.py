"""Where customers are met and where they are asked: by hand, and what is not told of few."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loop_company import moments, snapshot_of

from cxmodels.feedback.coverage.coverage_map import (
    ASKED,
    BLIND,
    NO_CONTACT,
    OTHERS,
    CoverageMap,
    coverage_map,
)
from cxmodels.feedback.errors import InvalidValue, NoContacts
from cxmodels.feedback.figures.coverage import blind_spots
from cxmodels.feedback.loop.follow_up import FollowUp
from cxmodels.feedback.loop.leaving import LeavingEffect
from cxmodels.feedback.page.estimates import loop_estimates
from cxmodels.study.errors import MissingTable
from cxmodels.study.snapshot import Snapshot

PEOPLE = [f"c{at:02}" for at in range(40)]
LAST = "2026-09-10 10:00"


def contacts(*rows: tuple[str | None, str, str]) -> pd.DataFrame:
    """Interactions from ``(customer, touchpoint, moment)``."""
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "occurred_at"])
    table.insert(0, "interaction_id", [f"i{at}" for at in range(len(table))])
    return moments(table.assign(channel="Web"), "occurred_at")


def orders(*rows: tuple[str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "amount"])
    table.insert(0, "order_id", [f"o{at}" for at in range(len(table))])
    return moments(table.assign(ordered_at=LAST), "ordered_at")


def answers(*rows: tuple[str | None, str | None, str]) -> dict[str, pd.DataFrame]:
    """``responses`` and ``answers`` from ``(customer, touchpoint, survey)``."""
    table = pd.DataFrame(rows, columns=["customer_id", "touchpoint", "survey"])
    table.insert(0, "response_id", [f"r{at}" for at in range(len(table))])
    table = moments(table.assign(answered_at=LAST, kind="transactional"), "answered_at")
    return {"responses": table, "answers": table[["response_id"]].assign(item="nps", score=7.0)}


def each(people: int, what: str, start: int = 0) -> list[tuple[str, str, str]]:
    return [(name, what, LAST) for name in PEOPLE[start : start + people]]


def shop(folder: Path, min_cell: int = 1) -> Snapshot:
    met = contacts(
        *each(20, "Hotline"), *each(15, "store"), *each(2, "store"),
        (None, "store", LAST), (None, "banner", LAST), ("c01", "fair", "2025-09-29 10:00"),
    )  # fmt: skip
    said = answers(
        *[(name, "hotline ", "after call") for name in PEOPLE[:12]], ("c13", None, "yearly"), (None, None, "yearly"),
        *[(name, "hotline", "yearly") for name in PEOPLE[:3]],
    )  # fmt: skip
    bought = orders(*[(name, 10.0) for name in PEOPLE[:30]], ("c01", -10.0))
    return snapshot_of(folder, PEOPLE, min_cell, interactions=met, orders=bought, **said)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> CoverageMap:
    """What the shop covers, everything told."""
    return coverage_map(shop(tmp_path_factory.mktemp("shop")))


def test_what_is_met_and_never_asked_is_a_blind_spot(found: CoverageMap) -> None:
    rows = found.touchpoints.set_index("touchpoint")
    assert found.blind_spots == ("order", "store")
    assert rows["state"].to_dict() == {"order": BLIND, "store": BLIND, "Hotline": ASKED, "unknown": NO_CONTACT}
    # a return is no contact of its own, nobody's contact cannot be asked, the fair was more than a year ago
    assert rows["contacts"].dropna().to_dict() == {"order": 30, "store": 17, "Hotline": 20}
    assert rows["answers"].to_dict() == {"order": 0, "store": 0, "Hotline": 15, "unknown": 2}
    assert found.uncovered.value == pytest.approx(47 / 67)
    assert found.uncovered.n == 67
    assert found.anonymous == 2
    assert (found.first, found.last) == (date(2025, 10, 1), date(2026, 9, 30))


def test_answers_are_told_by_survey(found: CoverageMap) -> None:
    cells = found.cells.set_index(["touchpoint", "survey"])["answers"]
    assert cells["Hotline", "after call"] == 12
    assert cells["Hotline", "yearly"] == 3
    assert cells["order", "yearly"] == 0
    assert len(cells) == 8


def test_a_survey_about_orders_covers_them_where_one_says_so(tmp_path: Path) -> None:
    said = answers(*[(name, "delivery", "after delivery") for name in PEOPLE])
    snapshot = snapshot_of(tmp_path, PEOPLE, orders=orders(*[(name, 10.0) for name in PEOPLE]), **said)
    assert coverage_map(snapshot).blind_spots == ("order",)
    told = coverage_map(snapshot, orders="delivery")
    assert told.blind_spots == ()
    assert told.uncovered.value == 0


def test_few_people_are_not_told_nor_can_be_had_from_sums(tmp_path: Path) -> None:
    met = contacts(*each(30, "web"), *each(4, "desk"), *each(20, "shop"), *each(12, "mail"), *each(25, "call"))
    said = answers(
        *[(name, "call", "yearly") for name in PEOPLE[:15]], *[(name, "call", "after call") for name in PEOPLE[:12]],
        *[(name, "mail", "yearly") for name in PEOPLE[:3]], *[(name, "mail", "after call") for name in PEOPLE[:11]],
    )  # fmt: skip
    found = coverage_map(snapshot_of(tmp_path, PEOPLE, 10, interactions=met, **said))
    rows = found.touchpoints.set_index("touchpoint")
    # the desk is too few; the shop, the smaller of the other blind spots, goes with it: their sum is known
    assert rows["contacts"].isna().to_dict() == {
        "web": False, "shop": True, "desk": True, "call": False, "mail": False,
    }  # fmt: skip
    cells = found.cells.set_index(["touchpoint", "survey"])["answers"]
    assert pd.isna(cells["mail", "yearly"])
    # in a row and in a column with it another is hidden, or their sum is
    assert pd.isna(cells["mail", "after call"]) or pd.isna(rows.loc["mail", "answers"])
    assert rows.loc["desk", "state"] == BLIND
    figure = blind_spots(found)
    assert "few" in figure.note
    assert "desk: few contacts, never asked" in figure.alt


def test_the_share_of_one_small_blind_spot_is_not_told(tmp_path: Path) -> None:
    met = contacts(*each(4, "desk"), *each(12, "mail"), *each(25, "call"))
    said = answers(*[(name, at, "yearly") for name in PEOPLE[:15] for at in ("call", "mail")])
    found = coverage_map(snapshot_of(tmp_path, PEOPLE, 10, interactions=met, **said))
    # 4 of 41 contacts are the desk's, and the others take them off the sum
    assert np.isnan(found.uncovered.value)
    contacted = found.touchpoints.set_index("touchpoint")["contacts"]
    assert contacted.isna().to_dict() == {"desk": True, "mail": True, "call": False}
    assert blind_spots(found).title == "Customers are met where nobody was asked: desk"
    assert "feedback.contacts_never_asked" not in loop_estimates(None, FollowUp(), LeavingEffect(), found)


def test_many_blind_spots_are_told_as_one(tmp_path: Path) -> None:
    met = contacts(*[(name, f"page {at % 8}", LAST) for at, name in enumerate(PEOPLE)], *each(10, "page 3"))
    found = coverage_map(snapshot_of(tmp_path, PEOPLE, interactions=met, **answers(("c00", "call", "yearly"))), most=2)
    rows = found.touchpoints.set_index("touchpoint")
    assert rows.index[:2].tolist() == [OTHERS, "page 3"]
    assert rows.loc[OTHERS, "contacts"] == 30
    assert rows.loc["page 3", "contacts"] == 15


def test_the_figure_says_how_much_is_not_asked(found: CoverageMap) -> None:
    figure = blind_spots(found)
    assert figure.title == "70\u202f% of contacts are where nobody was asked: order, store"
    assert "store: 17 contacts, never asked" in figure.alt
    assert "Hotline: 20 contacts, after call 12, yearly 3" in figure.alt
    assert "2 contacts of nobody known cannot be asked" in figure.note


def test_it_refuses_where_nobody_was_met(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="months: a whole number of at least 1"):
        coverage_map(shop(tmp_path), months=0)
    nobody = snapshot_of(tmp_path, PEOPLE, interactions=contacts((None, "web", LAST)), **answers(("c00", "call", "y")))
    with pytest.raises(NoContacts, match="no customer was met from 2025-10-01 to 2026-09-30"):
        coverage_map(nobody)
    with pytest.raises(MissingTable, match="contacts come from interactions or orders"):
        coverage_map(snapshot_of(tmp_path, PEOPLE, **answers(("c00", "call", "y"))))
