"""Every kind of dirt is found by the checks, to the row, and what they let through is the clean company."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cxmodels import simulate
from cxmodels.simulate.dirt import kinds
from cxmodels.simulate.traces import TRACES
from cxmodels.study import Study, open_study
from cxmodels.study.checks import REASONS
from cxmodels.study.contract import TABLES

SIZE: dict[str, Any] = {"customers": 700, "months": 14, "seed": 4}


def found(study: Study) -> dict[str, dict[str, int]]:
    counts = study.quality().counts
    by_reason = counts.groupby(["table", "reason"])["rows"].sum()
    return {table: by_reason[table].to_dict() for table in by_reason.index.unique("table")}


def injected(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "truth.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "dirt",
    [True, {"not_finite": 1, "orphan": 1}],
    ids=["three of each", "a number that is none among numbers"],
)
def test_the_checks_find_exactly_the_dirt_that_was_added(tmp_path: Path, dirt: Any) -> None:
    folder = simulate.write(tmp_path / "dirty", dirt=dirt, **SIZE)
    assert found(open_study(folder)) == injected(folder)["dirt"]


def test_of_tables_full_of_dirt_and_all_text_every_dirty_row_is_set_aside_and_the_clean_company_let_through(
    tmp_path: Path,
) -> None:
    clean = simulate.company(**SIZE)
    dirt = {reason: 2 + place % 3 for place, reason in enumerate(REASONS)}
    folder = simulate.write(tmp_path / "dirty", dirt=dirt, **SIZE)
    study = open_study(folder)
    added = injected(folder)["dirt"]
    assert found(study) == added
    assert {reason for reasons in added.values() for reason in reasons} == set(REASONS)
    tables = study.quality().tables.set_index("table")
    assert tables["set_aside"].to_dict() == {name: sum(added.get(name, {}).values()) for name in study.tables}
    assert tables["usable"].to_dict() == {name: len(clean.tables[name]) for name in study.tables}
    assert study.quality().quarantine.count().execute() == tables["set_aside"].sum()
    for name, contract in TABLES.items():
        key = list(contract.key)
        passed = study.quality().clean(name).execute().sort_values(key, ignore_index=True)
        expected = clean.tables[name].to_pandas().sort_values(key, ignore_index=True)
        for column in contract.names:
            if column in contract.times:
                passed[column], expected[column] = (
                    pd.to_datetime(f[column]).astype("datetime64[us]") for f in (passed, expected)
                )
            same = (passed[column] == expected[column]) | (passed[column].isna() & expected[column].isna())
            assert same.all(), (name, column)


def test_there_is_dirt_for_every_reason_of_the_checks() -> None:
    assert {kind.partition(".")[2] for kind in kinds() if "." in kind} == set(REASONS)


def test_only_the_table_that_was_asked_for_gets_dirty(tmp_path: Path) -> None:
    folder = simulate.write(tmp_path / "dirty", dirt={"orders.wrong_type": 2, "costs.missing": 1}, **SIZE)
    assert injected(folder)["dirt"] == {"orders": {"wrong_type": 2}, "costs": {"missing": 1}}
    assert (folder / "orders.csv").exists()
    assert not (folder / "orders.parquet").exists()
    assert 'path = "orders.csv"' in (folder / "study.toml").read_text(encoding="utf-8")


def test_dirt_leaves_the_clean_rows_as_they_are(tmp_path: Path) -> None:
    clean = simulate.company(**SIZE).tables["orders"]
    folder = simulate.write(tmp_path / "dirty", dirt={"orphan": 3}, **SIZE)
    assert pq.read_table(folder / "orders.parquet").slice(0, len(clean)).combine_chunks() == clean.combine_chunks()


def test_personal_traces_stand_in_as_many_comments_as_asked(tmp_path: Path) -> None:
    asked = {"comment_email": 2, "comment_phone": 3, "comment_iban": 1, "identifier_column": 1}
    folder = simulate.write(tmp_path / "personal", dirt=asked, **SIZE)
    comments = pq.read_table(folder / "responses.parquet")["comment"].to_pandas().dropna()
    for kind, texts in TRACES.items():
        assert sum(comments.str.contains(text, regex=False).sum() for text in texts) == asked[kind], kind
    assert injected(folder)["personal_data"]["customer_columns"] == ["email"]
    study = open_study(folder)
    assert list(study.quality().left_out("customers")) == ["email"]
    assert found(study) == {}


@pytest.mark.parametrize(
    ("dirt", "said"),
    [
        ({"orphans": 1}, "dirt: no kind 'orphans'; there are comment_email"),
        ({"orphan": -1}, "dirt: the number of orphan must be 0 or more, found -1"),
        ({"items.duplicate_row": 50}, "dirt: items.duplicate_row: not enough rows of items"),
        ({"comment_iban": 10**6}, "dirt: 1000000 traces are more than the"),
    ],
)
def test_dirt_that_cannot_be_is_refused(tmp_path: Path, dirt: dict[str, int], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        simulate.write(tmp_path / "dirty", dirt=dirt, **SIZE)
