"""A shop and what its customers answered, written to disk by hand, so that answers come in by the door of a study."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

AS_OF = date(2026, 9, 30)


def heard(folder: Path, **tables: pd.DataFrame) -> Snapshot:
    """Open a study of the tables given as known on the last day."""
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    named = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
    (folder / "study.toml").write_text(head + named, encoding="utf-8")
    return open_study(folder).snapshot(AS_OF)


def shop(responses: int = 240, seed: int = 5) -> dict[str, pd.DataFrame]:
    """Return a shop of 60 customers, some of whom answer several times, and some responses of nobody."""
    draw = np.random.default_rng(seed)
    customers = pd.DataFrame(
        {
            "customer_id": [f"c{number:02d}" for number in range(60)],
            "joined_on": date(2024, 1, 1),
            "region": np.where(np.arange(60) % 3 == 0, "North", "South"),
        }
    )
    who = np.where(draw.random(responses) < 0.9, draw.choice(customers["customer_id"], responses), None)
    late = draw.random(responses) < 0.5
    table = pd.DataFrame(
        {
            "response_id": [f"r{number:03d}" for number in range(responses)],
            "customer_id": who,
            "answered_at": pd.Timestamp("2026-07-01 12:00") + pd.to_timedelta(draw.integers(0, 90, responses), "D"),
            "survey": np.where(late, "after_delivery", "yearly"),
            "kind": np.where(late, "transactional", "relational"),
            "touchpoint": np.where(late, draw.choice(["door", "desk"], responses), None),
        }
    )
    felt = draw.normal(7, 2, responses)
    scores = {
        "recommend": np.clip(np.rint(felt + draw.normal(0, 1, responses)), 0, 10),
        "needs": np.clip(np.rint(felt / 2 + draw.normal(0, 1, responses)), 1, 5),
        "easy": np.clip(np.rint(felt / 2 + draw.normal(0, 1, responses)), 1, 5),
        "fun": np.clip(np.rint(felt / 2.5 + draw.normal(0, 1, responses)), 1, 5),
    }
    wide = pd.DataFrame(scores).where(draw.random((responses, 4)) < 0.9).assign(response_id=table["response_id"])
    answers = wide.melt("response_id", var_name="item", value_name="score").dropna(ignore_index=True)
    return {"customers": customers, "responses": table, "answers": answers, "items": questions()}


def questions() -> pd.DataFrame:
    """Return the questions with their metrics."""
    return pd.DataFrame(
        {
            "item": ["recommend", "needs", "easy", "fun"],
            "scale_min": [0.0, 1.0, 1.0, 1.0],
            "scale_max": [10.0, 5.0, 5.0, 5.0],
            "wording": "How?",
            "metric": ["nps", "cxi_needs", "cxi_ease", "cxi_enjoy"],
        }
    )
