"""Scores of customers: each has that of their own past, under their pseudonym, the same bytes for the same data."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from known_fits import purchase_fit, retention_fit, spend_fit

from cxmodels.clv.counts.base import Base, customer_base
from cxmodels.clv.forecasts.forecast import ClvForecast, forecast
from cxmodels.clv.forecasts.scores import Scores, scores
from cxmodels.report.attachments import write_parquet
from cxmodels.report.gate_tables import inspect_table
from cxmodels.study.privacy import pseudonym
from cxmodels.study.secret import read_secret
from cxmodels.study.study import Study, open_study

AS_OF = date(2026, 9, 30)
TOML = """\
[study]
name = "Shop"
currency = "EUR"
extracted_on = 2026-10-01
[tables.customers]
path = "customers.parquet"
[tables.orders]
path = "orders.parquet"
[tables.contracts]
path = "contracts.parquet"
"""


def study_of(folder: Path, customers: int = 200) -> Study:
    """Write a study in which a third only order, a third only have a contract, and the others have both."""
    random = np.random.default_rng(4)
    orders, contracts, people = [], [], []
    for number in range(customers):
        name, kind = f"c{number}", number % 3
        people.append((name, AS_OF - timedelta(days=900), "AB"[number % 2]))
        if kind != 1:
            days = sorted(random.integers(0, 800, random.integers(1, 6)), reverse=True)
            orders += [
                (f"o{number}-{place}", name, AS_OF - timedelta(days=int(ago)), round(random.gamma(6, 3), 2) + 0.01)
                for place, ago in enumerate(days)
            ]
        if kind != 0:
            contracts.append((f"k{number}", name, AS_OF - timedelta(days=int(random.integers(31, 800))), 9.9, 0.5))
    for table, rows, columns in (
        ("customers", people, ["customer_id", "joined_on", "plan"]),
        ("orders", orders, ["order_id", "customer_id", "ordered_at", "amount"]),
        ("contracts", contracts, ["contract_id", "customer_id", "started_on", "monthly_fee", "margin_rate"]),
    ):
        pd.DataFrame(rows, columns=columns).to_parquet(folder / f"{table}.parquet", index=False)
    (folder / "study.toml").write_text(TOML, encoding="utf-8")
    return open_study(folder)


def forecast_of(base: Base) -> ClvForecast:
    asked = {"horizon_months": 36, "discount_rate": 0.1, "draws": 40}
    return forecast(base, purchase_fit(), spend_fit(), retention_fit(), **asked)


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Study, ClvForecast, Scores]:
    """Return a study, its forecast and the scores."""
    study = study_of(tmp_path_factory.mktemp("shop"))
    snapshot = study.snapshot(AS_OF)
    made = forecast_of(customer_base(snapshot, by=("plan",)))
    return study, made, scores(snapshot, made)


def test_every_customer_has_the_score_of_their_own_past(scored: tuple[Study, ClvForecast, Scores]) -> None:
    study, made, found = scored
    orders = pd.read_parquet(study.folder / "orders.parquet")
    contracts = pd.read_parquet(study.folder / "contracts.parquet").set_index("customer_id")
    days = orders.groupby(["customer_id", "ordered_at"], as_index=False)["amount"].sum()
    ago = days.assign(ago=[(AS_OF - day).days for day in days["ordered_at"]]).groupby("customer_id")["ago"]
    past = pd.DataFrame({"frequency": ago.count() - 1, "recency": ago.max() - ago.min(), "T": ago.max()})
    secret = read_secret(study.folder)
    table = found.table.execute().set_index("customer")
    assert len(table) == found.customers == made.customers == 200
    cells = made.cells.round({"total": 2, "margin": 2})
    for number in range(0, 200, 7):
        name = f"c{number}"
        alike = cells["plan"] == "AB"[number % 2]
        if number % 3 != 1:
            alike &= (cells[list(past.columns)] == past.loc[name]).all(axis=1)
            repeat = days[days["customer_id"] == name].sort_values("ordered_at")["amount"].iloc[1:]
            alike &= np.isclose(cells["total"], repeat.sum())
        else:
            alike &= cells["frequency"].isna()
        if number % 3 != 0:
            lasted = (AS_OF - contracts.loc[name, "started_on"]).days
            # the day of the snapshot is watched to its end
            alike &= (cells["contract_months"] * 30.4375 <= lasted + 1) & (
                (cells["contract_months"] + 1) * 30.4375 > lasted
            )
            alike &= cells["margin"] == 4.95
        else:
            alike &= cells["contract_months"].isna()
        (cell,) = made.cells[alike].to_dict("records")
        score = table.loc[pseudonym(name, secret)]
        assert score["plan"] == cell["plan"]
        assert score["purchases_36m"] == pytest.approx(cell["purchases"], abs=1e-4)
        assert score["purchases_36m_high"] == cell["purchases_high"]
        assert score["p_alive"] == pytest.approx(cell["p_alive"], abs=1e-6, nan_ok=True)
        for column in ("spend", "spend_low", "clv", "clv_low", "clv_high", "clv_orders", "clv_contracts"):
            assert score[column] == pytest.approx(cell[column], abs=0.01, nan_ok=True), column


def test_the_columns_are_those_that_are_documented(scored: tuple[Study, ClvForecast, Scores]) -> None:
    _, _, found = scored
    named = [f"{name}{side}" for name in ("purchases_36m", "spend", "clv") for side in ("", "_low", "_high")]
    assert list(found.table.columns) == ["customer", "plan", "p_alive", *named, "clv_orders", "clv_contracts"]
    readme = (Path(__file__).resolve().parents[2] / "reports" / "README.md").read_text(encoding="utf-8")
    for column in ("customer", "p_alive", "purchases_36m", "spend", "clv_low", "clv_orders", "clv_contracts"):
        assert f"``{column}``" in (Scores.__doc__ or "")
        assert f"`{column}`" in readme


def test_what_is_written_may_be_published_and_is_the_same_every_time(
    scored: tuple[Study, ClvForecast, Scores], tmp_path: Path
) -> None:
    study, _, found = scored
    write_parquet(found.table, tmp_path / "0.parquet")
    snapshot = open_study(study.folder).snapshot(AS_OF)
    write_parquet(scores(snapshot, forecast_of(customer_base(snapshot, by=("plan",)))).table, tmp_path / "1.parquet")
    assert inspect_table(tmp_path / "0.parquet", "clv.parquet") == []
    assert (tmp_path / "0.parquet").read_bytes() == (tmp_path / "1.parquet").read_bytes()
    written = pd.read_parquet(tmp_path / "0.parquet")
    assert written["customer"].is_monotonic_increasing
    assert written["p_alive"].isna().sum() == len(range(1, 200, 3))


def test_the_scores_add_up_to_the_base(scored: tuple[Study, ClvForecast, Scores]) -> None:
    _, made, found = scored
    table = found.table.execute()
    assert table["clv"].sum() == pytest.approx(made.total().value, abs=0.005 * 200)
    assert (table["clv_orders"] + table["clv_contracts"]).to_numpy() == pytest.approx(table["clv"], abs=0.011)
