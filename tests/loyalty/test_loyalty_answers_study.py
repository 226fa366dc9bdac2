"""Answers counted in the engine: the same as pandas counts, of those who agree, as known on the day."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from surveyed_shop import AS_OF, ITEMS, people, questions, same, surveyed, surveys, wide

import cxmodels as cx
from cxmodels.loyalty.answers.from_frame import NO_ANSWER, NO_WEIGHT, answers_of
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.answers.respondents import each_respondent, set_aside
from cxmodels.loyalty.errors import InvalidAnswers, TooFewRespondents
from cxmodels.study.errors import MissingTable
from cxmodels.study.snapshot import Snapshot

CUSTOMERS = people()
EARLIER, LATER = surveys(CUSTOMERS, first="a"), surveys(CUSTOMERS.head(20), month=8, seed=9, first="b")


def tables(**more: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return customers asked in June, twenty of them again in August."""
    both = {name: pd.concat([EARLIER[name], LATER[name]], ignore_index=True) for name in EARLIER}
    return {"customers": CUSTOMERS, "items": questions(), **both, **more}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return surveyed(tmp_path_factory.mktemp("shop"), **tables())


def latest() -> pd.DataFrame:
    """One row a respondent, by pandas: the last response of a customer, every anonymous one."""
    rows = wide(tables(), CUSTOMERS).sort_values(["answered_at", "response_id"])
    rows = rows[rows[list(ITEMS)].notna().any(axis=1)]
    return rows[rows["customer_id"].isna() | ~rows.duplicated("customer_id", keep="last")]


def test_the_engine_counts_what_pandas_counts(snapshot: Snapshot) -> None:
    found = survey_answers(snapshot, ITEMS, by=["region"])
    wanted = answers_of(latest(), ITEMS, by=["region"])
    same(found.frame, wanted.frame)
    assert (found.items, found.by, found.survey, found.as_of) == (ITEMS, ("region",), "annual", AS_OF)
    assert found.scales == dict.fromkeys(ITEMS, (1.0, 10.0))
    assert found.min_cell == 10
    assert set(found.frame["region"]) == {"North", "South", "unknown"}  # of anonymous answers it is not known


def test_every_response_counts_where_that_is_asked(snapshot: Snapshot) -> None:
    found = survey_answers(snapshot, ITEMS, latest=False)
    same(found.frame, answers_of(wide(tables()), ITEMS).frame)
    assert found.respondents == len(CUSTOMERS) + 20 + 2 * 5 - found.unusable.get(NO_ANSWER, 0)


def test_who_answered_none_of_the_items_is_counted(tmp_path: Path) -> None:
    asked = tables()
    # two customers and somebody unknown; another one, who answered again in August
    silent = asked["answers"]["response_id"].isin(["a030", "a031", "a062", "a001"])
    silent &= asked["answers"]["item"] != "stay"
    asked["answers"] = asked["answers"][~silent]
    found = survey_answers(surveyed(tmp_path, **asked), ["Ease", "ease"])
    assert found.unusable == {NO_ANSWER: 3}
    assert found.respondents == len(CUSTOMERS) + 10 - 3


def test_only_what_was_known_on_the_day_and_agreed_to_counts(tmp_path: Path) -> None:
    refused = pd.DataFrame(
        {"customer_id": ["c001"], "purpose": "analytics", "granted": False, "recorded_at": pd.Timestamp("2026-01-01")}
    )
    surveyed(tmp_path, **tables(consents=refused))
    study = cx.open_study(tmp_path)
    rows = wide(EARLIER)
    rows = rows[rows["customer_id"] != "c001"]
    same(survey_answers(study.snapshot("2026-06"), ITEMS).frame, answers_of(rows, ITEMS).frame)
    with pytest.raises(TooFewRespondents, match="nobody had answered any of the 4 items by 2026-05-31"):
        survey_answers(study.snapshot("2026-05"), ITEMS)


