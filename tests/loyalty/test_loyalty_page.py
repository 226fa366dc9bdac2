"""The page of loyalty: what it finds in a company whose truth is known, and what it says where it cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from loyal_company import CUSTOMERS, PATHS, SILENT, company
from mobi_data import mobi

from cxmodels.errors import NothingToTell
from cxmodels.estimate import Estimate
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.effects.told import told_paths
from cxmodels.loyalty.errors import InvalidValue, NoModel, TooFewRespondents, WrongSetting
from cxmodels.loyalty.page.checks import judge
from cxmodels.loyalty.page.classed import (
    attitude_of,
    behaviour_of,
    classed_customers,
)
from cxmodels.loyalty.page.earlier import Earlier, earlier
from cxmodels.loyalty.page.engines import Engines, fit_engines
from cxmodels.loyalty.page.estimates import estimates, history, key_figures
from cxmodels.loyalty.page.findings import about, after, lead, sentences, title
from cxmodels.loyalty.page.known_classes import known_classes
from cxmodels.loyalty.page.measures import Measures, measures
from cxmodels.loyalty.page.study_model import study_model
from cxmodels.loyalty.page.tables import (
    class_table,
    engine_table,
    fit_table,
    htmt_table,
    invariance_table,
    measurement_table,
    modification_table,
    moved_table,
    reliability_table,
    segment_table,
)
from cxmodels.loyalty.page.told_customers import later_behaviour, parted
from cxmodels.loyalty.syntax.path_model import PathModel
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study
from cxmodels.verdict import Verdict

COMPOSITES = "price <~ PERV1 + PERV2\nloyalty <~ CUSL1 + CUSL3\nloyalty ~ price"


@dataclass(frozen=True, eq=False)
class Known:
    study: Study
    snapshot: Snapshot
    answers: Answers
    engines: Engines
    told: pd.DataFrame
    measures: Measures
    verdict: Verdict


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    study = company(tmp_path_factory.mktemp("company"))
    snapshot = study.snapshot("2026-09")
    model = study_model(snapshot)
    answers = survey_answers(snapshot, model.items)
    engines = Engines(
        model.fit(answers, engine="ml", robust=True, missing="fiml"),  # type: ignore[arg-type]
        None,
        model.fit(answers, engine="pls", bootstraps=100),  # type: ignore[arg-type]
        model.fit(answers, engine="pls", bootstraps=100, consistent=True),  # type: ignore[arg-type]
        "ml",
        {},
    )
    told = told_paths(engines.used, answers)
    found = measures(snapshot, engines, answers)
    return Known(study, snapshot, answers, engines, told, found, judge(engines, told, found))


def leaving(known: Known) -> object:
    """Return a chance of leaving for every customer, lower for those whom the region North has."""
    import ibis

    people = known.snapshot.customers.select("customer_id", "region").to_pandas()
    chance = np.where(people["region"] == "North", 0.1, 0.3)
    table = pd.DataFrame({"customer": people["customer_id"], "churn_12m": chance})
    return ibis.memtable(table.assign(churn_12m_low=chance - 0.05, churn_12m_high=chance + 0.05))


def test_the_finding_is_the_strongest_total_effect_and_its_interval_holds_the_truth(known: Known) -> None:
    found = estimates(known.engines, known.answers, known.told, indices=known.measures.indices)
    total = found["loyalty.total_effect.satisfaction"]
    assert total.low < PATHS["satisfaction", "loyalty"] + 0.6 * 0.2 < total.high
    said = title(found, known.engines, known.verdict)
    assert said.startswith("What goes with loyalty most is satisfaction: a total effect of 0.")
    assert f"{total.value:.2f} ({total.low:.2f} to {total.high:.2f})" in said
    assert known.verdict.status != "red"
    told = lead(found, known.engines, known.told, known.verdict)
    assert f"<b>{CUSTOMERS - SILENT}</b> respondents tell 3 of 3 paths" in told
    assert "goes with" in told


def test_every_path_and_index_leaves_a_figure_with_an_interval_that_holds_it(known: Known) -> None:
    found = estimates(known.engines, known.answers, known.told, indices=known.measures.indices)
    assert {
        "loyalty.respondents", "loyalty.score.loyalty", "loyalty.score.satisfaction", "loyalty.total_effect.trust",
        "loyalty.path.trust.loyalty", "loyalty.r2.loyalty", "loyalty.information_condition", "loyalty.cfi",
        "loyalty.rmsea", "loyalty.srmr",
    } <= set(found)  # fmt: skip
    assert found["loyalty.respondents"].value == CUSTOMERS - SILENT
    assert found["loyalty.score.loyalty"].value == pytest.approx(100 * 5.5 / 9, abs=2.5)
    assert found["loyalty.r2.loyalty"].value == pytest.approx(0.41, abs=0.1)
    assert all(np.isfinite([each.value, each.low, each.high]).all() for each in found.values())


def test_cards_show_no_effect_where_the_verdict_is_red(known: Known) -> None:
    found = estimates(known.engines, known.answers, known.told)
    shown = [card["title"] for card in key_figures(known.engines, found, {}, known.verdict)]
    assert shown == ["Loyalty, 0 to 100", "Total effect of satisfaction", "Respondents"]
    checks = tuple(replace(check, status="red") for check in known.verdict.checks)
    red = replace(known.verdict, checks=checks)
    assert [card["title"] for card in key_figures(known.engines, found, {}, red)] == [shown[0], shown[2]]
    assert "cannot be told" in title(found, known.engines, red)
    assert lead(found, known.engines, known.told, red).startswith(f"{len(checks)} of {len(checks)} checks fail")


def test_scores_of_a_year_ago_are_those_of_the_answers_known_then(known: Known) -> None:
    past = earlier(known.study, known.engines, known.snapshot.as_of)
    assert past.table["month"].unique().tolist() == ["2025-09", "2026-03"]
    found = estimates(known.engines, known.answers, known.told)
    months = history(past, found, "2026-09")
    assert months["loyalty.score.loyalty"]["month"].tolist() == ["2025-09", "2026-03", "2026-09"]
    # nobody answered between
    first, second, now = months["loyalty.score.loyalty"]["value"]
    assert first == pytest.approx(second)
    assert first != pytest.approx(now)
    moved = moved_table(past, found)
    assert moved["change"].str.endswith(", noise").all()
    assert moved["what"].str.endswith("score").any()
    for row in moved.itertuples(index=False):
        digits = 1 if row.what.endswith("score") else 2
        change = float(row.change.removesuffix(", noise").replace("−", "-"))
        # the reader's own sum of the figures shown
        assert change == pytest.approx(round(row.now.value, digits) - float(row[1].replace("−", "-")), abs=1e-9)
    assert moved_table(past, found, believed=False)["what"].str.endswith("score").all()


def test_a_study_without_earlier_answers_says_that_it_has_none(known: Known) -> None:
    past = earlier(known.study, known.engines, known.snapshot.as_of, months=(120,))
    assert "no earlier month" in past.reason
    assert not len(moved_table(past, {}))
    assert history(Earlier(past.table), {}, "2026-09") == {}


def test_customers_are_classed_by_attitude_and_by_their_chance_to_stay(known: Known) -> None:
    parts = (known.snapshot, known.answers, known.engines)
    chance = behaviour_of(known.snapshot, known.engines.used.model, leaving=leaving(known))  # type: ignore[arg-type]
    classed = classed_customers(*parts, chance, attitude="loyalty")
    assert classed.found is not None
    assert classed.found.customers is not None
    classes = classed.found.classes
    assert classes.customers == CUSTOMERS - SILENT
    assert classes.shares["share"].sum() == pytest.approx(1)
    # the chance to stay is 1 less that to leave, and its lower limit comes from the upper one of that
    people = classed.found.customers.people.to_pandas()
    assert sorted(people["behaviour"].round(6).unique()) == [0.7, 0.9]
    assert (people["behaviour"] - people["low"]).to_numpy() == pytest.approx(0.05)
    assert (people["high"] - people["behaviour"]).to_numpy() == pytest.approx(0.05)
    assert class_table(classes, "EUR")["class"].tolist()[0] == "True loyalty"
    found = estimates(known.engines, known.answers, known.told, classes=classes)
    assert found["loyalty.class.true"].value == pytest.approx(classes.shares["share"].iloc[0])
    said = " ".join(about(known.engines, known.answers, classed.found, "anything"))
    assert f"{CUSTOMERS - SILENT} customers" in said
    assert said.endswith("<b>Not good for:</b> anything")
    # the chances were given at random
    parts_of_lead = (known.engines, known.told, known.verdict)
    assert "in the upper half" not in lead(found, *parts_of_lead, classed.found)
    assert "True loyalty" not in {card["title"] for card in key_figures(known.engines, found, {}, known.verdict)}
    together = replace(classes, association=Estimate(0.3, 0.2, 0.4, "r", classes.customers))
    assert "in the upper half by attitude and by their chance to stay; by chance alone it would be " in lead(
        found, *parts_of_lead, replace(classed.found, classes=together)
    )
    told = estimates(known.engines, known.answers, known.told, classes=together)
    assert "True loyalty" in {card["title"] for card in key_figures(known.engines, told, {}, known.verdict)}
    few = behaviour_of(known.snapshot, known.engines.used.model, leaving=leaving(known).limit(3))  # type: ignore[attr-defined]
    reason = classed_customers(*parts, few, attitude="loyalty").reason
    assert reason == "30 customers with attitude and behaviour are needed."
    assert attitude_of(known.engines.used.model) == "loyalty"
    assert attitude_of(known.engines.used.model, "trust") == "trust"
    with pytest.raises(InvalidValue, match="attitude must be one of satisfaction, trust, loyalty"):
        attitude_of(known.engines.used.model, "love")


def test_other_pages_get_the_same_classes_without_the_other_engines(known: Known) -> None:
    found = known_classes(known.snapshot, leaving=leaving(known)).found  # type: ignore[arg-type]
    behaviour = behaviour_of(known.snapshot, known.engines.used.model, leaving=leaving(known))  # type: ignore[arg-type]
    own = classed_customers(known.snapshot, known.answers, known.engines, behaviour, attitude="loyalty").found
    assert found is not None
    assert own is not None
    assert own.customers is not None
    tables = [
        table.to_pandas().sort_values("customer", ignore_index=True) for table in (found.table, own.customers.table)
    ]
    pd.testing.assert_frame_equal(*tables, atol=1e-6)


def test_who_states_more_loyalty_stays_longer_and_the_raw_score_says_less(known: Known) -> None:
    told = later_behaviour(known.snapshot, known.engines, attitude="loyalty")
    assert told.found is not None
    assert told.found.ratio.high < 1
    assert told.found.ratio.value < told.found.raw_ratio.value < 1
    said = after(told.found, "loyalty")
    assert f"{told.found.ratio.value:.2f} times" in said[0]
    assert "towards 1" in said[1]
    unsure = replace(told.found, ratio=replace(told.found.ratio, high=1.4))
    assert "cannot be told" in after(unsure, "loyalty")[0]


def test_segments_have_paths_of_their_own_though_the_model_names_its_paths(known: Known) -> None:
    told = parted(known.engines, known.answers)
    assert told.found is not None
    paths = told.found.segments.paths.pivot(index=["source", "target"], columns="level", values="coef")
    assert (paths["North"] - paths["South"]).abs().min() > 1e-4
    assert told.found.ladder.paths_comparable
    assert invariance_table(told.found.ladder)["held equal"].tolist()[:2] == ["configural", "metric"]
    assert len(segment_table(told.found.segments)) == (told.found.segments.differences["verdict"] == "differs").sum()
    assert "loyalty.groups" in parted(known.engines, replace(known.answers, by=())).reason


def test_tables_tell_every_path_item_and_construct(known: Known) -> None:
    assert known.measures.reliability is not None
    assert known.measures.htmt is not None
    assert known.measures.indices is not None
    assert known.measures.modifications is not None
    table = engine_table(known.engines)
    assert table["path"].tolist() == ["Satisfaction → trust", "Trust → loyalty", "Satisfaction → loyalty"]
    assert list(table.columns)[1:] == [
        "Maximum likelihood",
        "Partial least squares",
        "Consistent partial least squares",
    ]
    assert len(measurement_table(known.measures.reliability)) == 9
    assert reliability_table(known.measures.reliability)["construct"].tolist() == ["Satisfaction", "Trust", "Loyalty"]
    assert len(htmt_table(known.measures.htmt)) == 3
    assert fit_table(known.measures.indices)["measure"].tolist()[:2] == ["χ²", "CFI"]
    # a model that is true leaves nothing out
    assert not len(modification_table(known.measures.modifications))
    assert sentences(known.told)[0] == known.told.loc[known.told["std"].idxmax(), "sentence"]


def test_a_study_without_contracts_or_a_model_says_so(tmp_path: Path) -> None:
    study = company(tmp_path, contracts=False, sections="[privacy]\nmin_cell = 5\n")
    snapshot = study.snapshot("2026-09")
    with pytest.raises(NoModel, match="names no path model") as refused:
        study_model(snapshot)
    assert isinstance(refused.value, NothingToTell)
    with pytest.raises(WrongSetting, match=r"no file 'other\.lav'"):
        study_model(snapshot, "other.lav")
    (study.folder / "typo.lav").write_text("trust =~ trust_1 + trust_2\nloyalty =~ loyalty_1\nloyalty ~ trsut")
    with pytest.raises(WrongSetting, match=r"typo\.lav: 'trsut' is neither a construct .* did you mean 'trust'\?"):
        study_model(snapshot, "typo.lav")
    (study.folder / "unread.lav").write_text("trust =~ trust_1 +")
    with pytest.raises(WrongSetting, match=r"unread\.lav: line 1, column "):
        study_model(snapshot, "unread.lav")
    assert "names no path model" in known_classes(snapshot).reason
    model = study_model(snapshot, "loyalty.lav")
    answers = survey_answers(snapshot, model.items)
    engines = Engines(model.fit(answers, engine="ml"), None, None, None, "ml", {})  # type: ignore[arg-type]
    assert "neither contracts nor orders" in later_behaviour(snapshot, engines, attitude="loyalty").reason
    nothing = behaviour_of(snapshot, model)
    reason = classed_customers(snapshot, answers, engines, nothing, attitude="loyalty").reason
    assert reason == nothing.reason
    assert reason.startswith("Neither contracts nor orders tell what customers do")


def test_composites_are_told_by_partial_least_squares_and_the_page_says_what_stands_in() -> None:
    frame = mobi()
    model = PathModel(COMPOSITES)
    answers = answers_of(frame[list(model.items)], scales=dict.fromkeys(model.items, (1, 10)))
    engines = fit_engines(model, answers, engine="ml", bootstraps=100)
    assert list(engines.all) == ["pls"]
    assert set(engines.why_not) == {"ml", "bayes"}
    told = told_paths(engines.used, answers)
    checks = {check.name: check for check in judge(engines, told, Measures()).checks}
    assert checks["Engine"].status == "red"
    assert checks["Engine"].found == "Partial least squares"
    assert checks["Identification"].status == "amber"
    by_itself = fit_engines(model, answers, bootstraps=0)
    assert by_itself.asked == "pls"
    assert {check.name: check.status for check in judge(by_itself, told, Measures()).checks}["Engine"] == "amber"
    with pytest.raises(InvalidValue, match="engine must be one of"):
        fit_engines(model, answers, engine="lisrel")  # type: ignore[arg-type]


def test_fewer_respondents_than_items_withdraw_the_page() -> None:
    frame = mobi()
    model = PathModel(COMPOSITES)
    answers = answers_of(frame[list(model.items)].head(4))
    with pytest.raises(TooFewRespondents) as refused:
        fit_engines(model, answers, bootstraps=0)
    assert isinstance(refused.value, NothingToTell)
    some = replace(answers_of(frame[list(model.items)].head(30)), min_cell=31)
    with pytest.raises(TooFewRespondents, match=r"at least 31 respondents are required.*found fewer"):
        fit_engines(model, some)


@pytest.mark.slow
def test_all_engines_agree_where_the_model_is_true(known: Known) -> None:
    engines = fit_engines(known.engines.used.model, known.answers, engine="bayes", bootstraps=100)
    assert list(engines.all) == ["ml", "bayes", "pls", "consistent"]
    assert engines.used is engines.bayes
    assert engines.ml is not None
    assert engines.ml.missing == "fiml"
    told = told_paths(engines.used, known.answers)
    checks = {check.name: check for check in judge(engines, told, known.measures).checks}
    assert checks["Engines agree"].status == "green"
    assert checks["Draws of the posterior"].status == "green"
