"""What the page of feedback tells of a month: its scores, where they fell, and what it leaves for results."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from heard_shop import heard as opened
from heard_shop import shop
from year_of_answers import score_of, year

from cxmodels.errors import NothingToTell
from cxmodels.feedback.counts.scores import score_counts
from cxmodels.feedback.errors import NoScores
from cxmodels.feedback.estimates.scores import nps
from cxmodels.feedback.page.attributes import attributes_of, groups_of, orders_at
from cxmodels.feedback.page.estimates import estimates, history, key_figures
from cxmodels.feedback.page.findings import lead, title
from cxmodels.feedback.page.heard import Heard, heard
from cxmodels.feedback.page.where import Where, where
from cxmodels.feedback.weights.response_weights import ResponseWeights
from cxmodels.feedback.weights.sensitivity import with_doubt_of_weights
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

SEPTEMBER, YEAR_BEGINS = date(2026, 9, 1), date(2025, 10, 1)


@pytest.fixture(scope="module")
def bought(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Return a shop with answers of both kinds and three questions of the experience index."""
    return opened(tmp_path_factory.mktemp("shop"), **shop(600))


@pytest.fixture(scope="module")
def told(bought: Snapshot) -> Heard:
    """Return its scores, unweighted."""
    return heard(bought)


@pytest.fixture(scope="module")
def fell(tmp_path_factory: pytest.TempPathFactory) -> tuple[Heard, Where]:
    """Return a year in which the South gave noughts in its last month."""
    snapshot = year(tmp_path_factory.mktemp("fell"), planted={("South", 11): (0, 0, 0, 10)})
    found = heard(snapshot)
    return found, where(snapshot, found)


def recommending(responses: int) -> dict[str, pd.DataFrame]:
    """Return a shop that asks for a recommendation alone."""
    tables = shop(responses)
    tables["items"] = tables["items"].head(1)
    tables["answers"] = tables["answers"][tables["answers"]["item"] == "recommend"]
    return tables


def weights_of(snapshot: Snapshot, tilt: float, share: float = 1.0) -> ResponseWeights:
    """Return weights that lean to the unhappy by `tilt`, with half and twice as much at the ends of their doubt."""
    responses = snapshot.table("responses").select("response_id")
    answers = snapshot.table("answers").filter(ibis._.item == "recommend").to_pandas()
    answers = answers.sort_values("response_id").head(round(share * len(answers)))

    def leaning(by: float) -> ibis.Table:
        weight = np.exp(by * (answers["score"] <= 6))
        given = ibis.memtable(pd.DataFrame({"id": answers["response_id"], "weight": weight / weight.mean()}))
        return responses.inner_join(given, responses.response_id == given.id).select("response_id", "weight")

    return ResponseWeights(
        table=leaning(tilt), weaker=leaning(tilt / 2), stronger=leaning(2 * tilt), basis="felt", measure={},
        slope=0.3, slope_se=0.05, invited=1000, answered=600, design_effect=1.2, trimmed=0.0, rates=pd.DataFrame(),
    )  # fmt: skip


def test_relational_and_transactional_answers_are_never_one_score(bought: Snapshot, told: Heard) -> None:
    kinds = {(score.metric, score.kind, score.place) for score in told.scores}
    assert ("nps", "relational", "") in kinds
    assert ("nps", "transactional", "") in kinds
    for kind in ("relational", "transactional"):
        counts = score_counts(bought, "nps", kind=kind, since=SEPTEMBER)
        assert told.score("nps", kind).month == nps(counts)  # type: ignore[union-attr]
    assert told.first.kind == "relational"