def test_weights_on_record_are_those_of_the_customer(snapshot: Snapshot) -> None:
    found = survey_answers(snapshot, ITEMS, weights="stands_for")
    rows = latest()
    same(found.frame, answers_of(rows.dropna(subset=["customer_id"]), ITEMS, weight="stands_for").frame)
    assert found.unusable[NO_WEIGHT] == rows["customer_id"].isna().sum()  # an anonymous answer has no weight


def test_cells_are_weighted_to_the_customers_of_then(tmp_path: Path) -> None:
    asked = tables()
    some = asked["responses"]["customer_id"].isna() | (asked["responses"]["customer_id"] < "c040")
    asked["responses"] = asked["responses"][some]
    asked["answers"] = asked["answers"][asked["answers"]["response_id"].isin(asked["responses"]["response_id"])]
    gone = pd.Series([date(2026, 6, 14)] * 5 + [date(2026, 9, 1)] * 5 + [None] * (len(CUSTOMERS) - 10))
    asked["customers"] = CUSTOMERS.assign(left_on=gone)
    found = survey_answers(surveyed(tmp_path, **asked), ITEMS, weights=["region", "age"])
    rows = latest()
    rows = rows[rows["customer_id"].isna() | (rows["customer_id"] < "c040")]
    there = CUSTOMERS.iloc[5:].groupby(["region", "age"]).size()
    of_rows = rows.groupby(["region", "age"]).size()
    ratio = (there / there.sum() / (of_rows / of_rows.sum())).clip(1 / 5, 5)
    weight = (ratio / (ratio @ of_rows / of_rows.sum()) * 4096).round() / 4096
    each = [1.0 if pd.isna(row.region) else weight[row.region, row.age] for row in rows.itertuples()]
    same(found.frame, answers_of(rows.assign(w=each), ITEMS, weight="w").frame)
    assert found.frame["weight"].sum() == pytest.approx(len(rows), rel=1e-3)


def test_the_settings_say_survey_weights_and_groups(tmp_path: Path) -> None:
    said = '[loyalty]\nsurvey = "annual"\nweights = ["age"]\ngroups = ["region"]\n'
    other = surveys(CUSTOMERS, survey="barometer", seed=5, first="z")
    both = {name: pd.concat([table, other[name]]) if name in other else table for name, table in tables().items()}
    both["customers"] = pd.concat([CUSTOMERS, people(20).assign(customer_id=[f"d{n}" for n in range(20)], age="young")])
    snapshot = surveyed(tmp_path, said, **both)
    asked = survey_answers(snapshot, ITEMS)
    assert (asked.survey, asked.by) == ("annual", ("region",))
    assert asked.frame["weight"].nunique() > 2
    plain = survey_answers(snapshot, ITEMS, survey="barometer", weights=(), by=())
    assert (plain.survey, plain.by) == ("barometer", ())
    assert plain.frame["weight"].tolist() == plain.frame["n"].tolist()


def test_of_several_surveys_one_has_to_be_named(tmp_path: Path) -> None:
    other = surveys(CUSTOMERS, survey="barometer", seed=5, first="z")
    other["answers"] = other["answers"].replace({"item": {"trust": "price"}})
    other["items"] = questions().tail(1).assign(item="price")
    both = {name: pd.concat([table, other[name]]) if name in other else table for name, table in tables().items()}
    snapshot = surveyed(tmp_path, **both)
    assert survey_answers(snapshot, ITEMS).survey == "annual"  # the other one asked three of the four
    with pytest.raises(InvalidAnswers, match=r"loyalty\.survey in the settings: 'annual', 'barometer'"):
        survey_answers(snapshot, ["stay", "ease"])
    with pytest.raises(InvalidAnswers, match="nobody answered 'trust' in the survey 'barometer'"):
        survey_answers(snapshot, ITEMS, survey="barometer")
    with pytest.raises(InvalidAnswers, match="in a survey 'anual'; did you mean 'annual'"):
        survey_answers(snapshot, ITEMS, survey="anual")
    with pytest.raises(InvalidAnswers, match="nobody answered 'price' in the survey 'annual', which asked most"):
        survey_answers(snapshot, [*ITEMS, "price"])


