"""Features are counted in the engine, from whatever tables there are, and say what stands where nothing is known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxmodels.segments.errors import InvalidValue, NoBehaviour, UnknownColumn
from cxmodels.segments.features.features import Features
from cxmodels.segments.features.from_study import customer_features
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

AS_OF = date(2026, 9, 30)
NOON = pd.Timestamp(f"{AS_OF} 12:00")


def snapshot(folder: Path, sections: str = "[privacy]\nmin_cell = 1\n", **tables: pd.DataFrame) -> Snapshot:
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    named = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
    (folder / "study.toml").write_text(head + named + sections, encoding="utf-8")
    return open_study(folder).snapshot(AS_OF)


def orders(*rows: tuple[str, float, float], **columns: list) -> pd.DataFrame:
    """Orders from ``(customer, days ago, amount)``."""
    table = pd.DataFrame(rows, columns=["customer_id", "ago", "amount"])
    table.insert(0, "order_id", [f"o{number}" for number in range(len(table))])
    when = NOON - pd.to_timedelta(table.pop("ago"), unit="D")
    return table.assign(ordered_at=when.astype("datetime64[us]"), amount=table["amount"].astype(float), **columns)


def contracts(*rows: tuple[str, int, int | None], fee: float = 20.0) -> pd.DataFrame:
    days = [(AS_OF - timedelta(start), None if end is None else AS_OF - timedelta(end)) for _, start, end in rows]
    return pd.DataFrame(
        {
            "contract_id": [f"k{place}" for place in range(len(rows))],
            "customer_id": [row[0] for row in rows],
            "started_on": [start for start, _ in days],
            "ended_on": pd.Series([end for _, end in days], dtype="object"),
            "monthly_fee": [fee + place for place in range(len(rows))],
        }
    )


def by_person(found: Features, of: Snapshot) -> pd.DataFrame:
    people = of.pseudonyms.to_pandas()[["number", "customer_id"]]
    return found.table.to_pandas().merge(people, on="number").set_index("customer_id").sort_index()


def test_orders_alone_give_recency_frequency_money_and_shares(tmp_path: Path) -> None:
    shop = orders(
        ("a", 10, 30), ("a", 40, 20), ("a", 5, -20), ("b", 100, 50), ("b", 500, 70), ("gone", 700, 10),
        category=["Coffee", "Tea", "Tea", "Tea", "Coffee", "Coffee"],
    )  # fmt: skip
    today = snapshot(tmp_path, orders=shop)
    found = customer_features(today)
    frame = by_person(found, today)
    assert list(frame.index) == ["a", "b"]
    assert found.gone == 1
    assert frame["recency"].tolist() == [10, 100]
    assert frame["frequency"].tolist() == [2, 1]
    assert frame["monetary"].tolist() == [30, 50]
    # coffee is a third of three orders; drawn towards it by one order
    assert frame["category: Coffee"].tolist() == pytest.approx([(1 + 1 / 3) / 3, (0 + 1 / 3) / 2])
    assert frame["tenure"].tolist() == pytest.approx([40 / 30.4375, 500 / 30.4375])
    why = found.left_out.set_index("name")["why"]
    assert why["time of day"] == "orders are dated without a time of day"
    assert why["channel"] == "orders have no channel"
    assert why["contacts"] == "the study has no interactions"


def test_contracts_alone_give_tenure_and_fee_of_those_that_run(tmp_path: Path) -> None:
    today = snapshot(tmp_path, contracts=contracts(("a", 400, None), ("b", 90, None), ("b", 300, 200), ("c", 50, 2)))
    found = customer_features(today)
    frame = by_person(found, today)
    assert list(frame.index) == ["a", "b"]
    assert found.names == ("tenure", "fee")
    assert frame["fee"].tolist() == [20, 21]
    assert frame["tenure"].tolist() == pytest.approx([400 / 30.4375, 300 / 30.4375])


def test_who_has_no_orders_has_the_shares_of_all_and_the_whole_window_since_the_last(tmp_path: Path) -> None:
    shop = orders(("a", 10, 30), ("b", 40, 20), channel=["Web", "App"])
    today = snapshot(tmp_path, orders=shop, contracts=contracts(("a", 400, None), ("b", 90, None), ("idle", 80, None)))
    idle = by_person(customer_features(today), today).loc["idle"]
    assert idle["recency"] == 365
    assert idle["frequency"] == 0
    assert idle["channel: Web"] == pytest.approx(0.5)


def test_the_last_score_is_the_latest_of_the_first_metric_that_is_asked(tmp_path: Path) -> None:
    when = [NOON - pd.Timedelta(days=days) for days in (30, 20, 10)]
    tables = {
        "contracts": contracts(("a", 400, None), ("b", 90, None)),
        "responses": pd.DataFrame(
            {
                "response_id": ["r1", "r2", "r3"],
                "customer_id": ["a", "a", "b"],
                "answered_at": pd.Series(when).astype("datetime64[us]"),
                "survey": "annual",
                "kind": "relational",
            }
        ),
        "answers": pd.DataFrame(
            {"response_id": ["r1", "r2", "r2", "r3"], "item": ["q", "q", "other", "other"], "score": [2.0, 4.0, 1, 1]}
        ),
        "items": pd.DataFrame(
            {
                "item": ["q", "other"],
                "scale_min": [0.0, 0.0],
                "scale_max": [5.0, 10.0],
                "wording": ["?", "?"],
                "metric": ["csat", None],
            }
        ),
    }
    today = snapshot(tmp_path, **tables)
    found = customer_features(today, names=("tenure", "answered", "last_score"))
    frame = by_person(found, today)
    assert frame["last_score"].tolist()[0] == pytest.approx(8.0)
    assert np.isnan(frame["last_score"].tolist()[1])
    assert frame["answered"].tolist() == [1, 1]
    # the one score there is cannot tell two customers apart
    assert "last_score" not in customer_features(today).names


def test_what_is_wanted_and_not_told_is_named(tmp_path: Path) -> None:
    today = snapshot(tmp_path, contracts=contracts(("a", 400, None), ("b", 90, None)))
    with pytest.raises(UnknownColumn, match="do not tell frequency; they tell: tenure, fee"):
        customer_features(today, names=("tenure", "frequency"))
    with pytest.raises(InvalidValue, match="from 1 on, found 0"):
        customer_features(today, window_months=0)
    with pytest.raises(UnknownColumn, match="no such feature"):
        customer_features(today).without("money")


def test_too_few_to_tell_apart_is_nothing_to_tell(tmp_path: Path) -> None:
    few = snapshot(tmp_path, sections="", contracts=contracts(("a", 400, None), ("b", 90, None)))
    with pytest.raises(NoBehaviour, match="fewer than 10 customers"):
        customer_features(few)


def test_features_of_the_company_agree_with_pandas(today: Snapshot) -> None:
    found = customer_features(today)
    frame = by_person(found, today)
    raw = today.orders.to_pandas()
    ago = (pd.Timestamp(AS_OF) - raw["ordered_at"].dt.normalize()).dt.days
    recent = raw[(ago < 365) & (raw["amount"] >= 0)]
    people = today.pseudonyms.to_pandas().set_index("customer_id")["pseudonym"].loc[frame.index]
    counted = recent.groupby("customer_id").size().reindex(people).fillna(0)
    assert frame["frequency"].tolist() == counted.tolist()
    evening = recent[recent["ordered_at"].dt.hour.between(18, 21)]
    overall = len(evening) / len(recent)
    own = evening.groupby("customer_id").size().reindex(people).fillna(0)
    expected = (own + overall) / (counted + 1)
    assert frame["time of day: evening"].to_numpy() == pytest.approx(expected.to_numpy())
    assert found.customers + found.gone == today.pseudonyms.count().execute()
    assert set(found.without("feedback", "fee").names) == set(found.names) - {"answered", "last_score", "fee"}
