"""Whom to call back: who is on the list, in what order, for what reason others are not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
from loop_company import RESPONSES, actions, contracts, moments, snapshot_of

from cxmodels.feedback.errors import InvalidScores, InvalidValue, UnknownMetric
from cxmodels.feedback.loop.call_list import NOBODY, CallList, call_list
from cxmodels.feedback.loop.reachable import LATELY, LEFT, OPEN, REFUSED
from cxmodels.feedback.loop.unhappy import unhappy
from cxmodels.study.snapshot import Snapshot

PEOPLE = [*"abcdefghijklm", "past1", "past2", "past3"]
SAID = [
    # response, customer, moment, survey kind, touchpoint, {item: score}
    ("r01", "a", "2026-09-10 10:00", "relational", "relation", {"nps": 6}),
    ("r02", "a", "2026-09-12 10:00", "transactional", "delivery", {"nps": 3, "csat": 1}),
    ("r03", "b", "2026-09-05 10:00", "transactional", "shop", {"nps": 8, "csat": 2, "ces": 2}),
    ("r04", "c", "2026-09-06 10:00", "transactional", "shop", {"csat": 3, "ces": 3}),
    ("r05", "d", "2026-09-07 10:00", "relational", "relation", {"nps": 0}),
    ("r06", "e", "2026-09-07 10:00", "relational", "relation", {"nps": 1}),
    ("r07", "f", "2026-09-07 10:00", "relational", "relation", {"nps": 2}),
    ("r08", "g", "2026-09-07 10:00", "relational", "relation", {"nps": 2}),
    ("r09", "h", "2026-09-07 10:00", "relational", "relation", {"nps": 2}),
    # too long ago; content; low satisfaction with the relation as a whole; nobody
    ("r10", "i", "2026-08-31 10:00", "relational", "relation", {"nps": 0}),
    ("r11", "j", "2026-09-07 10:00", "relational", "relation", {"nps": 7}),
    ("r12", "k", "2026-09-07 10:00", "relational", "relation", {"csat": 1}),
    ("r13", None, "2026-09-07 10:00", "relational", "relation", {"nps": 0}),
    ("r14", "past1", "2026-01-01 10:00", "transactional", "delivery", {"nps": 0}),
    ("r15", "past2", "2026-01-01 10:00", "transactional", "delivery", {"nps": 0}),
    ("r16", "past3", "2026-01-01 10:00", "relational", "relation", {"nps": 0}),
]
INVITED = [
    ("a", "2026-09-09"), ("m", "2026-09-10"),
    # asked again after the answer
    ("g", "2026-09-20"),
]  # fmt: skip
LOG = actions(
    ("e", "2026-09-08", None, None), ("f", "2026-09-08", "2026-09-09", "2026-09-10"),
    # reached before the answer: no answer to it
    ("a", "2026-09-01", "2026-09-02", "2026-09-03"),
    ("past1", "2026-01-02", None, "2026-01-03", "logistics"), ("past2", "2026-01-02", None, "2026-01-03", "logistics"),
    ("past3", "2026-01-02", None, "2026-01-03", "care"),
)  # fmt: skip


def company(folder: Path, *, min_cell: int = 1, more: str = "", without: tuple[str, ...] = ()) -> Snapshot:
    said = pd.DataFrame(
        [row[:5] for row in SAID], columns=["response_id", "customer_id", "answered_at", "kind", "touchpoint"]
    )
    answers = [(row[0], item, float(score)) for row in SAID for item, score in row[5].items()]
    consents = pd.DataFrame(
        [
            ("d", "contact", True, "2025-01-01"), ("d", "contact", False, "2026-01-01"),
            ("h", "contact", False, "2024-01-01"), ("h", "contact", True, "2025-01-01"),
            ("a", "analytics", True, "2024-01-01"),
        ],
        columns=["customer_id", "purpose", "granted", "recorded_at"],
    )  # fmt: skip
    contacts = pd.DataFrame(
        [
            ("i1", "l", "2026-09-25", "Service "), ("i2", "h", "2026-09-25", "discovery"),
            # what was asked about
            ("i3", "b", "2026-09-04", "service"),
        ],
        columns=["interaction_id", "customer_id", "occurred_at", "stage"],
    )  # fmt: skip
    invited = pd.DataFrame(INVITED, columns=["customer_id", "sent_at"]).assign(survey="any")
    tables = {
        "responses": moments(said.assign(survey=said["kind"] + " survey"), "answered_at")[RESPONSES],
        "answers": pd.DataFrame(answers, columns=["response_id", "item", "score"]),
        "actions": LOG,
        "invitations": moments(invited, "sent_at"),
        "interactions": moments(contacts.assign(channel="Phone", touchpoint="care"), "occurred_at"),
        "consents": moments(consents, "recorded_at"),
        "contracts": contracts(*((who, "2024-01-01", "2026-09-20" if who == "c" else None) for who in PEOPLE)),
    }
    kept = {name: table for name, table in tables.items() if name not in without}
    return snapshot_of(folder, PEOPLE, min_cell, more, **kept)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return company(tmp_path_factory.mktemp("company"))


@pytest.fixture(scope="module")
def names(snapshot: Snapshot) -> dict[str, str]:
    return named(snapshot)


def named(snapshot: Snapshot) -> dict[str, str]:
    """Pseudonym of each customer."""
    people = snapshot.pseudonyms.execute()
    return dict(zip(people["customer_id"], people["pseudonym"], strict=True))


def scores(names: dict[str, str], column: str, **of: float) -> pd.DataFrame:
    return pd.DataFrame({"customer": [names[who] for who in of], column: [*of.values()]})


def listed(found: CallList, names: dict[str, str]) -> pd.DataFrame:
    table = found.table.execute().sort_values("rank", ignore_index=True)
    own = {pseudonym: who for who, pseudonym in names.items()}
    return table.assign(who=table["customer"].map(own))


@pytest.fixture(scope="module")
def risky(snapshot: Snapshot, names: dict[str, str]) -> CallList:
    chance = dict.fromkeys("abcdefghijk", 0.1) | {"h": 0.4, "l": 0.8, "m": 0.9, "j": 0.7, "past1": 0.2}
    at_risk = scores(names, "chance", **chance)
    at_risk = at_risk.assign(chance_low=at_risk["chance"] / 2, chance_high=at_risk["chance"] * 1.2)
    value = scores(names, "value", a=1000.0, h=100.0, j=2000.0, l=1.0, m=1.0)
    numbers = snapshot.pseudonyms.execute().set_index("customer_id")["number"]
    themes = pd.DataFrame({"number": [numbers["a"], numbers["k"]], "themes": ["late, parcel; price", "price"]})
    # four of fourteen: m, l, j, h; two of them were in contact lately
    return call_list(snapshot, at_risk=at_risk, value=value, themes=themes, riskiest=0.285)


def test_who_is_listed_is_unhappy_or_at_risk_and_may_be_called(risky: CallList, names: dict[str, str]) -> None:
    table = listed(risky, names)
    assert table[["who", "why"]].to_numpy().tolist() == [
        ["j", "high risk"], ["a", "detractor"], ["h", "detractor, high risk"], ["b", "low satisfaction"],
    ]  # fmt: skip
    assert table["money_at_risk"].tolist()[:3] == [1400, 100, 40]
    assert table["money_at_risk_low"].tolist()[:3] == [700, 50, 20]
    assert table["money_at_risk_high"].tolist()[:3] == [1680, 120, 48]
    # who has no value comes last
    assert pd.isna(table["money_at_risk"].iloc[3])
    assert table["rank"].tolist() == [1, 2, 3, 4]
    assert risky.customers == 4
    assert risky.ranked_by.startswith("By money at risk")


def test_a_row_says_what_was_said_where_by_when_and_which_team_calls(risky: CallList, names: dict[str, str]) -> None:
    table = listed(risky, names).set_index("who")
    # of two answers the later one, of its scores the most telling
    of_a = table.loc["a", ["score", "survey", "touchpoint", "themes", "team"]]
    assert of_a.tolist() == [3, "transactional survey", "delivery", "late, parcel; price", "logistics"]
    assert table["themes"].notna().sum() == 1
    assert str(table.loc["a", "answered_on"])[:10] == "2026-09-12"
    assert table.loc["h", "team"] == "care"
    # who said nothing is called by the team with most follow-ups
    assert table.loc["j", ["score", "touchpoint", "themes"]].isna().all()
    assert table.loc["j", "team"] == risky.teams.set_index("place").loc["", "team"]
    # 30 September 2026 is a Wednesday: five working days later
    assert {str(day)[:10] for day in table["deadline"]} == {"2026-10-07"} == {str(risky.deadline)}


def test_who_is_left_out_is_counted_by_the_first_reason_that_holds(risky: CallList) -> None:
    # c has left; d refused; e's follow-up is open; f was reached, g asked again, l called, m asked; nobody behind r13
    counted = dict(zip(risky.left_out["reason"], risky.left_out["customers"], strict=True))
    assert counted == {LEFT: 1, REFUSED: 1, OPEN: 1, LATELY: 4, NOBODY: 1, "all": 7}
    totals = risky.totals.set_index("why")
    assert totals["customers"].to_dict() == {"unhappy": 3, "high risk": 1}
    assert totals["money_at_risk"].to_dict() == {"unhappy": 140, "high risk": 1400}


def test_without_scores_the_list_is_ranked_by_what_was_said_and_says_so(
    snapshot: Snapshot, names: dict[str, str]
) -> None:
    found = call_list(snapshot, quarantine_days=1)
    # lowest on its scale first: 2 of 0 to 10, 2 of 1 to 5, 3 of 0 to 10
    order = listed(found, names)["who"].tolist()
    assert (set(order[:3]), order[3:]) == ({"f", "g", "h"}, ["b", "a"])
    assert found.ranked_by.startswith("By the score")
    assert list(found.totals.columns) == ["why", "customers"]
    assert not {"chance", "money_at_risk", "themes"} & set(found.table.columns)


def test_small_cells_are_not_told_and_value_alone_ranks(tmp_path: Path) -> None:
    snapshot = company(tmp_path, min_cell=5)
    names = named(snapshot)
    found = call_list(snapshot, value=ibis.memtable(scores(names, "value", b=0.5, h=0.4, a=0.3)))
    told = found.left_out.set_index("reason")["customers"]
    assert told.drop("all").isna().tolist() == [True] * 5
    assert told["all"] == 5
    assert found.totals["customers"].isna().all()
    # no place has enough follow-ups of its own to go by
    assert found.teams["place"].tolist() == [""]
    assert listed(found, names)["who"].tolist() == ["b", "h", "a"]
    assert found.ranked_by.startswith("By the value of the customer")


@pytest.mark.slow
def test_under_opt_in_only_who_said_yes_is_called(tmp_path: Path) -> None:
    snapshot = company(tmp_path, more='consent = "opt_in"\npurpose = "contact"\n[feedback]\ncall_within_days = 1\n')
    found = call_list(snapshot)
    assert listed(found, named(snapshot))["who"].tolist() == ["h"]
    assert found.deadline == date(2026, 10, 1)


@pytest.mark.slow
def test_what_a_study_lacks_keeps_nobody_from_the_list_and_chance_alone_ranks(tmp_path: Path) -> None:
    snapshot = company(tmp_path, without=("actions", "invitations", "interactions", "consents", "contracts"))
    names = named(snapshot)
    found = call_list(snapshot, at_risk=scores(names, "chance", b=0.5, h=0.4, a=0.3), riskiest=0)
    assert found.customers == 8
    assert listed(found, names)["who"].tolist()[:3] == ["b", "h", "a"]
    assert found.ranked_by.startswith("By the chance of leaving")
    assert found.teams.empty
    assert found.table.execute()["team"].isna().all()


def test_of_a_response_the_most_telling_score_counts_and_a_relation_is_judged_by_its_recommendation(
    snapshot: Snapshot,
) -> None:
    rows = unhappy(snapshot, date(2026, 9, 1)).execute().set_index("response_id")
    assert rows["why"].to_dict() == {
        **dict.fromkeys(["r01", "r02", "r05", "r06", "r07", "r08", "r09", "r13"], "detractor"),
        "r03": "low satisfaction", "r04": "much effort",
    }  # fmt: skip
    assert rows.loc["r04", ["score", "on_scale"]].tolist() == [3, pytest.approx(1 / 3)]


def test_wrong_tables_and_numbers_are_named(snapshot: Snapshot, names: dict[str, str], tmp_path: Path) -> None:
    chance = scores(names, "chance", a=0.5)
    with pytest.raises(InvalidScores, match="at_risk lacks the column 'chance'; it has: customer, churn"):
        call_list(snapshot, at_risk=chance.rename(columns={"chance": "churn"}))
    with pytest.raises(InvalidScores, match="each customer once"):
        call_list(snapshot, at_risk=pd.concat([chance, chance]))
    with pytest.raises(InvalidScores, match="themes must have each number once"):
        call_list(snapshot, themes=pd.DataFrame({"number": [1, 1], "themes": ["price", "taste"]}))
    for wrong in ({"days": 0}, {"quarantine_days": 1.5}, {"call_within_days": -1}, {"riskiest": 2}):
        with pytest.raises(InvalidValue, match=next(iter(wrong))):
            call_list(snapshot, **wrong)
    answers = pd.DataFrame({"response_id": ["r1"], "item": ["liked"], "score": [1.0]})
    items = pd.DataFrame({"item": ["liked"], "scale_min": [1.0], "scale_max": [5.0], "wording": ["?"]})
    said = pd.DataFrame([("r1", "a", "2026-09-01", "s", "relational", "t")], columns=RESPONSES)
    other = snapshot_of(tmp_path, "a", items=items, answers=answers, responses=moments(said, "answered_at"))
    with pytest.raises(UnknownMetric, match="nobody can be told to be unhappy"):
        call_list(other)