def test_what_the_study_does_not_have_is_told(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(InvalidAnswers, match="there is no item 'trusts'; did you mean 'trust'"):
        survey_answers(snapshot, ["trusts", "stay"])
    with pytest.raises(InvalidAnswers, match="there is no attribute of customers 'regoin'; did you mean 'region'"):
        survey_answers(snapshot, ITEMS, by=["regoin"])
    with pytest.raises(InvalidAnswers, match=r"no attribute of customers 'joined_on'; .*age, region, stands_for"):
        survey_answers(snapshot, ITEMS, weights=("joined_on",))
    with pytest.raises(InvalidAnswers, match="'region' must hold numbers"):
        survey_answers(snapshot, ITEMS, weights="region")
    with pytest.raises(MissingTable, match="no table 'answers'"):
        survey_answers(surveyed(tmp_path, customers=CUSTOMERS), ITEMS)


def test_an_attribute_may_not_be_called_as_an_item(tmp_path: Path) -> None:
    named = CUSTOMERS.rename(columns={"age": "stay", "region": "n"}).assign(stands_for=-1.0)
    snapshot = surveyed(tmp_path, **tables(customers=named))
    with pytest.raises(InvalidAnswers, match="'stay' is an item and cannot part"):
        survey_answers(snapshot, ITEMS, by=["stay"])
    with pytest.raises(InvalidAnswers, match="'n' is what the respondents themselves are counted in"):
        survey_answers(snapshot, ITEMS, by=["n"])
    with pytest.raises(InvalidAnswers, match="'stands_for' must be 0 or more, found -1"):
        survey_answers(snapshot, ITEMS, weights="stands_for")


def test_constant_items_are_refused_and_scores_off_their_scale_were_set_aside(tmp_path: Path) -> None:
    asked = tables()
    stay = asked["answers"]["item"] == "stay"
    asked["answers"] = asked["answers"].assign(score=np.where(stay, 11.0, asked["answers"]["score"]))
    asked["answers"].loc[stay[stay].index[:30], "score"] = 7.0
    snapshot = surveyed(tmp_path, **asked)
    with pytest.raises(InvalidAnswers, match=r"an item must vary; all gave the same score to 'stay' \(7\)"):
        survey_answers(snapshot, ITEMS)
    lost = int(stay.sum()) - 30
    assert set_aside(snapshot, ITEMS) == {"stay": lost}
    assert set_aside(snapshot, ["ease"]) == {}
    asked["answers"].loc[stay, "score"] = 11.0
    (tmp_path / "nothing").mkdir()
    nothing = surveyed(tmp_path / "nothing", **asked)
    said = f"no score is left of 'stay' in the survey 'annual'.*set aside, off their scale, say: {lost + 30} of 'stay'"
    with pytest.raises(InvalidAnswers, match=said):
        survey_answers(nothing, ITEMS)


def test_what_is_found_for_equal_answers_reaches_every_respondent(snapshot: Snapshot) -> None:
    counted = survey_answers(snapshot, ITEMS, by=["region"], weights=("age",))
    found = pd.DataFrame({"score": counted.frame[list(ITEMS)].mean(axis=1), "named": "x"})
    table = each_respondent(snapshot, counted, found).to_pandas().set_index("response_id").sort_index()
    wanted = latest().set_index("response_id").sort_index()
    np.testing.assert_allclose(table["score"], wanted[list(ITEMS)].mean(axis=1))
    assert table.index.equals(wanted.index)
    numbers = snapshot.pseudonyms.to_pandas().set_index("number")["customer_id"]
    known = table["customer"].notna()
    assert numbers.loc[table.loc[known, "customer"]].tolist() == wanted.loc[known.to_numpy(), "customer_id"].tolist()


def test_a_study_without_customers_has_answers_of_nobody(root: Path) -> None:
    mobi = cx.open_study(root / "data" / "mobi").snapshot()
    found = survey_answers(mobi, ["CUSA1", "CUSA2", "CUSA3"])
    assert (found.respondents, found.survey) == (250, "European satisfaction index")
    with pytest.raises(InvalidAnswers, match="there is no attribute of customers 'age'; there are: none"):
        survey_answers(mobi, ["CUSA1", "CUSA2", "CUSA3"], by=["age"])
