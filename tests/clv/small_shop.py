"""A shop written to disk by hand, so that counts are tested through the same door a user comes in by."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study, open_study

AS_OF = date(2026, 9, 30)


def shop(folder: Path, sections: str = "", **tables: pd.DataFrame) -> Study:
    """Open a study of the tables given, by their name in the contract; `sections` is further text of the settings."""
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    named = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
    (folder / "study.toml").write_text(head + named + sections, encoding="utf-8")
    return open_study(folder)


def today(folder: Path, sections: str = "", **tables: pd.DataFrame) -> Snapshot:
    """Open the same as known on the last day."""
    return shop(folder, sections, **tables).snapshot(AS_OF)


def orders(*rows: tuple[str, int, float]) -> pd.DataFrame:
    """Orders from ``(customer, days ago, amount)``."""
    table = pd.DataFrame(rows, columns=["customer_id", "ago", "amount"])
    table.insert(0, "order_id", [f"o{number}" for number in range(len(table))])
    when = pd.Timestamp(f"{AS_OF} 12:00") - pd.to_timedelta(table.pop("ago"), unit="D")
    return table.assign(ordered_at=when.astype("datetime64[us]"), amount=table["amount"].astype(float))


def contracts(*rows: tuple[str, int, int | None], **columns: list) -> pd.DataFrame:
    """Contracts from ``(customer, started so many days ago, ended so many days ago or None)``, and further columns."""
    table = pd.DataFrame(rows, columns=["customer_id", "started", "ended"])
    table.insert(0, "contract_id", [f"k{number}" for number in range(len(table))])
    for name in ("started", "ended"):
        day = pd.Timestamp(AS_OF) - pd.to_timedelta(table.pop(name).astype(float), unit="D")
        table[f"{name}_on"] = [None if pd.isna(found) else found.date() for found in day]
    return table.assign(**columns)


def customers(*ids: str, joined: int = 1000, **columns: list) -> pd.DataFrame:
    """Customers who all joined so many days ago, with attributes."""
    day = AS_OF - timedelta(days=joined)
    return pd.DataFrame({"customer_id": ids, "joined_on": [day] * len(ids), **columns})
