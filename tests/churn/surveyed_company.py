"""Companies whose customers are asked and call: surveys and contacts by hand, and bands that change at random."""

from __future__ import annotations

import numpy as np
import pandas as pd
from small_company import AS_OF

ITEMS = pd.DataFrame(
    {
        "item": ["recommend", "content", "effort"],
        "scale_min": [0.0, 1.0, 1.0],
        "scale_max": [10.0, 5.0, 7.0],
        "wording": ["Would you recommend us?", "Are you content?", "Was it easy?"],
        "metric": ["nps", "csat", "ces"],
    }
)


def surveys(*rows: tuple[str, str, str, float], survey: str = "yearly") -> dict[str, pd.DataFrame]:
    """Responses of one answer each from ``(customer, moment, item, score)``."""
    ids = [f"r{i}" for i in range(len(rows))]
    customer, moment, item, score = zip(*rows, strict=True)
    responses = pd.DataFrame(
        {"response_id": ids, "customer_id": customer, "answered_at": pd.to_datetime(list(moment), format="ISO8601")}
    )
    responses["answered_at"] = responses["answered_at"].astype("datetime64[us]")
    responses = responses.assign(survey=survey, kind="relational", touchpoint="account")
    return {
        "responses": responses,
        "answers": pd.DataFrame({"response_id": ids, "item": item, "score": score}),
        "items": ITEMS,
    }


def contacts(*rows: tuple[str, str, str, str | None], touchpoint: str = "customer care") -> dict[str, pd.DataFrame]:
    """Contacts from ``(customer, day, stage, outcome)``."""
    customer, day, stage, outcome = zip(*rows, strict=True)
    table = {"interaction_id": [f"i{i}" for i in range(len(rows))], "customer_id": customer, "channel": "Phone"}
    moments = pd.to_datetime(list(day)).astype("datetime64[us]")
    more = {"occurred_at": moments, "touchpoint": touchpoint, "stage": stage, "outcome": outcome}
    return {"interactions": pd.DataFrame(table | more).astype({"outcome": "string"})}


def followed_bands(
    n: int, ratio: dict[str, float], seed: int, monthly_hazard: float = 0.045
) -> dict[str, pd.DataFrame]:
    """A company whose customers' hazard on a day is that of the band they last gave before it, if within a year."""
    rng = np.random.default_rng(seed)
    answers, bands = 8, np.array(["low", "middle", "high"])
    gap = np.where(rng.random((n, answers)) < 0.1, 500, rng.integers(40, 200, (n, answers)))
    gap[:, 0] = rng.integers(20, 90, n)
    given = gap.cumsum(axis=1)
    band = rng.choice(bands, (n, answers), p=[0.3, 0.3, 0.4])
    following = np.concatenate([given[:, 1:], np.full((n, 1), 100_000)], axis=1)
    # a segment before the first answer, then for each answer the time it counts and the time after it has faded
    ends = np.concatenate(
        [given[:, :1], np.stack([np.minimum(given + 365, following), following], 2).reshape(n, -1)], 1
    )
    state = np.full((n, 2 * answers + 1), "not asked", dtype="U9")
    state[:, 1::2] = band
    rate = monthly_hazard / 30.4375 * np.vectorize(ratio.get)(state)
    cumulative = (rate * np.diff(ends, axis=1, prepend=0)).cumsum(axis=1)
    drawn = rng.exponential(size=n)
    segment = (cumulative < drawn[:, None]).sum(axis=1)
    row = np.arange(n)
    left = np.ceil(ends[row, segment] - (cumulative[row, segment] - drawn) / rate[row, segment]).astype(int)
    joined = -rng.integers(1, 1500, n)
    gone = joined + left <= 0
    day = np.datetime64(AS_OF)
    who = np.array([f"c{i}" for i in range(n)])
    table = pd.DataFrame({"contract_id": who, "customer_id": who, "started_on": (day + joined).astype(object)})
    ended = pd.Series((day + np.minimum(joined + left, 0)).astype(object))
    table["ended_on"] = ended.where(gone, None)
    told = (given < left[:, None]) & (joined[:, None] + given <= 0)
    of, which = np.nonzero(told)
    moment = (day + joined[of] + given[of, which]).astype("datetime64[us]") + np.timedelta64(12, "h")
    score = pd.Series(band[of, which]).map({"low": 3.0, "middle": 8.0, "high": 10.0})
    ids = [f"r{i}" for i in range(len(of))]
    responses = pd.DataFrame({"response_id": ids, "customer_id": who[of], "answered_at": moment})
    return {
        "contracts": table,
        "responses": responses.assign(survey="yearly", kind="relational"),
        "answers": pd.DataFrame({"response_id": ids, "item": "recommend", "score": score}),
        "items": ITEMS,
    }
