"""A shop and its surveys written to disk by hand, so that answers come in through the door of a study."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

AS_OF = date(2026, 9, 30)
ITEMS = ("trust", "Ease", "ease", "stay")


def surveyed(folder: Path, sections: str = "", **tables: pd.DataFrame) -> Snapshot:
    """Open a study of the tables given as known on the last day; `sections` is further text of the settings."""
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    named = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
    (folder / "study.toml").write_text(head + named + sections, encoding="utf-8")
    return open_study(folder).snapshot(AS_OF)


def people(n: int = 60, seed: int = 3) -> pd.DataFrame:
    """Return customers in two regions and three ages, with a weight of their own."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in range(n)],
            "joined_on": [date(2024, 1, 1)] * n,
            "region": np.where(np.arange(n) % 3 == 0, "North", "South"),
            "age": draw.choice(["young", "middle", "old"], n),
            "stands_for": draw.integers(1, 4, n).astype(float),
        }
    )


def surveys(
    customers: pd.DataFrame,
    *,
    survey: str = "annual",
    month: int = 6,
    seed: int = 4,
    share: float = 0.9,
    first: str = "a",
) -> dict[str, pd.DataFrame]:
    """Return responses of all customers and five anonymous people, and their answers, some of them missing."""
    draw = np.random.default_rng(seed)
    ids = [*customers["customer_id"], *[None] * 5]
    responses = pd.DataFrame(
        {
            "response_id": [f"{first}{number:03d}" for number in range(len(ids))],
            "customer_id": ids,
            "answered_at": pd.Timestamp(f"2026-{month:02d}-15 12:00"),
            "survey": survey,
            "kind": "relational",
        }
    )
    common = draw.normal(size=(len(ids), 1))
    scores = np.clip(np.rint(6 + 1.5 * common + draw.normal(size=(len(ids), len(ITEMS)))), 1, 10)
    wide = pd.DataFrame(scores, columns=[*ITEMS]).where(draw.random(scores.shape) < share)
    answers = wide.assign(response_id=responses["response_id"]).melt("response_id", var_name="item", value_name="score")
    return {"responses": responses, "answers": answers.dropna(ignore_index=True)}


def questions() -> pd.DataFrame:
    """Return the items, all on a scale from 1 to 10."""
    return pd.DataFrame({"item": ITEMS, "scale_min": 1.0, "scale_max": 10.0, "wording": "How?"})


def wide(tables: dict[str, pd.DataFrame], attributes: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one row a response, by pandas: ``customer_id``, the items, and attributes of the customers."""
    scores = tables["answers"].pivot(index="response_id", columns="item", values="score").reset_index()
    rows = tables["responses"].merge(scores, on="response_id")
    return rows if attributes is None else rows.merge(attributes, on="customer_id", how="left")


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    """Assert that two tables of counts hold the same rows, whatever their order."""
    by = list(one.columns)
    ordered = [frame.sort_values(by, ignore_index=True) for frame in (one, other)]
    pd.testing.assert_frame_equal(*ordered, rtol=1e-12)
