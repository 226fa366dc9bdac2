"""The sample planner: its numbers by hand, who may be invited, and how the lot is drawn."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loop_company import contracts, demo, moments, snapshot_of

from cxmodels.feedback.errors import InvalidValue, NobodyToInvite, NoInvitations, TooFewCustomers
from cxmodels.feedback.planner.invitees import MOST_OFTEN, invitees
from cxmodels.feedback.planner.next_wave import next_wave
from cxmodels.feedback.planner.sample_plan import plan_sample
from cxmodels.feedback.planner.standing import FREE, QUARANTINE, standing, standings
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

PEOPLE = [f"c{at:03}" for at in range(200)]


def invitations(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Invitations from ``(customer, survey, day, status)``."""
    return moments(pd.DataFrame(rows, columns=["customer_id", "survey", "sent_at", "status"]), "sent_at")


def said(*rows: tuple[str, str, str, float]) -> dict[str, pd.DataFrame]:
    """``responses`` and ``answers`` from ``(customer, survey, day, nps score)``."""
    table = pd.DataFrame(rows, columns=["customer_id", "survey", "answered_at", "score"])
    table.insert(0, "response_id", [f"r{at}" for at in range(len(table))])
    answers = table[["response_id", "score"]].assign(item="nps")
    table = moments(table.drop(columns="score").assign(kind="relational"), "answered_at")
    return {"responses": table, "answers": answers}