def test_a_score_has_its_month_its_year_and_a_history_that_ends_with_the_month(bought: Snapshot, told: Heard) -> None:
    score = told.first
    assert score.year == nps(score_counts(bought, "nps", kind="relational", since=YEAR_BEGINS))
    assert list(score.history["month"]) == ["2026-07", "2026-08", "2026-09"]
    assert score.history["value"].iloc[-1] == score.month.value  # type: ignore[union-attr]
    before = nps(score_counts(bought, "nps", kind="relational", since=date(2026, 8, 1), until=date(2026, 8, 31)))
    assert score.before is not None
    assert score.before[0] == "2026-08"
    assert score.before[1].value == pytest.approx(before.value)
    assert score.change == score.month.change_from(score.before[1])  # type: ignore[union-attr]


def test_other_metrics_are_told_of_the_kind_that_answered_more(told: Heard) -> None:
    others = [score for score in told.scores if score.metric == "cxi"]
    assert len(others) == 1
    assert told.asked[others[0].kind] == ("nps", "cxi")


def test_a_touchpoint_of_few_customers_hides_another_so_that_it_cannot_be_worked_out(tmp_path: Path) -> None:
    tables = recommending(600)
    responses = tables["responses"]
    three = np.where(responses["touchpoint"] == "door", np.where(np.arange(600) % 2, "door", "gate"), "desk")
    three[np.flatnonzero(responses["touchpoint"] == "door")[:5]] = "attic"
    tables["responses"] = responses.assign(touchpoint=np.where(responses["kind"] == "transactional", three, None))
    places = {score.place for score in heard(opened(tmp_path, **tables)).scores if score.place}
    assert "attic" not in places
    assert len(places) == 2


def test_weighted_scores_hold_the_doubt_of_the_weights(bought: Snapshot) -> None:
    weights = weights_of(bought, 0.4)
    score = heard(bought, weights).first
    counts = [
        nps(score_counts(bought, "nps", kind="relational", since=YEAR_BEGINS, weights=table))
        for table in (weights.table, weights.weaker, weights.stronger)
    ]
    expected = with_doubt_of_weights(*counts)
    assert score.weighted
    assert (score.year.value, score.year.low, score.year.high) == pytest.approx(
        (expected.value, expected.low, expected.high), abs=0.05
    )
    assert score.raw == nps(score_counts(bought, "nps", kind="relational", since=YEAR_BEGINS))
    assert score.month.high - score.month.low > 2 * score.change.visible / 3  # type: ignore[union-attr]


def test_a_score_is_not_weighted_where_most_answers_have_no_weight(bought: Snapshot) -> None:
    score = heard(bought, weights_of(bought, 0.4, share=0.5)).first
    assert not score.weighted
    assert score.weighable == pytest.approx(0.5, abs=0.1)
    assert score.year == score.raw


def test_a_study_that_asks_for_no_metric_has_nothing_to_tell(tmp_path: Path) -> None:
    tables = shop(60)
    tables["items"] = tables["items"].assign(metric="mood")
    with pytest.raises(NoScores, match=r"items\.metric") as raised:
        heard(opened(tmp_path, **tables))
    assert isinstance(raised.value, NothingToTell)


def test_a_month_of_few_answers_is_told_by_its_year_and_says_so(tmp_path: Path) -> None:
    tables = recommending(300)
    tables["responses"] = tables["responses"][tables["responses"]["answered_at"] < "2026-09-01"]
    found = heard(opened(tmp_path, **tables))
    assert found.first.month is None
    assert found.first.change is None
    assert "over twelve months" in title(found)
    assert "fewer than 10 customers answered this month" in lead(found)
    assert key_figures(found)[0]["title"] == "Relational NPS, 12 months"
    assert history(found) == {}
    assert "feedback.nps.relational" not in estimates(found)


def test_the_group_that_fell_is_found_and_named(fell: tuple[Heard, Where]) -> None:
    found, groups = fell
    row = groups.moves.iloc[0]
    assert (row["by"], row["group"]) == ("region", "South")
    assert row["fell"] > 0.99
    # this month against the year that it is a twelfth of
    planted = (score_of((0, 0, 0, 10)) - score_of((10, 9, 8, 5))) * 11 / 12
    assert row["low"] < planted < row["high"]
    assert title(found, groups).endswith("; it fell for region South")
    assert "of region South lies <b>" in lead(found, groups)


