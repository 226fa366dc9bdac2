"""Lists for people: CSV and XLSX beside a page, what is in them and what the gate refuses."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from cxmodels.report.attachments import attach
from cxmodels.report.gate_tables import inspect_table, rows_of
from cxmodels.report.spreadsheets import harmless, read_csv, read_xlsx, write_csv, write_xlsx
from cxmodels.study.privacy import pseudonym

WRITERS = {".csv": write_csv, ".xlsx": write_xlsx}
READERS = {".csv": read_csv, ".xlsx": read_xlsx}
KINDS = pytest.mark.parametrize("kind", [".csv", ".xlsx"])


def call_list(n: int = 60) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rank": np.arange(1, n + 1),
            "customer": [pseudonym(f"c{number}", b"a secret of these tests") for number in range(n)],
            "why": ["detractor", "high risk"] * (n // 2),
            "score": [5.0, None] * (n // 2),
            "money_at_risk": np.linspace(300, 0.5, n).round(2),
            "deadline": [date(2026, 10, 7)] * n,
            "theme": [None] * n,
        }
    )


def found(path: Path) -> list[str]:
    return [finding.rule for finding in inspect_table(path, path.name)]


@KINDS
def test_what_is_written_is_read_back(tmp_path: Path, kind: str) -> None:
    path, frame = tmp_path / f"list{kind}", call_list()
    WRITERS[kind](pa.Table.from_pandas(frame, preserve_index=False), path)
    back = READERS[kind](path).to_pandas()
    assert list(back.columns) == list(frame.columns)
    assert back["deadline"].tolist() == frame["deadline"].tolist()
    assert back["theme"].isna().all()
    for name in ("rank", "customer", "why", "score", "money_at_risk"):
        pd.testing.assert_series_equal(back[name], frame[name], check_dtype=False)
    assert rows_of(path) == 60


@KINDS
def test_a_list_is_attached_in_the_order_of_its_rank_and_passes_the_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("CXMODELS_BESIDE", str(tmp_path))
    shown = attach(f"calls/call_list{kind}", call_list().sample(frac=1, random_state=1))
    assert "with 60 rows" in shown.text
    path = tmp_path / "calls" / f"call_list{kind}"
    assert READERS[kind](path)["rank"].to_pylist() == list(range(1, 61))
    assert found(path) == []
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@KINDS
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    contents = []
    for run, frame in enumerate((call_list(), call_list().iloc[::-1])):
        monkeypatch.setenv("CXMODELS_BESIDE", str(tmp_path / str(run)))
        attach(f"calls/call_list{kind}", frame)
        contents.append((tmp_path / str(run) / "calls" / f"call_list{kind}").read_bytes())
    assert contents[0] == contents[1]


@KINDS
def test_an_empty_list_may_be_published_and_few_rows_are_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("CXMODELS_BESIDE", str(tmp_path))
    assert "with 0 rows" in attach(f"calls/none{kind}", call_list().iloc[:0], min_cell=10).text
    assert found(tmp_path / "calls" / f"none{kind}") == []
    assert "with fewer than 10 rows" in attach(f"calls/few{kind}", call_list(8), min_cell=10).text


@KINDS
@pytest.mark.parametrize(
    ("column", "values", "rule"),
    [
        ("customer", [f"c{number}" for number in range(60)], "personal datum: no pseudonym"),
        ("customer_id", ["hidden"] * 60, "personal datum: identifier"),
        ("theme", ["delivery"] * 59 + ["ann@example.com"], "personal datum: e-mail"),
        # a number of the row only in the order of the rows
        ("rank", np.arange(60, 0, -1), "personal datum: identifier"),
        ("number", np.arange(1, 61), "personal datum: identifier"),
        ("theme", [f"theme {number}" for number in range(60)], "personal datum: identifier"),
    ],
)
def test_a_list_that_points_to_a_person_is_refused(
    tmp_path: Path, kind: str, column: str, values: list[object], rule: str
) -> None:
    path = tmp_path / f"list{kind}"
    WRITERS[kind](pa.Table.from_pandas(call_list().assign(**{column: values}), preserve_index=False), path)
    assert found(path) == [rule]


def test_a_file_of_another_kind_than_its_ending_says_is_refused(tmp_path: Path) -> None:
    table = pa.table({"x": [1, 2]})
    write_csv(table, tmp_path / "list.xlsx")
    assert found(tmp_path / "list.xlsx") == ["no table"]
    write_xlsx(table, tmp_path / "more.xlsx")
    with zipfile.ZipFile(tmp_path / "more.xlsx", "a") as book:
        book.writestr("xl/media/photo.png", b"a face")
    assert found(tmp_path / "more.xlsx") == ["no table"]
    assert rows_of(tmp_path / "more.xlsx") is None


def signed(book: Workbook) -> None:
    book.properties.creator = "Ann"


def computed(book: Workbook) -> None:
    book.active["A2"] = "=1+1"


def annotated(book: Workbook) -> None:
    book.active["A2"].hyperlink = "mailto:ann"


@pytest.mark.parametrize("change", [signed, computed, annotated])
def test_a_workbook_that_holds_more_than_values_is_refused(tmp_path: Path, change: Callable[[Workbook], None]) -> None:
    path = tmp_path / "list.xlsx"
    write_xlsx(pa.table({"x": [1, 2]}), path)
    assert found(path) == []
    book = load_workbook(path)
    change(book)
    book.save(path)
    assert found(path) == ["no table"]


@given(st.text())
def test_no_text_starts_a_formula_and_none_is_lost(text: str) -> None:
    safe = harmless(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert safe in (text, f"'{text}")


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_no_cell_and_no_heading_of_either_file_starts_a_formula(tmp_path: Path, text: str) -> None:
    table = pa.table({text: [text, "plain"], "money": [-1.5, 2.0]})
    write_csv(table, tmp_path / "list.csv")
    with (tmp_path / "list.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [*csv.reader(file)]
    assert [line[0] for line in lines] == [f"'{text}", f"'{text}", "plain"]
    # a number below nought is a number
    assert lines[1][1] == "-1.5"
    write_xlsx(table, tmp_path / "list.xlsx")
    with zipfile.ZipFile(tmp_path / "list.xlsx") as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    texts = ["".join(cell.itertext()) for cell in root.iter() if cell.get("t") == "inlineStr"]
    assert texts == [f"'{text}", "money", f"'{text}", "plain"]
    assert not [cell for cell in root.iter() if cell.tag.endswith("}f")]


def test_texts_that_xml_cannot_hold_are_written_all_the_same(tmp_path: Path) -> None:
    write_xlsx(pa.table({"theme": ['a\x00b <c> & "d" é'], "x": [float("inf")]}), tmp_path / "list.xlsx")
    back = read_xlsx(tmp_path / "list.xlsx")
    assert back.to_pydict() == {"theme": ['a\ufffdb <c> & "d" é'], "x": [None]}


def test_more_rows_than_a_sheet_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxmodels.report.spreadsheets.MOST_ROWS", 3)
    with pytest.raises(ValueError, match="a sheet has at most 2 rows, found 3"):
        write_xlsx(pa.table({"x": [1, 2, 3]}), tmp_path / "list.xlsx")
