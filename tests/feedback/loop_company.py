"""A small company whose detractors are followed up, written by hand or drawn, through the door a user comes in by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd

import cxmodels as cx
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

AS_OF = date(2026, 9, 30)
ITEMS = pd.DataFrame(
    {
        "item": ["nps", "csat", "ces"],
        "scale_min": [0.0, 1.0, 1.0],
        "scale_max": [10.0, 5.0, 7.0],
        "wording": ["Recommend?", "Satisfied?", "Easy?"],
        "metric": ["nps", "csat", "ces"],
    }
)
RESPONSES = ["response_id", "customer_id", "answered_at", "survey", "kind", "touchpoint"]
ACTIONS = ["customer_id", "opened_at", "contacted_at", "closed_at", "team"]


def responses(*rows: tuple[str, str | None, str, float], kind: str = "relational") -> dict[str, pd.DataFrame]:
    """``responses`` and ``answers`` from ``(id, customer, moment, nps score)``."""
    table = pd.DataFrame(rows, columns=["response_id", "customer_id", "answered_at", "score"])
    answers = table[["response_id", "score"]].assign(item="nps")
    table = table.drop(columns="score").assign(survey=f"{kind} survey", kind=kind, touchpoint="delivery")
    return {"responses": moments(table, "answered_at")[RESPONSES], "answers": answers.astype({"score": float})}


def actions(
    *rows: tuple[str, str, str | None, str | None] | tuple[str, str, str | None, str | None, str],
) -> pd.DataFrame:
    """Follow-ups from ``(customer, opened, contacted, closed, [team])``."""
    table = pd.DataFrame([(*row, "care")[:5] for row in rows], columns=ACTIONS)
    table.insert(0, "action_id", [f"f{number}" for number in range(len(table))])
    return moments(table, "opened_at", "contacted_at", "closed_at")


def contracts(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    """Contracts from ``(customer, start, end or None)``."""
    table = pd.DataFrame(rows, columns=["customer_id", "started_on", "ended_on"])
    table.insert(0, "contract_id", [f"k{number}" for number in range(len(table))])
    return days(table.assign(plan="Monthly"), "started_on", "ended_on")


def moments(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The columns as timestamps."""
    return table.assign(**{name: pd.to_datetime(table[name]).astype("datetime64[us]") for name in columns})


def days(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The columns as days."""
    return table.assign(**{name: pd.to_datetime(table[name]).astype("datetime64[us]").dt.date for name in columns})


def snapshot_of(
    folder: Path, customers: Iterable[str], min_cell: int = 1, more: str = "", **tables: pd.DataFrame
) -> Snapshot:
    """The study of these tables as known on the last day of September 2026; `more` are further settings."""
    known = pd.DataFrame({"customer_id": [*customers]}).assign(joined_on=date(2020, 1, 1))
    tables = {"customers": known, "items": ITEMS} | tables
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    sections = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    (folder / "study.toml").write_text(
        f'[study]\nname = "Test"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n{sections}'
        f"[privacy]\nmin_cell = {min_cell}\n{more}",
        encoding="utf-8",
    )
    return open_study(folder).snapshot("2026-09-30")


@cache
def demo(root: Path) -> Snapshot:
    """The demo company, made on first use."""
    return cx.open_study(root / "data" / "demo").snapshot("2026-09")
