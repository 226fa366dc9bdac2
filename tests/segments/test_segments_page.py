"""What the page of segments says, of a small company and of cards made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from cxmodels.estimate import Estimate
from cxmodels.look import numbers
from cxmodels.segments.clusters.assign import Assignment, assigned
from cxmodels.segments.clusters.choose import Choice
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.clusters.kept import KeptModel
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.page.checks import judge
from cxmodels.segments.page.estimates import estimates, history, key_figures
from cxmodels.segments.page.findings import about, lead, moved, title
from cxmodels.segments.page.rule import rule_to_tell
from cxmodels.segments.page.since import SinceLastMonth, left_for_later, since_last_month
from cxmodels.segments.page.tables import (
    choice_table,
    distinguishing_table,
    hidden_moves,
    lifecycle_table,
    moves_table,
    rule_table,
    scores,
    sizes_table,
)
from cxmodels.segments.personas.personas import Persona, Personas, personas
from cxmodels.segments.profiles.profile import profile
from cxmodels.study.snapshot import Snapshot


@pytest.fixture(scope="module")
def kept(today: Snapshot) -> KeptModel:
    model = fit_segments(customer_features(today), 2).named({1: "Shoppers", 2: "Subscribers"})
    return KeptModel(model, None, weighed())


@pytest.fixture(scope="module")
def now(today: Snapshot, kept: KeptModel) -> Assignment:
    return assigned(kept.model, customer_features(today))


@pytest.fixture(scope="module")
def since(today: Snapshot, now: Assignment) -> SinceLastMonth:
    return since_last_month(today, now, months=1)


@pytest.fixture(scope="module")
def cards(today: Snapshot, now: Assignment) -> Personas:
    return personas(today, now)


def weighed(stability: float = 0.9, weakest: float = 0.8, silhouette: float = 0.3) -> Choice:
    row = {"k": 2, "bic": 1_000.0, "silhouette": silhouette, "gap": 1.2, "gap_error": 0.02, "gap_rule": False}
    row |= {"stability": stability, "weakest": weakest, "smallest": 0.3, "holds": True}
    return Choice(pd.DataFrame([row, row | {"k": 3, "holds": False}]), pd.DataFrame(), 2, "2 segments.")


def card(number: int, share: float, value: float | None = None, leaving: float | None = None) -> Persona:
    size = Estimate(share, share - 0.01, share + 0.01, "share", 1_000)
    chance = None if leaving is None else Estimate(leaving, leaving - 0.01, leaving + 0.01, "share", 100)
    return Persona(number, f"Kind {number}", round(1_000 * share), size, value_share=value, leaving=chance)


def test_the_title_names_the_segment_whose_value_is_farthest_from_its_size() -> None:
    found = Personas((card(1, 0.86, 0.59), card(2, 0.14, 0.41)), ())
    said = f"“Kind 1” are {numbers.share(0.86, 0)} of customers and bring only {numbers.share(0.59, 0)} of the value"
    assert title(found).startswith(said)
    found = Personas((card(1, 0.5, 0.4), card(2, 0.2, 0.41), card(3, 0.3, 0.19)), ())
    assert title(found).startswith(
        f"“Kind 2” are {numbers.share(0.2, 0)} of customers and bring {numbers.share(0.41, 0)}"
    )


def test_the_title_makes_nothing_of_even_values_or_none() -> None:
    even = Personas((card(1, 0.7, 0.71), card(2, 0.3, 0.29)), ("Kind 3",))
    assert title(even) == "Customers fall into 3 segments; each holds about as much of the value as of customers"
    assert title(Personas((card(1, 0.7), card(2, 0.3)), ())).endswith(
        f"the largest are “Kind 1”, {numbers.share(0.7, 0)} of all"
    )
    assert title(Personas((), ("Kind 1", "Kind 2"))) == "Customers fall into 2 segments"


def test_the_lead_says_who_is_likeliest_to_leave_only_where_it_matters(now: Assignment, since: SinceLastMonth) -> None:
    apart = Personas((card(1, 0.8, leaving=0.1), card(2, 0.2, leaving=0.3)), ())
    assert f"“Kind 2”: <b>{numbers.share(0.3)}</b>" in lead(apart, now, since)
    assert f"of the others {numbers.share(0.1)}" in lead(apart, now, since)
    alike = Personas((card(1, 0.8, leaving=0.20), card(2, 0.2, leaving=0.215)), ())
    assert "No segment is surely likelier to leave" in lead(alike, now, since)
    assert "leav" not in lead(Personas((card(1, 0.8), card(2, 0.2)), ()), now, since)


def test_what_moved_is_told_as_far_as_it_may_be(since: SinceLastMonth) -> None:
    assert since.moves is not None
    stayed = Estimate(0.96, 0.95, 0.97, "share", 900)
    said = moved(replace(since, moves=replace(since.moves, stayed=stayed)))
    assert f"<b>{numbers.share(0.04)}</b> ({numbers.share(0.03)} – {numbers.share(0.05)}) have changed" in said
    unknown = Estimate(float("nan"), float("nan"), float("nan"), "share", 0)
    flows = since.moves.flows.assign(net=[12.0, -30.0])
    said = moved(replace(since, moves=replace(since.moves, stayed=unknown, flows=flows)))
    assert "“Subscribers” have shrunk most, by 30 customers" in said
    hidden = replace(since.moves, stayed=unknown, flows=flows.assign(net=float("nan")))
    assert moved(replace(since, moves=hidden)).startswith("Too few customers have moved")
    assert moved(replace(since, moves=None)) == ""


def test_moves_and_states_are_those_since_the_month_before(now: Assignment, since: SinceLastMonth) -> None:
    assert since.moves is not None
    assert (since.moves.then, since.moves.now) == (date(2026, 8, 31), date(2026, 9, 30))
    assert since.states is not None
    assert not since.why_not
    table = sizes_table(since.moves)
    assert table["now"].sum() == now.customers
    assert all(isinstance(size, int) for size in table["now"])


def test_the_first_month_and_one_without_orders_or_contracts_say_why(today: Snapshot, kept: KeptModel) -> None:
    first = today.study.snapshot(today.study.months()[0])
    then = Assignment(None, pd.DataFrame(), kept.model, first.as_of, 0)  # type: ignore[arg-type]
    found = since_last_month(first, then)
    assert found.moves is None
    assert found.states is None
    assert found.why_not["moves"] == "The data have no earlier month to compare with."


def test_where_no_move_is_of_enough_customers_it_says_so(today: Snapshot, now: Assignment) -> None:
    found = since_last_month(today, replace(now, min_cell=10**6), months=1)
    assert found.moves is not None
    assert not found.moves.told
    assert found.why_not == {"moves": "No move between segments is of enough customers to be told."}
    assert found.states is not None
    assert found.states.flow.told


def test_sizes_that_were_hidden_stay_hidden_and_are_left_for_later(
    today: Snapshot, now: Assignment, kept: KeptModel
) -> None:
    found = since_last_month(today, now, {"2026-08": {"hidden_segments": [2, 9], "hidden_states": ["new"]}}, months=1)
    assert "Subscribers" in found.hidden
    assert found.states is not None
    assert "new" in found.states.hidden
    left = left_for_later(kept, found)
    assert 2 in left["hidden_segments"]
    assert "new" in left["hidden_states"]
    assert KeptModel.from_dict(left).model == kept.model


def test_the_figures_are_recorded_by_number_and_at_risk_has_a_history(
    cards: Personas, now: Assignment, since: SinceLastMonth
) -> None:
    rows = [
        (month, state, customers, customers / 1_000)
        for month, risk in (("2026-07", 80.0), ("2026-08", float("nan")), ("2026-09", 100.0))
        for state, customers in (("active", 700.0 - risk), ("at risk", risk), ("lost", 300.0))
    ]
    assert since.states is not None
    states = replace(since.states, history=pd.DataFrame(rows, columns=["month", "state", "customers", "share"]))
    since = replace(since, states=states)
    found, past = estimates(cards, now, since), history(since)
    assert found["segments.number"].value == 2
    assert found["segments.share.1"].value + found["segments.share.2"].value == pytest.approx(1)
    assert list(past) == ["segments.at_risk"]
    assert past["segments.at_risk"]["month"].tolist() == ["2026-07", "2026-09"]
    last = past["segments.at_risk"].iloc[-1]
    assert last["low"] < last["value"] < last["high"]
    assert last["value"] == pytest.approx(100 / 700)
    assert found["segments.at_risk"].value == last["value"]
    nobody = replace(since, states=replace(states, history=states.history.replace({"customers": {80.0: 0, 100.0: 0}})))
    assert history(nobody) == {}
    shown = key_figures(found, past, cards)
    assert shown[0]["title"] == "Customers at risk"
    assert len(shown) <= 4


@pytest.mark.parametrize(
    ("choice", "status", "said"),
    [
        (weighed(), "green", "Each segment is found again"),
        (weighed(weakest=0.65), "amber", "found again in part only"),
        (weighed(silhouette=0.1), "amber", "shade into each other"),
        (weighed(stability=0.5), "red", "chance as much as fact"),
        (weighed(weakest=0.4), "red", "do not act on it"),
        (None, "amber", "was not weighed"),
    ],
)
def test_the_verdict_is_that_of_the_weakest_point(
    kept: KeptModel, now: Assignment, since: SinceLastMonth, choice: Choice | None, status: str, said: str
) -> None:
    sure = replace(now, table=now.table.mutate(certainty=0.99))
    verdict = judge(replace(kept, choice=choice), sure, since, refit_months=3)
    assert verdict.status == status
    assert any(said in check.meaning for check in verdict.checks)


def test_the_verdict_knows_doubtful_customers_old_models_and_segments_that_came_or_went(
    kept: KeptModel, now: Assignment, since: SinceLastMonth
) -> None:
    unsure = replace(now, table=now.table.mutate(certainty=0.5), as_of=date(2027, 1, 31))
    rows = [(1, "Shoppers", 0.9, "kept"), (2, "Subscribers", 0.0, "new"), (3, "Guests", 0.0, "vanished")]
    matches = pd.DataFrame(rows, columns=["segment", "name", "overlap", "what"])
    checks = {
        check.name: check for check in judge(replace(kept, matches=matches), unsure, since, refit_months=3).checks
    }
    assert checks["Doubtful membership"].status == "red"
    assert checks["Age of the model"].status == "amber"
    assert checks["Same segments as the quarter before"].status == "amber"
    assert "“Guests” vanished" in checks["Same segments as the quarter before"].meaning


def test_the_tables_hold_what_is_told(today: Snapshot, kept: KeptModel, now: Assignment, since: SinceLastMonth) -> None:
    assert choice_table(weighed(), 2)["segments"].tolist() == ["2, used", "3"]
    apart = distinguishing_table(profile(today, now, attributes=()))
    assert apart["segment"].str[0].isin(["1", "2"]).all()
    assert apart["segment"].str.contains("Shoppers").sum() == 1
    assert since.moves is not None
    moves = moves_table(since.moves)
    assert (moves["customers"] >= 10).all()
    assert hidden_moves(since.moves).startswith(str(int(since.moves.moves["suppressed"].sum())))
    assert hidden_moves(replace(since.moves, moves=since.moves.moves.assign(suppressed=False))) == ""
    assert since.states is not None
    assert lifecycle_table(since.states)["state"].tolist() == ["new", "active", "at risk", "won back", "lost"]
    rule = rule_to_tell(customer_features(today), now)
    assert rule.found is not None
    assert len(rule_table(rule.found)) == len(rule.found.leaves)
    assert "held out" in rule.told
    few = rule_to_tell(customer_features(today), replace(now, min_cell=1_000))
    assert few.found is None
    assert few.told.startswith("Too few customers")


def test_every_customer_has_a_segment_under_a_pseudonym(today: Snapshot, now: Assignment) -> None:
    frame = scores(today, now).to_pandas()
    assert len(frame) == now.customers
    assert frame["customer"].str.fullmatch("[0-9a-f]{32}").all()
    counted = frame.groupby("label").size()
    assert counted.to_dict() == now.sizes.set_index("name")["customers"].to_dict()


def test_what_was_counted_says_what_is_not_told(
    today: Snapshot, kept: KeptModel, cards: Personas, since: SinceLastMonth
) -> None:
    said = about(customer_features(today), kept, cards, since, "real companies")
    assert said[0].startswith(f"{numbers.count(customer_features(today).customers)} customers are here")
    assert any("no customer’s expected value" in line for line in said)
    assert any("do not say who left" in line for line in said)
    assert not any("drawn to each other" in line or "Loyalty" in line or "theme" in line for line in said)
    heard = Estimate(20.0, 10.0, 30.0, "points", 50)
    spoken = replace(cards.cards[0], nps=heard, themes=pd.DataFrame({"theme": ["late"]}))
    said = about(customer_features(today), kept, Personas((spoken,), ()), since, "real companies")
    assert any("drawn to each other" in line for line in said)
    assert any("one such call in twenty" in line for line in said)
    assert not any("Loyalty" in line for line in said)
    assert said[-1] == "<b>Not good for:</b> real companies"