def asked(folder: Path, min_cell: int = 1) -> Snapshot:
    """100 invited to a yearly survey of whom 40 answered, 50 after a call of whom 25 did; scores half 10, 7 and 0."""
    sent = [(name, "yearly", "2026-06-01", "delivered") for name in PEOPLE[:100]]
    sent += [(name, "after call", "2026-08-10", "delivered") for name in PEOPLE[100:150]]
    # too late to have been answered: in no rate
    sent += [(name, "yearly", "2026-09-10", "delivered") for name in PEOPLE[150:160]]
    scores = [10.0, 10.0, 7.0, 0.0]
    heard = [(name, "yearly", "2026-06-03", scores[at % 4]) for at, name in enumerate(PEOPLE[:40])]
    heard += [(name, "after call", "2026-08-12", scores[at % 4]) for at, name in enumerate(PEOPLE[100:120])]
    heard += [(name, "after call", "2026-09-01", scores[at % 4]) for at, name in enumerate(PEOPLE[120:124])]
    # nobody had invited them to it
    heard += [(name, "yearly", "2026-09-12", scores[at % 4]) for at, name in enumerate(PEOPLE[180:196])]
    return snapshot_of(folder, PEOPLE, min_cell, invitations=invitations(*sent), **said(*heard))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The company of `asked`, where everything is told."""
    return asked(tmp_path_factory.mktemp("asked"))


def test_the_plan_is_what_the_answers_say(told: Snapshot) -> None:
    plan = plan_sample(told, "nps", 10)
    # half for, a quarter against: 3/4 - (1/4)²
    assert plan.variance == pytest.approx(0.6875)
    assert plan.design_effect == pytest.approx(1)
    assert plan.needed == math.ceil(1.959964**2 * 0.6875 / 0.1**2)
    rows = plan.surveys.set_index("survey")
    assert rows[["invited", "answered"]].to_numpy().tolist() == [[50, 24], [100, 40]]
    assert rows.loc["yearly", "rate"] == pytest.approx(0.4)
    assert rows.loc["yearly", "invitations"] == math.ceil(plan.needed / 0.4)
    assert rows.loc["yearly", "invitations_low"] < rows.loc["yearly", "invitations"]
    assert rows.loc["yearly", "invitations"] < rows.loc["yearly", "invitations_high"]
    # 190 may be invited, 10 were in September
    assert plan.people.set_index("standing")["customers"].to_dict() == {
        FREE: 190, "left already": 0, "no consent to contact": 0, QUARANTINE: 10,
    }  # fmt: skip
    assert plan.reachable == pytest.approx(190 * 24 / 50)


def test_it_says_what_this_month_could_have_shown(told: Snapshot) -> None:
    plan = plan_sample(told, "nps", 10)
    assert plan.answers == (20, 20)
    z = 1.959964 + 0.841621
    assert plan.visible == pytest.approx(100 * z * math.sqrt(0.6875 * (1 / 20 + 1 / 20)), rel=1e-5)
    assert plan.monthly == math.ceil(2 * 0.6875 * (z / 0.1) ** 2)
    assert plan.months == pytest.approx(plan.monthly / 20)


def test_customers_who_answer_alike_again_and_again_make_more_answers_needed(tmp_path: Path) -> None:
    sent = invitations(*[(name, "yearly", "2026-06-01", "delivered") for name in PEOPLE])
    scores = [10.0, 7.0, 0.0]
    heard = [
        (name, "yearly", f"2026-0{month}-10", scores[at % 3]) for month in (6, 7) for at, name in enumerate(PEOPLE)
    ]
    plan = plan_sample(snapshot_of(tmp_path, PEOPLE, invitations=sent, **said(*heard)), "nps", 5)
    assert plan.design_effect == pytest.approx(2, rel=0.02)
    assert plan.needed == pytest.approx(2 * 1.959964**2 * plan.variance / 0.05**2, rel=0.02)


def test_a_share_needs_what_a_share_needs(root: Path) -> None:
    plan = plan_sample(demo(root), "csat", 5, kind="transactional")
    assert 0.15 < plan.variance <= 0.25
    assert plan.kind == "transactional"
    assert set(plan.surveys["survey"]) <= {"after_delivery", "after_contact"}


def test_few_answers_are_not_told(tmp_path: Path) -> None:
    snapshot = asked(tmp_path, min_cell=30)
    plan = plan_sample(snapshot, "nps", 10)
    # this month and the last have 20 each
    assert plan.answers == (None, None)
    assert math.isnan(plan.visible)
    assert math.isnan(plan.months)
    assert plan.surveys["survey"].tolist() == ["yearly"]
    # 10 in quarantine are few, and with the number of all would follow from who may be invited
    assert plan.people.set_index("standing")["customers"].isna()[[FREE, QUARANTINE]].all()
    assert math.isnan(plan.reachable)
    with pytest.raises(TooFewCustomers, match="at least 30 customers must have answered since 2025-10-01"):
        plan_sample(snapshot, survey="after call")
    with pytest.raises(InvalidValue, match="error: a number of points above 0"):
        plan_sample(snapshot, error=0)


def test_who_left_refused_or_was_invited_lately_is_left_alone(tmp_path: Path) -> None:
    names = [*"abcdefg"]
    consents = moments(
        pd.DataFrame(
            [
                ("b", True, "2026-01-01"),
                ("b", False, "2026-02-01"),
                ("c", False, "2026-01-01"),
                ("c", True, "2026-02-01"),
            ],
            columns=["customer_id", "granted", "recorded_at"],
        ).assign(purpose="contact"),
        "recorded_at",
    )
    sent = invitations(
        ("b", "yearly", "2026-09-20", "delivered"), ("d", "yearly", "2026-09-01", "delivered"),
        ("e", "yearly", "2026-08-31", "delivered"), ("f", "yearly", "2026-09-20", "bounced"),
    )  # fmt: skip
    under = contracts(("a", "2026-01-01", "2026-05-01"), *[(name, "2026-01-01", None) for name in names[1:]])
    snapshot = snapshot_of(
        tmp_path, names, contracts=under, consents=consents, invitations=sent, more="[feedback]\nquarantine_days = 30\n"
    )
    who = snapshot.pseudonyms.to_pandas().set_index("number")["customer_id"]

    def stands(days: int | None = None) -> dict[str, str]:
        rows = standing(snapshot, days).to_pandas()
        return dict(zip(rows["customer"].map(who), rows["standing"], strict=True))

    others = {"a": "left already", "b": "no consent to contact", "c": FREE, "f": FREE, "g": FREE}
    # the first of September is the last of thirty days
    assert stands() == others | {"d": QUARANTINE, "e": FREE}
    assert stands(31) == others | {"d": QUARANTINE, "e": QUARANTINE}
    assert stands(0) == others | {"d": FREE, "e": FREE}
    assert standings(snapshot)["customers"].sum() == 7
    with pytest.raises(InvalidValue, match="quarantine_days: a whole number of 0 or more is required, found -1"):
        standing(snapshot, -1)


def lot(snapshot: Snapshot, n: int, **options: object) -> pd.DataFrame:
    return invitees(snapshot, n, **options).to_pandas()  # type: ignore[arg-type]


def test_who_answers_less_is_invited_more(root: Path) -> None:
    snapshot = demo(root)
    people = standings(snapshot).set_index("standing")["customers"]
    found = lot(snapshot, 600, attributes="age_band")
    assert len(found) == found["customer"].nunique() == 600
    strata = found.groupby(["age_band", "habit"]).agg(
        n=("rate", "size"), rate=("rate", "first"), chance=("chance", "first")
    )
    # chance x rate, the probability that a customer will have answered, is the same for everybody
    answer = strata["chance"] * strata["rate"]
    large = strata["n"] > 20
    assert answer[large].to_numpy() == pytest.approx(np.full(large.sum(), answer[large].mean()), rel=0.04)
    assert strata["rate"].max() / strata["rate"].min() > 1.3
    assert (strata["n"] / strata["chance"]).sum() == pytest.approx(people[FREE])
    # names are those of the company
    assert set(found["customer"]) <= set(snapshot.pseudonyms.to_pandas()["pseudonym"])


def test_nobody_is_invited_who_may_not_be(told: Snapshot) -> None:
    numbers = told.pseudonyms.to_pandas().set_index("pseudonym")["number"]
    rows = standing(told).to_pandas().set_index("customer")["standing"]
    found = lot(told, 10**6)
    assert (rows[numbers[found["customer"]]] == FREE).all()
    assert len(found) == (rows == FREE).sum() == 190
    assert (found["chance"] == 1).all()


def test_a_rare_answerer_is_not_invited_without_end(tmp_path: Path) -> None:
    # of 60 who were asked often nobody answered, of 60 others all did: as many are invited as may be
    silent, keen = PEOPLE[:60], PEOPLE[60:120]
    days = [f"2026-0{month}-01" for month in range(1, 9)]
    sent = invitations(*[(name, "yearly", day, "delivered") for day in days for name in silent + keen])
    heard = said(*[(name, "yearly", f"{day[:8]}05", 9.0) for day in days for name in keen])
    snapshot = snapshot_of(tmp_path, silent + keen, invitations=sent, **heard)
    found = lot(snapshot, 30)
    counted = found.groupby("habit")["customer"].count()
    assert counted.to_dict() == {"answered before": 5, "never answered": 25}
    assert counted["never answered"] / counted["answered before"] == MOST_OFTEN
    # of 60 silent ones no more than there are: the rest are keen
    assert lot(snapshot, 90)["habit"].value_counts().to_dict() == {"never answered": 60, "answered before": 30}


def test_the_next_wave_is_for_the_survey_that_takes_fewest_invitations_and_of_a_usual_size(told: Snapshot) -> None:
    wave = next_wave(told, plan_sample(told))
    # 50 invitations to it in twelve months
    assert (wave.survey, wave.kind, wave.customers, wave.usual) == ("after call", "relational", 4, 4)
    table = wave.table.to_pandas()
    assert list(table.columns) == ["customer", "survey", "kind", "rate", "chance"]
    assert set(table["survey"]) == {"after call"}
    assert table["customer"].nunique() == len(table) == 4
    assert next_wave(told, plan_sample(told), 10**6).customers == 190
    with pytest.raises(InvalidValue, match="n: a whole number of at least 1 is required, found -3"):
        next_wave(told, plan_sample(told), -3)


def test_a_plan_that_leaves_more_people_alone_invites_none_of_them(told: Snapshot) -> None:
    # who was invited in August too
    plan = plan_sample(told, quarantine_days=60)
    alone = told.pseudonyms.filter(lambda people: people.customer_id.isin(PEOPLE[100:160])).to_pandas()["pseudonym"]
    wave = next_wave(told, plan, 10**6)
    assert wave.customers == 140
    assert not set(alone) & set(wave.table.to_pandas()["customer"])


def test_the_lot_is_the_same_on_the_same_day(told: Snapshot) -> None:
    assert set(lot(told, 60)["customer"]) == set(lot(told, 60)["customer"])


@pytest.mark.slow
def test_the_lot_is_another_on_the_next_day(told: Snapshot) -> None:
    earlier = open_study(told.settings.folder).snapshot(date(2026, 9, 29))
    # by chance about a third of those of the day before
    assert len(set(lot(earlier, 60)["customer"]) & set(lot(told, 60)["customer"])) < 40


def test_it_refuses_to_invite_nobody(tmp_path: Path) -> None:
    sent = invitations(("a", "yearly", "2026-09-20", "delivered"))
    snapshot = snapshot_of(tmp_path, ["a"], invitations=sent, **said(("a", "yearly", "2026-09-21", 9.0)))
    with pytest.raises(NobodyToInvite, match="no customer may be invited on 2026-09-30"):
        invitees(snapshot, 10)
    with pytest.raises(InvalidValue, match="n: a whole number of at least 1 is required, found 0"):
        invitees(snapshot, 0)
    with pytest.raises(NoInvitations, match="no survey was answered by 1 of the customers who were invited up to 2026"):
        plan_sample(snapshot)
