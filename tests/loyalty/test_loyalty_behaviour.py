"""Where behaviour comes from: contracts, else orders, else what respondents say; and who moved since."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from loyal_company import CUSTOMERS, SILENT, company
from test_loyalty_movement import CUTS, pairs

from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.customers.known_behaviour import chance_to_stay, coming_purchases
from cxmodels.loyalty.customers.movement import movement_of
from cxmodels.loyalty.customers.stated_classes import stated_classes
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, WrongSetting
from cxmodels.loyalty.page.classed import (
    attitude_of,
    behaviour_of,
    classed_customers,
    moved_customers,
    movement_in_words,
    movement_table,
    survey_before,
)
from cxmodels.loyalty.page.engines import Engines
from cxmodels.loyalty.page.estimates import estimates
from cxmodels.loyalty.page.findings import about, after
from cxmodels.loyalty.page.moderated_path import moderated_path
from cxmodels.loyalty.page.study_model import check_settings, study_model
from cxmodels.loyalty.page.told_customers import later_behaviour
from cxmodels.loyalty.syntax.path_model import PathModel
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study

SETTINGS = """[loyalty]
model = "loyalty.lav"
weights = ["region"]
behaviour = "trust"
moderation = { source = "satisfaction", moderator = "trust", target = "loyalty" }
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the company, whose customers order the more often the more loyal they are, and have no contracts."""
    folder = tmp_path_factory.mktemp("ordering")
    rows = np.random.default_rng(5).integers(0, 90, (CUSTOMERS, 3))
    days = pd.to_datetime("2026-07-01") + pd.to_timedelta(rows.ravel(), unit="D")
    orders = pd.DataFrame(
        {
            "order_id": [f"o{number}" for number in range(rows.size)],
            "customer_id": np.repeat([f"c{number:04d}" for number in range(CUSTOMERS)], 3),
            "ordered_at": days,
            "amount": 20.0,
        }
    )
    orders.to_parquet(folder / "orders.parquet")
    return company(folder, contracts=False, sections=SETTINGS + '[tables.orders]\npath = "orders.parquet"\n')


@pytest.fixture(scope="module")
def snapshot(study: Study) -> Snapshot:
    return study.snapshot("2026-09")


@pytest.fixture(scope="module")
def engines(snapshot: Snapshot) -> Engines:
    model = study_model(snapshot)
    answers = survey_answers(snapshot, model.items)
    return Engines(model.fit(answers, engine="ml", missing="fiml"), None, None, None, "ml", {})  # type: ignore[arg-type]


def scored(snapshot: Snapshot, columns: Callable[[np.ndarray], dict[str, np.ndarray]]) -> ibis.Table:
    """Return a table of scores of all customers, worked out from their place."""
    people = snapshot.pseudonyms.order_by("customer_id").execute()["pseudonym"]
    return ibis.memtable(pd.DataFrame({"customer": people} | columns(np.arange(len(people)))))


def purchases(snapshot: Snapshot) -> ibis.Table:
    return scored(
        snapshot,
        lambda place: {
            "purchases_36m": 1.0 + place % 7,
            "purchases_36m_low": np.maximum(0.0, place % 7 - 1),
            "purchases_36m_high": 4.0 + place % 7,
            "clv": 10.0 + place % 7,
        },
    )


def test_contracts_come_first_then_orders_then_what_respondents_say(snapshot: Snapshot, engines: Engines) -> None:
    model = engines.used.model
    leaving = scored(snapshot, lambda place: {"churn_12m": 0.1 + 0.001 * (place % 300)})
    worth = purchases(snapshot)
    stays = behaviour_of(snapshot, model, leaving=leaving, worth=worth).found
    buys = behaviour_of(snapshot, model, worth=worth).found
    says = behaviour_of(snapshot, model).found
    assert stays is not None
    assert buys is not None
    assert says is not None
    assert [each.noun for each in (stays, buys, says)] == [
        "chance to stay", "purchases of the next 36 months", "stated trust"
    ]  # fmt: skip
    assert (buys.scale, buys.level, buys.column) == ("log", 0.9, "purchases_36m")
    with pytest.raises(InvalidAnswers, match="lacks 'churn_12m'; it has: customer, purchases_36m"):
        chance_to_stay(worth)
    with pytest.raises(InvalidAnswers, match="lacks a column of purchases; it has: customer, churn_12m"):
        coming_purchases(leaving)
    with pytest.raises(WrongSetting, match=r"study\.toml: loyalty\.behaviour must be one of a, b, found 'trust'"):
        behaviour_of(snapshot, PathModel("a =~ q1 + q2\nb =~ q3 + q4\nb ~ a"))


def test_buyers_are_classed_by_what_they_will_buy(snapshot: Snapshot, engines: Engines) -> None:
    answers = survey_answers(snapshot, engines.used.model.items)
    behaviour = behaviour_of(snapshot, engines.used.model, worth=purchases(snapshot))
    told = classed_customers(snapshot, answers, engines, behaviour, attitude="loyalty", value=purchases(snapshot))
    assert told.found is not None
    assert told.found.customers is not None
    assert told.found.classes.customers == CUSTOMERS - SILENT
    assert "their attitude and their purchases of the next 36 months" in " ".join(about(engines, answers, told.found))
    rows = told.found.customers.table.join(told.found.customers.people, "customer").execute()
    assert np.corrcoef(rows["p_true"] + rows["p_spurious"], rows["behaviour"])[0, 1] > 0.9


def test_respondents_are_classed_by_their_own_words_where_nothing_else_is_known(
    snapshot: Snapshot, engines: Engines
) -> None:
    answers = survey_answers(snapshot, engines.used.model.items)
    told = classed_customers(
        snapshot, answers, engines, behaviour_of(snapshot, engines.used.model), attitude="loyalty"
    ).found
    assert told is not None
    assert told.customers is None
    # correlation of the company's trust and loyalty: .2 + .6 × .5
    assert told.classes.association.low < 0.5 < told.classes.association.high
    same = 0.25 + np.arcsin(0.5) / (2 * np.pi)
    assert told.classes.shares["share"].tolist() == pytest.approx([same, 0.5 - same, 0.5 - same, same], abs=0.04)
    said = " ".join(about(engines, answers, told))
    assert f"{CUSTOMERS - SILENT} respondents, by their attitude and their stated trust" in said
    measurement = measurement_of(engines.ml)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="two of satisfaction, trust, loyalty; found 'trust' and 'trust'"):
        stated_classes(answers, measurement, attitude="trust", behaviour="trust")


def test_an_attitude_is_no_behaviour() -> None:
    model = PathModel("a =~ q1 + q2\nb =~ q3 + q4\nc =~ q5 + q6\nb ~ a\nc ~ b")
    assert attitude_of(model) == "c"
    assert attitude_of(model, behaviour="c") == "b"
    assert attitude_of(model, "a", behaviour="c") == "a"


def test_where_there_are_no_contracts_stated_loyalty_is_followed_to_orders(
    snapshot: Snapshot, engines: Engines
) -> None:
    told = later_behaviour(snapshot, engines, attitude="loyalty").found
    assert told is not None
    assert told.outcome == "buying"
    # orders that have nothing to do with loyalty
    assert told.ratio.low < 1 < told.ratio.high
    said = after(told, "loyalty")
    assert "foretells buying cannot be told" in said[0]
    assert f"{told.events:,} purchases".replace(",", "\u202f") in said[0]
    sure = replace(told, ratio=replace(told.ratio, value=1.2, low=1.1, high=1.3))
    assert "goes with a rate of buying <b>1.20 times</b> as high (1.10 to 1.30)" in after(sure, "loyalty")[0]


def test_who_leaves_is_compared_within_what_respondents_are_weighted_by(tmp_path: Path, engines: Engines) -> None:
    told = later_behaviour(company(tmp_path, sections=SETTINGS).snapshot("2026-09"), engines, attitude="loyalty").found
    assert told is not None
    assert told.adjusted == ("region",)
    assert told.ratio.high < 1
    assert "Only customers of the same region are compared in both." in after(told, "loyalty")


def test_a_moderation_that_the_settings_ask_for_is_told_and_a_wrong_one_named(
    snapshot: Snapshot, engines: Engines, tmp_path: Path
) -> None:
    found = moderated_path(snapshot).found
    assert found is not None
    # the company's paths do not depend on one another
    assert abs(found.interaction["coef"]) < 3 * found.interaction["se"]
    answers = survey_answers(snapshot, engines.used.model.items)
    told = pd.DataFrame(columns=["source", "target", "std", "low", "high"])
    recorded = estimates(engines, answers, told, moderation=found)["loyalty.moderation.satisfaction.trust.loyalty"]
    assert (recorded.value, recorded.low) == (found.interaction["coef"], found.interaction["low"])
    wrong = SETTINGS.replace('source = "s', 'source = "diss')
    small = company(tmp_path, contracts=False, customers=240, sections=wrong)
    said = "the model needs the path 'loyalty ~ dissatisfaction'; its constructs are sat"
    with pytest.raises(WrongSetting, match=said):
        moderated_path(small.snapshot("2026-09"))
    with pytest.raises(WrongSetting, match=said):
        check_settings(small.snapshot("2026-09"))


def test_a_study_that_asks_for_no_moderation_gets_none_and_no_reason(tmp_path: Path) -> None:
    told = moderated_path(company(tmp_path, contracts=False, customers=240).snapshot("2026-09"))
    assert (told.found, told.reason) == (None, "")


def test_customers_who_answered_before_are_found_and_where_they_went(
    study: Study, snapshot: Snapshot, engines: Engines
) -> None:
    model = engines.used.model
    answers = survey_answers(snapshot, model.items)
    before = survey_before(study, snapshot, answers)
    assert before is not None
    assert before.as_of == date(2025, 9, 30)
    assert survey_before(study, before, answers) is None
    then, now = (
        classed_customers(
            day,
            survey_answers(day, model.items, by=()),
            engines,
            behaviour_of(day, model, worth=purchases(day)),
            attitude="loyalty",
        )
        for day in (before, snapshot)
    )
    moved = moved_customers(then, now).found
    assert moved is not None
    assert moved.customers == CUSTOMERS - SILENT
    # the same attitudes and the same scores of purchases
    assert moved.stayed.value > 0.7
    assert "That a class grew or shrank is not told from noise." in movement_in_words(moved, before.as_of)
    table = movement_table(moved, "2025-09", "2026-09")
    assert list(table.columns) == ["class", "2025-09", "2026-09", "change in points", "still there"]
    assert len(table) == 4
    told = pd.DataFrame(columns=["source", "target", "std", "low", "high"])
    assert estimates(engines, answers, told, movement=moved)["loyalty.stayed_in_class"] == moved.stayed
    stated = classed_customers(snapshot, answers, engines, behaviour_of(snapshot, model), attitude="loyalty")
    assert moved_customers(stated, now).found is None


def test_a_real_rise_is_told_in_points_and_few_are_not_told() -> None:
    frame, _ = pairs(1_000, 2, kept=0.8, lift=0.4)
    moved = movement_of(frame, kind="measured", draws=60, min_cell=10, **CUTS)
    said = movement_in_words(moved, date(2025, 9, 30))
    assert "Of the 1\u202f000 customers who had answered by 30 September 2025 and answered anew since" in said
    assert "More than noise: true loyalty grew by" in said
    row = movement_table(moved, "then", "now").set_index("class").loc["True loyalty"]
    assert row["change in points"].startswith("+")
    assert row["change in points"].endswith("real")
    assert not len(movement_table(replace(moved, min_cell=900), "then", "now"))
