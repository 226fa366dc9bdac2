"""A snapshot shows what was recorded up to a day, of those who agree to it, and nothing else."""

from __future__ import annotations

import gc
import hmac
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import ibis.expr.types as ir
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmodels.study import MissingTable, Study, StudyError, open_study
from cxmodels.study.contract import TABLES
from cxmodels.study.snapshot import Snapshot

MakeStudy = Callable[..., Path]
SECRET = "a secret for tests"
HEAD = '[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = 2020-06-30\n'

TEXTS = {
    "customers": "customer_id,joined_on,left_on,region\n"
    "c1,2020-01-01,2020-05-10,north\nc2,2020-01-02,,south\nc3,2020-05-01,,south\nc4,2020-01-03,,north\n",
    "contracts": "contract_id,customer_id,started_on,ended_on,end_reason\n"
    "k1,c1,2020-01-01,2020-05-10,voluntary\nk2,c2,2020-01-02,2020-03-31,involuntary\nk3,c4,2020-01-03,,\n",
    "orders": "order_id,customer_id,ordered_at,amount\n"
    "o1,c1,2020-03-31 23:59:59,10\no2,c1,2020-04-01,20\no3,c2,2020-02-01,30\no4,c4,2020-02-01,40\n",
    "responses": "response_id,customer_id,answered_at,survey,kind\n"
    "r1,c1,2020-02-01,s,relational\nr2,,2020-02-01,s,relational\nr3,c4,2020-02-01,s,relational\n"
    "r4,c1,2020-04-02,s,relational\n",
    "items": "item,scale_min,scale_max,wording\nnps,0,10,Would you?\n",
    "answers": "response_id,item,score\nr1,nps,9\nr2,nps,5\nr3,nps,3\nr4,nps,10\n",
    "interactions": "interaction_id,occurred_at,channel,touchpoint,customer_id,device_id\n"
    "i1,2020-02-01,web,home,,d1\ni2,2020-02-01,web,home,,d4\ni3,2020-02-01,web,home,c4,d4\n"
    "i4,2020-02-01,web,home,c1,d4\ni5,2020-02-01,web,home,,d9\ni6,2020-05-01,web,home,,d1\n",
    "identities": "device_id,customer_id,first_seen,last_seen\n"
    "d1,c1,2020-01-05,2020-05-01\nd4,c4,2020-01-05,2020-02-05\nd9,c4,2020-04-05,\n",
    "consents": "customer_id,purpose,granted,recorded_at\n"
    "c4,analytics,false,2020-01-10\nc2,analytics,false,2020-01-10\nc2,analytics,true,2020-02-10\n"
    "c1,analytics,true,2020-01-10\nc1,analytics,false,2020-04-20\nc1,mailing,false,2020-01-01\n",
    "actions": "action_id,customer_id,opened_at,contacted_at,closed_at,outcome\n"
    "a1,c1,2020-03-01,2020-03-05,2020-04-05,solved\n",
}


@pytest.fixture(scope="module", autouse=True)
def _secret() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CXMODELS_SECRET", SECRET)
        yield


def toml_of(tables: dict[str, str], extra: str = "") -> str:
    return "".join(f'[tables.{name}]\npath = "{name}.csv"\n' for name in tables) + extra


def written(place: Path, texts: dict[str, str]) -> Study:
    """Write these tables as a study and open it."""
    (place / "study.toml").write_text(HEAD + toml_of(texts), encoding="utf-8")
    for name, text in texts.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    return open_study(place)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """One study for all that only look at it: its rows are checked once."""
    return written(tmp_path_factory.mktemp("study"), TEXTS)


def alias(customer: str) -> str:
    return hmac.new(SECRET.encode(), customer.encode(), "sha256").hexdigest()[:32]


def rows(table: object, *columns: str) -> set[tuple]:
    return {tuple(row[name] for name in columns) for row in table.to_pyarrow().to_pylist()}  # type: ignore[attr-defined]


def test_rows_recorded_on_the_day_are_there_and_later_ones_are_not(study: Study) -> None:
    snapshot = study.snapshot("2020-03")
    assert snapshot.as_of == date(2020, 3, 31)
    assert rows(snapshot.orders, "order_id", "amount") == {("o1", 10.0), ("o3", 30.0)}
    assert rows(study.snapshot("2020-04-01").orders, "order_id") == {("o1",), ("o2",), ("o3",)}
    later = dict(snapshot.not_known_yet.itertuples(index=False))
    assert (later["orders"], later["customers"], later["responses"]) == (1, 1, 1)


def test_an_end_that_lies_ahead_is_not_known_nor_its_reason(study: Study) -> None:
    wanted = ("contract_id", "ended_on", "end_reason")
    assert rows(study.snapshot("2020-03-31").contracts, *wanted) == {
        ("k1", None, None),
        ("k2", date(2020, 3, 31), "involuntary"),
    }
    assert rows(study.snapshot("2020-03-30").contracts, *wanted) == {("k1", None, None), ("k2", None, None)}
    assert rows(study.snapshot("2020-03").customers, "left_on") == {(None,)}
    follow_up = study.snapshot("2020-03").actions.to_pyarrow().to_pylist()[0]
    assert follow_up["contacted_at"] is not None
    assert (follow_up["closed_at"], follow_up["outcome"]) == (None, None)


