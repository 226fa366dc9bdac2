"""The notebook of feedback from its first cell to its last, on companies that lack this or that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from feedback_cells import said, shown, words
from year_of_answers import year

import cxmodels as cx
from cxmodels import simulate


def run(root: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, **parameters: Any) -> list[dict[str, Any]]:
    """Return what the notebook shows of a study; the lists it attaches go to a temporary folder."""
    monkeypatch.chdir(folder)
    return shown(root / "notebooks" / "02_feedback.ipynb", study=str(folder), **parameters)


def recorded(bundles: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures left for results by name."""
    return {row["name"]: row for row in said(bundles, "results")}


def test_a_study_with_scores_alone_has_a_page_that_says_what_it_lacks(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    year(tmp_path, each_month=30, planted={("South", 11): (0, 0, 0, 10)})
    bundles = run(root, tmp_path, monkeypatch)
    assert said(bundles, "headline")["title"].endswith("it fell for region South")
    assert [card["title"] for card in said(bundles, "cards")] == ["Relational NPS"]
    figures = recorded(bundles)
    assert figures["feedback.nps.relational"]["n"] == 60
    assert len(figures["feedback.nps.relational"]["history"]) == 12
    assert said(bundles, "actions") == []
    text = words(bundles)
    assert "The study has no table invitations. Who did not answer cannot be told" in text
    assert "the study has no table actions" in text
    assert "no column 'comment'" in text


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a small company with every table."""
    folder = tmp_path_factory.mktemp("company")
    simulate.write(folder, customers=900, seed=3)
    return folder


def lacking(company: Path, folder: Path, *tables: str, **columns: str) -> Path:
    """Return a copy of the company without some tables, and without a column of others."""
    text = (company / "study.toml").read_text(encoding="utf-8")
    for name in tables:
        text = text.replace(f'[tables.{name}]\npath = "{name}.parquet"\n', "")
    if tables:
        # settings of the other rooms name what may be in them
        text = text.partition("[churn]")[0] + "[privacy]" + text.partition("[privacy]")[2]
    for file in company.glob("*.parquet"):
        table = pd.read_parquet(file)
        if (column := columns.get(file.stem)) is not None:
            table = table.drop(columns=column)
        table.to_parquet(folder / file.name)
    for file in company.glob("*.lav"):
        (folder / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_company_with_every_table_has_every_part(
    root: Path, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundles = run(root, lacking(company, tmp_path), monkeypatch)
    figures = recorded(bundles)
    for name in (
        "nps.relational", "nps.relational.12m.unweighted", "csat.relational", "ces.transactional", "answer_rate",
        "call_list", "followed_up.opened_2d", "days_to_close", "contacts_never_asked", "driver.csat",
    ):  # fmt: skip
        assert f"feedback.{name}" in figures
    text = words(bundles)
    for part in (
        "Who answers.",
        "Whom to invite.",
        "lists/call_back.csv",
        "lists/call_back.xlsx",
        "lists/invite.csv",
        "Contacts with",
    ):
        assert part in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tables", "columns", "without"),
    [
        (("invitations",), {}, "feedback.answer_rate"),
        (("actions",), {}, "feedback.days_to_close"),
        (("orders", "contracts"), {}, "feedback.leaving_once_contacted"),
        (("interactions", "orders"), {}, "feedback.contacts_never_asked"),
        ((), {"responses": "comment"}, ""),
        ((), {"responses": "touchpoint"}, "feedback.nps.transactional.touchpoint.delivery"),
        (
            ("customers", "contracts", "orders", "invitations", "interactions", "identities", "consents", "actions"),
            {"responses": "customer_id"},
            "feedback.call_list.money",
        ),
    ],
    ids=["invitations", "actions", "money", "contacts", "comments", "touchpoints", "customers"],
)
def test_a_company_that_lacks_a_table_loses_that_part_alone(
    root: Path,
    company: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tables: tuple[str, ...],
    columns: dict[str, str],
    without: str,
) -> None:
    figures = recorded(run(root, lacking(company, tmp_path, *tables, **columns), monkeypatch))
    assert "feedback.nps.relational" in figures
    assert without not in figures


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["relational", "transactional"])
def test_answers_of_one_kind_alone_make_a_page(
    root: Path, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    folder = lacking(company, tmp_path)
    responses = pd.read_parquet(folder / "responses.parquet")
    responses[responses["kind"] == kind].to_parquet(folder / "responses.parquet")
    figures = recorded(run(root, folder, monkeypatch))
    kinds = {name.split(".")[2] for name in figures if name.startswith("feedback.nps.")}
    assert kinds == {kind}


@pytest.mark.slow
def test_a_study_without_a_metric_withdraws_the_page(
    root: Path, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = lacking(company, tmp_path, "contracts", "orders")
    items = pd.read_parquet(folder / "items.parquet")
    items.assign(metric="mood").to_parquet(folder / "items.parquet")
    with pytest.raises(cx.NothingToTell, match=r"items\.metric"):
        run(root, folder, monkeypatch)