def test_a_fall_of_everybody_is_real_in_the_title(tmp_path: Path) -> None:
    snapshot = year(tmp_path, planted={("", 11): (0, 0, 10, 8)})
    found = heard(snapshot)
    assert found.first.change is not None
    assert found.first.change.real
    assert ", a real fall since August" in title(found)


def test_steady_answers_name_no_group_and_no_move(tmp_path: Path) -> None:
    snapshot = year(tmp_path)
    found = heard(snapshot)
    groups = where(snapshot, found)
    assert groups.moves["fell"].max() < 0.975
    assert title(found, groups) == "Relational NPS 25.0 (25.0 over twelve months), no real move since August"


def test_an_attribute_that_parts_answers_as_another_does_is_told_once(tmp_path: Path) -> None:
    tables = recommending(600)
    tables["responses"] = tables["responses"].assign(service=tables["responses"]["touchpoint"] + " team")
    snapshot = opened(tmp_path, **tables)
    assert groups_of(snapshot, "transactional") == ("touchpoint", "service", "region")
    told_by = [one.by for one in where(snapshot, heard(snapshot)).told("transactional")]
    assert set(told_by) == {"touchpoint", "region"}


def test_attributes_are_those_of_the_settings_or_all_of_few_levels(bought: Snapshot, tmp_path: Path) -> None:
    assert attributes_of(bought) == ("region",)
    tables = shop(60)
    tables["customers"] = tables["customers"].assign(nick=tables["customers"]["customer_id"], one="same")
    opened(tmp_path, **tables)
    file = tmp_path / "study.toml"
    assert attributes_of(open_study(tmp_path).snapshot(date(2026, 9, 30))) == ("region",)
    file.write_text(file.read_text() + '[feedback]\ngroups = ["nick"]\n', encoding="utf-8")
    assert attributes_of(open_study(tmp_path).snapshot(date(2026, 9, 30))) == ("nick",)


def test_orders_are_met_at_the_delivery_only_where_a_survey_asks_about_it(bought: Snapshot, tmp_path: Path) -> None:
    assert orders_at(bought) == "order"
    asking = year(tmp_path, each_month=2, places=("Delivery", "desk"), column="touchpoint")
    assert orders_at(asking) == "delivery"
    (tmp_path / "french").mkdir()
    assert orders_at(year(tmp_path / "french", each_month=2, places=("Achat", "desk"), column="touchpoint")) == "achat"
    file = tmp_path / "study.toml"
    file.write_text(file.read_text() + '[feedback]\norder_touchpoint = "desk"\n', encoding="utf-8")
    assert orders_at(open_study(tmp_path).snapshot(date(2026, 9, 30))) == "desk"


def test_cards_tell_touchpoints_in_place_of_their_sum_and_say_no_unit_twice(told: Heard) -> None:
    cards = key_figures(told)
    titles = [card["title"] for card in cards]
    assert titles == ["Relational NPS", "NPS, desk", "NPS, door", f"{told.scores[-1].kind.capitalize()} CXi"]
    assert {card["estimate"].unit for card in cards} == {"score"}  # type: ignore[union-attr]


def test_every_figure_that_is_recorded_says_its_kind(fell: tuple[Heard, Where]) -> None:
    found, groups = fell
    names = estimates(found, groups)
    assert names["feedback.nps.relational"] == found.first.month
    assert names["feedback.nps.relational.12m"] == found.first.year
    assert set(history(found)) <= set(names)
    pooled = names["feedback.nps.relational.12m.region.South"]
    assert pooled.low < pooled.value < pooled.high
    assert all(".relational" in name for name in names)


def test_without_a_group_below_the_others_the_lead_has_two_sentences(told: Heard) -> None:
    alone = replace(told, scores=told.scores[:1])
    assert lead(alone).count("</b>") == 2
    assert "In August 2026 it was" in lead(alone)