def test_the_latest_decision_up_to_the_day_counts_and_only_for_the_purpose(study: Study) -> None:
    def people(day: str) -> set[tuple]:
        return rows(study.snapshot(day).customers, "customer_id")

    assert people("2020-01-09") == {(alias("c1"),), (alias("c2"),), (alias("c4"),)}
    assert people("2020-01-10") == {(alias("c1"),)}
    assert people("2020-02-10") == {(alias("c1"),), (alias("c2"),)}
    assert people("2020-04-20") == {(alias("c2"),)}
    excluded = dict(study.snapshot("2020-04-20").excluded.itertuples(index=False))
    assert excluded == {"refused": 2, "not known yet": 1}


def test_where_consent_must_be_given_only_a_recorded_yes_stays(make_study: MakeStudy) -> None:
    extra = '[privacy]\nconsent = "opt_in"\n'
    folder = make_study(toml_of(TEXTS, extra), {f"{name}.csv": text for name, text in TEXTS.items()})
    snapshot = open_study(folder).snapshot("2020-03")
    assert rows(snapshot.customers, "customer_id") == {(alias("c1"),), (alias("c2"),)}
    assert dict(snapshot.excluded.itertuples(index=False)) == {"not granted": 1, "not known yet": 1}


def test_consent_that_must_be_given_needs_the_table_that_records_it(make_study: MakeStudy) -> None:
    texts = {"customers": TEXTS["customers"]}
    folder = make_study(toml_of(texts, '[privacy]\nconsent = "opt_in"\n'), {"customers.csv": texts["customers"]})
    with pytest.raises(StudyError, match=r"privacy\.consent: 'opt_in' needs the table consents"):
        _ = open_study(folder).snapshot("2020-03").customers


def test_a_refusal_and_a_grant_of_the_same_moment_are_a_refusal(make_study: MakeStudy) -> None:
    texts = {
        "customers": TEXTS["customers"],
        "consents": "customer_id,purpose,granted,recorded_at\n"
        "c1,analytics,true,2020-01-10\nc1,analytics,false,2020-01-10\n",
    }
    folder = make_study(toml_of(texts), {f"{name}.csv": text for name, text in texts.items()})
    assert alias("c1") not in {row[0] for row in rows(open_study(folder).snapshot("2020-03").customers, "customer_id")}


def test_what_a_refusing_customer_said_did_and_was_linked_to_is_gone_and_nobodys_rows_stay(study: Study) -> None:
    snapshot = study.snapshot("2020-03")
    assert rows(snapshot.responses, "response_id", "customer_id") == {("r1", alias("c1")), ("r2", None)}
    assert rows(snapshot.answers, "response_id", "score") == {("r1", 9.0), ("r2", 5.0)}
    assert rows(snapshot.identities, "customer_id", "last_seen") == {(alias("c1"), None)}
    # i5 came from a device whose link to a refusing customer was made later, so it was nobody's on that day.
    assert rows(snapshot.interactions, "interaction_id") == {("i1",), ("i4",), ("i5",)}
    assert ("i5",) not in rows(study.snapshot("2020-04-15").interactions, "interaction_id")


def test_people_and_devices_are_under_pseudonyms(study: Study) -> None:
    snapshot = study.snapshot("2020-03")
    assert rows(snapshot.interactions, "customer_id", "device_id") == {
        (None, alias("d1")),
        (alias("c1"), alias("d4")),
        (None, alias("d9")),
    }
    people = rows(snapshot.pseudonyms, "customer_id", "pseudonym")
    assert people == {("c1", alias("c1")), ("c2", alias("c2"))}


def test_numbered_tables_hold_the_same_rows_under_integers(study: Study) -> None:
    snapshot = study.snapshot("2020-03")
    known = {row["number"]: row["pseudonym"] for row in snapshot.pseudonyms.to_pyarrow().to_pylist()}
    numbered = {
        (row["order_id"], known[row["customer"]]) for row in snapshot.numbered("orders").to_pyarrow().to_pylist()
    }
    assert numbered == rows(snapshot.orders, "order_id", "customer_id")


@pytest.mark.parametrize("take", [Snapshot.table, Snapshot.numbered])
def test_a_table_outlives_its_snapshot_and_leaves_nothing_in_the_engine(
    make_study: MakeStudy, take: Callable[[Snapshot, str], ir.Table]
) -> None:
    opened = open_study(make_study(toml_of(TEXTS), {f"{name}.csv": text for name, text in TEXTS.items()}, head=HEAD))
    views = "select view_name from duckdb_views() where temporary and not internal order by 1"
    earlier = take(opened.snapshot("2020-02"), "orders")
    before = opened.connection.raw_sql(views).fetchall()
    orders = take(opened.snapshot("2020-03"), "orders")
    gc.collect()
    assert opened.connection.raw_sql(views).fetchall() != before
    assert orders.filter(orders.amount > 10).count().execute() == 1
    del orders
    gc.collect()
    assert opened.connection.raw_sql(views).fetchall() == before
    assert earlier.count().execute() == 1


