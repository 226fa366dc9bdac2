"""A company whose customers answer seven questions, drawn so that what drives the recommendation is known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

SIZE = 900


def driven(seed: int = 3) -> dict[str, pd.DataFrame]:
    """Scores 1 to 5 on what is ``basic`` (only its lack shows), ``steady`` and ``treat`` (only its presence shows)."""
    draw = np.random.default_rng(seed)
    named = draw.choice(600, SIZE)
    felt = draw.normal(size=600)[named]
    scores = {
        name: np.clip(np.rint(3 + shift + 0.5 * felt + draw.normal(0, 1.1, SIZE)), 1, 5)
        for name, shift in (("basic", 0.0), ("steady", 0.1), ("treat", 0.0), ("idle", 0.2))
    }
    basic, steady, treat = (scores[name] - 3 for name in ("basic", "steady", "treat"))
    moved = 1.6 * np.sign(np.minimum(basic, 0)) + 1.5 * np.sign(steady) + 1.6 * np.sign(np.maximum(treat, 0))
    scores["recommend"] = np.clip(np.rint(5.5 + moved + draw.normal(0, 0.8, SIZE)), 0, 10)
    # nobody but a few is ever of the middle here
    scores["split"] = np.where(np.arange(SIZE) < 5, 3.0, np.where(draw.random(SIZE) < 0.5, 1.0, 5.0))
    identities = [f"r{number:04d}" for number in range(SIZE)]
    wide = pd.DataFrame(scores).assign(response_id=identities)
    when = pd.Timestamp("2026-03-01 12:00") + pd.to_timedelta(draw.integers(0, 200, SIZE), "D")
    responses = pd.DataFrame(
        {
            "response_id": identities,
            "customer_id": [f"c{number:03d}" for number in named],
            "answered_at": when,
            "survey": "yearly",
            "kind": "relational",
            "touchpoint": np.where(named % 2 == 0, "desk", "relation"),
            "channel": np.array(["Web", "Phone", "Fax", "Mail"])[draw.choice(4, SIZE, p=[0.6, 0.3, 0.095, 0.005])],
        }
    )
    items = pd.DataFrame({"item": list(scores), "scale_min": 1.0, "scale_max": 5.0, "wording": "How?"})
    items.loc[items["item"] == "recommend", ["scale_min", "scale_max"]] = [0.0, 10.0]
    items["metric"] = items["item"].where(items["item"] == "recommend").replace("recommend", "nps")
    items["construct"] = (
        items["item"].where(items["item"].isin(["basic", "steady"])).replace({"basic": "both", "steady": "both"})
    )
    joined = [date(2020 + number % 5, 1 + number % 12, 1) for number in range(600)]
    customers = pd.DataFrame({"customer_id": [f"c{number:03d}" for number in range(600)], "joined_on": joined})
    answers = wide.melt("response_id", var_name="item", value_name="score")
    met = responses.sample(250, random_state=4)
    interactions = pd.DataFrame(
        {
            "interaction_id": [f"i{number}" for number in range(250)],
            "customer_id": met["customer_id"].to_numpy(),
            "occurred_at": met["answered_at"].to_numpy() - pd.to_timedelta(draw.integers(-5, 50, 250), "D"),
            "channel": "Web",
            "touchpoint": "desk",
            "outcome": draw.choice(["resolved", "unresolved"], 250),
        }
    )
    return {"customers": customers, "responses": responses, "answers": answers, "items": items,
            "interactions": interactions}  # fmt: skip


def scored(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Responses with a column a question, by pandas."""
    wide = tables["answers"].pivot(index="response_id", columns="item", values="score").reset_index()
    return tables["responses"].merge(wide, on="response_id").merge(tables["customers"], on="customer_id", how="left")
