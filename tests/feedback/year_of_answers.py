"""A year of answers to the recommendation question in two regions, steady but for what a test plants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

AS_OF = date(2026, 9, 30)
ITEMS = pd.DataFrame(
    {"item": ["nps"], "scale_min": [0.0], "scale_max": [10.0], "wording": ["Recommend?"], "metric": ["nps"]}
)
EVEN = (10, 9, 8, 5)
"""Scores given in turn: half for, a quarter neither, a quarter against."""


def year(
    folder: Path,
    each_month: int = 40,
    planted: Mapping[tuple[str, int], tuple[int, ...]] | None = None,
    kind: str = "relational",
    places: tuple[str, ...] = ("North", "South"),
    column: str = "region",
) -> Snapshot:
    """Open a study in which every customer answers once.

    `planted` are scores given in turn by a place (or ``""``, all of them) in one of the months 0 to 11, the last one
    September 2026; all others give `EVEN`. `column` is ``"region"`` of customers or a column of responses.
    """
    rows = []
    for month, first in enumerate(pd.date_range("2025-10-01", periods=12, freq="MS")):
        for place in places:
            scores = (planted or {}).get((place, month), (planted or {}).get(("", month), EVEN))
            for at in range(each_month):
                day = first.replace(day=1 + at % 28, hour=12)
                rows.append((f"{month}-{place}-{at}", day, place, float(scores[at % len(scores)])))
    table = pd.DataFrame(rows, columns=["response_id", "answered_at", column, "score"])
    table = table.assign(customer_id="c" + table["response_id"], survey="poll", kind=kind)
    table["answered_at"] = table["answered_at"].astype("datetime64[us]")
    responses = table.drop(columns=["score", *(["region"] if column == "region" else [])])
    customers = table[["customer_id", *([column] if column == "region" else [])]].assign(joined_on=date(2024, 1, 1))
    tables = {
        "customers": customers,
        "responses": responses,
        "answers": table[["response_id", "score"]].assign(item="nps"),
        "items": ITEMS,
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows_of in tables.items():
        rows_of.to_parquet(folder / f"{name}.parquet")
    named = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Year"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
    (folder / "study.toml").write_text(head + named, encoding="utf-8")
    return open_study(folder).snapshot(AS_OF)


def score_of(scores: tuple[int, ...]) -> float:
    """Return the NPS of scores given equally often."""
    given = np.array(scores)
    return 100 * float((given >= 9).mean() - (given <= 6).mean())