def test_without_a_table_of_customers_those_who_act_are_the_customers(make_study: MakeStudy) -> None:
    texts = {name: TEXTS[name] for name in ("orders", "consents")}
    snapshot = open_study(make_study(toml_of(texts), {f"{n}.csv": t for n, t in texts.items()})).snapshot("2020-03")
    assert rows(snapshot.orders, "customer_id") == {(alias("c1"),), (alias("c2"),)}
    assert dict(snapshot.excluded.itertuples(index=False)) == {"refused": 1}


def test_answers_of_nobody_are_a_study_all_the_same(make_study: MakeStudy) -> None:
    folder = make_study(
        '[tables.responses]\npath = "responses.csv"\n[tables.answers]\npath = "answers.csv"\n',
        {
            "responses.csv": "response_id,answered_at,survey,kind\n1,2020-03-02,nps,relational\n",
            "answers.csv": "response_id,item,score\n1,recommend,9\n",
        },
    )
    known = open_study(folder).snapshot("2020-03")
    assert known.responses.count().execute() == known.answers.count().execute() == 1
    assert known.pseudonyms.count().execute() == 0
    assert known.excluded.customers.sum() == 0


def test_a_table_that_is_not_there_is_said_with_those_that_are(make_study: MakeStudy) -> None:
    texts = {"customers": TEXTS["customers"]}
    snapshot = open_study(make_study(toml_of(texts), {"customers.csv": texts["customers"]})).snapshot("2020-03")
    with pytest.raises(MissingTable, match="no table 'orders'; it has: customers"):
        _ = snapshot.orders
    assert not hasattr(snapshot, "orders")


def test_a_day_after_the_extraction_or_no_day_at_all_is_refused(study: Study) -> None:
    with pytest.raises(StudyError, match="2020-07: the data were drawn on 2020-06-30"):
        study.snapshot("2020-07")
    for wrong in ("2020-13", "soon", "2020-02-30"):
        with pytest.raises(StudyError, match=f"a month such as 2026-09 .* found '{wrong}'"):
            study.snapshot(wrong)


def test_the_same_day_can_be_asked_for_as_month_text_and_date(study: Study) -> None:
    days = {study.snapshot(when).as_of for when in ("2020-03", "2020-03-31", date(2020, 3, 31))}
    assert days == {date(2020, 3, 31)}
    assert study.snapshot().as_of == study.snapshot(study.last_month()).as_of


AS_OF = date(2020, 3, 31)
LATER = st.dates(AS_OF + timedelta(days=1), date(2020, 6, 30))
PERSON = st.sampled_from(["c1", "c2", "c3", "c4", "new"])


@st.composite
def later_row(draw: st.DrawFn) -> tuple[str, str]:
    """Return a table and a line that was recorded after the as-of day, often with a key that is already there."""
    table = draw(st.sampled_from(["customers", "contracts", "orders", "responses", "interactions", "identities",
                                  "consents", "actions"]))  # fmt: skip
    day, who, number = draw(LATER), draw(PERSON), draw(st.integers(1, 9))
    granted = draw(st.booleans())
    return table, {
        "customers": f"{who},{day},,east",
        "contracts": f"k{number},{who},{day},,",
        "orders": f"o{number},{who},{day},{number}",
        "responses": f"r{number},{who},{day},s,relational",
        "interactions": f"i{number},{day},web,home,{who if granted else ''},d{number}",
        "identities": f"d{number},{who},{day},",
        "consents": f"{who},analytics,{granted},{day}",
        "actions": f"a{number},{who},{day},,,",
    }[table]


def shown(study: Study) -> dict[str, list[str]]:
    """Every row of every table as known on the as-of day, as text."""
    snapshot = study.snapshot(AS_OF)
    return {name: sorted(map(str, snapshot.table(name).to_pyarrow().to_pylist())) for name in study.tables}


# A study takes a second to be checked, whatever its size: few studies with many rows.
@settings(max_examples=3, deadline=None, derandomize=True)
@given(added=st.lists(later_row(), min_size=12, max_size=60))
def test_rows_recorded_later_change_nothing_that_is_seen_on_the_day(study: Study, added: list[tuple[str, str]]) -> None:
    texts = dict(TEXTS)
    for table, line in added:
        texts[table] += line + "\n"
    with tempfile.TemporaryDirectory() as place:
        assert shown(written(Path(place), texts)) == shown(study)


def test_every_table_of_the_contract_is_dated_or_follows_one_that_is() -> None:
    undated = {name for name, contract in TABLES.items() if contract.recorded is None}
    assert undated == {"items", "answers"}
