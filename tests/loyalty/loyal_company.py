"""A company whose satisfaction, trust and loyalty are known, with contracts and a yearly survey, written to disk."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from surveyed_shop import AS_OF

from cxmodels.study.study import Study, open_study

MODEL = """
satisfaction =~ satisfaction_1:satisfaction_3
trust        =~ trust_1:trust_3
loyalty      =~ loyalty_1:loyalty_3

trust   ~ st*satisfaction
loyalty ~ tl*trust + sl*satisfaction
by_trust := st*tl
"""
CONSTRUCTS = ("satisfaction", "trust", "loyalty")
PATHS = {("satisfaction", "trust"): 0.6, ("satisfaction", "loyalty"): 0.5, ("trust", "loyalty"): 0.2}
LOADING, CUSTOMERS, SILENT = 0.85, 700, 200
"""Of every item; those who were asked; the last of them did not answer."""


def company(folder: Path, *, contracts: bool = True, customers: int = CUSTOMERS, sections: str = "") -> Study:
    """Open a study of customers who were asked in June 2025 and again in June 2026; the disloyal leave sooner."""
    draw = np.random.default_rng(11)
    felt = {"satisfaction": draw.normal(size=customers)}
    felt["trust"] = 0.6 * felt["satisfaction"] + 0.8 * draw.normal(size=customers)
    explained = 0.5**2 + 0.2**2 + 2 * 0.5 * 0.2 * 0.6
    felt["loyalty"] = (
        0.5 * felt["satisfaction"] + 0.2 * felt["trust"] + np.sqrt(1 - explained) * draw.normal(size=customers)
    )
    ids = [f"c{number:04d}" for number in range(customers)]
    people = pd.DataFrame(
        {
            "customer_id": ids,
            "joined_on": [date(2024, 1, 1)] * customers,
            "region": np.where(draw.random(customers) < 0.5, "North", "South"),
        }
    )
    items = [f"{name}_{number}" for name in CONSTRUCTS for number in (1, 2, 3)]
    asked = [_asked(felt, ids, items, year, draw) for year in (2025, 2026)]
    rate = np.exp(-5.6 - 0.7 * felt["loyalty"])
    left = [date(2024, 1, 1) + timedelta(int(days)) for days in draw.exponential(30 / rate / 4).clip(1, 5000)]
    tables = {
        "customers": people,
        "items": pd.DataFrame({"item": items, "scale_min": 1.0, "scale_max": 10.0, "wording": "How much?"}),
        "responses": pd.concat([responses for responses, _ in asked], ignore_index=True),
        "answers": pd.concat([answers for _, answers in asked], ignore_index=True),
        "invitations": pd.DataFrame(
            {"customer_id": ids, "survey": "yearly", "sent_at": pd.Timestamp("2026-06-01 08:00")}
        ),
    }
    if contracts:
        tables["contracts"] = pd.DataFrame(
            {
                "contract_id": [f"k{number}" for number in range(customers)],
                "customer_id": ids,
                "started_on": date(2024, 1, 1),
                "ended_on": [day if day <= AS_OF else None for day in left],
            }
        )
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    named = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Loyal"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
    (folder / "loyalty.lav").write_text(MODEL, encoding="utf-8")
    own = sections or '[loyalty]\nmodel = "loyalty.lav"\ngroups = ["region"]\n'
    (folder / "study.toml").write_text(head + named + own, encoding="utf-8")
    return open_study(folder)


def _asked(
    felt: dict[str, np.ndarray], ids: list[str], items: list[str], year: int, draw: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    size = max(len(ids) - SILENT, 40)
    responses = pd.DataFrame(
        {
            "response_id": [f"r{year}{number:04d}" for number in range(size)],
            "customer_id": ids[:size],
            "answered_at": pd.Timestamp(f"{year}-06-15 12:00"),
            "survey": "yearly",
            "kind": "relational",
        }
    )
    noise = np.sqrt(1 - LOADING**2)
    scores = {
        item: np.clip(np.rint(6.5 + 1.6 * (LOADING * felt[item[:-2]][:size] + noise * draw.normal(size=size))), 1, 10)
        for item in items
    }
    wide = pd.DataFrame(scores).where(draw.random((size, len(items))) < 0.98)
    answers = wide.assign(response_id=responses["response_id"]).melt("response_id", var_name="item", value_name="score")
    return responses, answers.dropna(ignore_index=True)
