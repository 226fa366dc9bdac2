"""Small companies for tests: contracts written by hand, and a simulated one whose hazards are known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxmodels.churn import Episodes
from cxmodels.study.study import Study, open_study

AS_OF = date(2026, 9, 30)
WriteStudy = Callable[..., Study]


def contracts(*rows: tuple[str, str, str | None] | tuple[str, str, str | None, str]) -> pd.DataFrame:
    """Contracts from ``(customer, start, end or None, [plan])``."""
    table = pd.DataFrame([(*row, "A")[:4] for row in rows], columns=["customer_id", "started_on", "ended_on", "plan"])
    table.insert(0, "contract_id", [f"k{i}" for i in range(len(table))])
    table["started_on"] = pd.to_datetime(table["started_on"]).astype("datetime64[us]").dt.date
    table["ended_on"] = pd.to_datetime(table["ended_on"]).dt.date
    return table


def company(n: int, seed: int, monthly_hazard: float = 0.03, log_ratio: float = 0.7) -> dict[str, Any]:
    """A company with constant hazards: half its customers are on plan B, whose hazard is exp(log_ratio) times A's.

    Customers join evenly over six years; those who left more than three years ago are not on record, as in a system
    that was put in place then (left truncation).
    """
    rng = np.random.default_rng(seed)
    plan = rng.choice(["A", "B"], n, p=[0.6, 0.4])
    rate = monthly_hazard / 30.4375 * np.exp(log_ratio * (plan == "B"))
    joined = -rng.integers(1, 6 * 365, n)
    left = joined + np.ceil(rng.exponential(1 / rate)).astype(int)
    known = left > -3 * 365
    day = pd.Timestamp(AS_OF)
    start = day + pd.to_timedelta(joined[known], unit="D")
    gone = left[known] <= 0
    end = (day + pd.to_timedelta(left[known].clip(max=0), unit="D")).where(gone)
    table = pd.DataFrame(
        {
            "contract_id": [f"k{i}" for i in range(int(known.sum()))],
            "customer_id": [f"c{i}" for i in range(int(known.sum()))],
            "started_on": start.date,
            "ended_on": [None if pd.isna(x) else x.date() for x in end],
            "plan": plan[known],
        }
    )
    return {"contracts": table, "rate": rate[known][~gone], "plan": plan[known]}


def counted(made: dict[str, Any], window_days: int = 730) -> Episodes:
    """The company's episodes, counted here without an engine: fast enough for many simulated companies."""
    table = made["contracts"]
    day = pd.Timestamp(AS_OF)
    start = (pd.to_datetime(table["started_on"]) - day).dt.days
    end = (pd.to_datetime(table["ended_on"]) - day).dt.days
    rows = pd.DataFrame(
        {
            "entry": np.maximum(-window_days - start, 0),
            "exit": end.fillna(0).astype(int) - start,
            "event": end.notna().astype(int),
            "cause": np.where(end.notna(), "unknown", "active"),
            "plan": table["plan"],
        }
    )
    rows = rows[end.isna() | (end > -window_days)]
    frame = rows.groupby(list(rows.columns), as_index=False).size().rename(columns={"size": "n"})
    levels = tuple(rows["plan"].value_counts().index)
    return Episodes(frame, ("plan",), {"plan": levels}, {"plan": ()}, AS_OF, 24, 0, 1)


def study_of(
    folder: Path, tables: dict[str, pd.DataFrame], churn: str = "window_months = 0", min_cell: int = 1
) -> Study:
    """A study of any tables; `churn` is the text of its section, customers are made where they are not given."""
    if "customers" not in tables:
        first, day = (tables["contracts"], "started_on") if "contracts" in tables else (tables["orders"], "ordered_at")
        customers = first.groupby("customer_id", as_index=False)[day].min().rename(columns={day: "joined_on"})
        tables = tables | {"customers": customers.assign(joined_on=pd.to_datetime(customers["joined_on"]).dt.date)}
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    sections = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    (folder / "study.toml").write_text(
        f'[study]\nname = "Test"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n{sections}'
        f"[churn]\n{churn}\n[privacy]\nmin_cell = {min_cell}\n",
        encoding="utf-8",
    )
    return open_study(folder)


def orders(*rows: tuple[str, str] | tuple[str, str, float]) -> pd.DataFrame:
    """Orders from ``(customer, day, [amount])``."""
    table = pd.DataFrame([(*row, 10.0)[:3] for row in rows], columns=["customer_id", "ordered_at", "amount"])
    table.insert(0, "order_id", [f"o{i}" for i in range(len(table))])
    table["ordered_at"] = pd.to_datetime(table["ordered_at"]).astype("datetime64[us]")
    return table
