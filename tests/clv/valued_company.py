"""A small company with orders, contracts and two regions, written as a study: one buys and pays more than the other."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from cxmodels.study import Study, open_study

AS_OF = date(2026, 9, 30)
CUSTOMERS = 500
MONTHS = 24


def company(folder: Path, contracts: bool = True, again: bool = True, min_cell: int = 5) -> Study:
    """Write and open it.

    Parameters
    ----------
    folder
        Where to.
    contracts
        Whether the second half of the customers have one.
    again
        Whether anybody buys a second time.
    min_cell
        Setting of the study.
    """
    random = np.random.default_rng(12)
    region = np.where(np.arange(CUSTOMERS) % 2, "North", "South")
    ago = random.integers(20, 30 * MONTHS, CUSTOMERS)
    rate = random.gamma(0.9, 1 / 45.0, CUSTOMERS) * np.where(region == "North", 1.6, 0.8)
    lives = random.exponential(random.gamma(2.0, 200.0, CUSTOMERS))
    orders = []
    for number, (days, often, life) in enumerate(zip(ago, rate, lives, strict=True)):
        times = np.cumsum(random.exponential(1 / often, 400)) if again else np.array([])
        for time in np.r_[0.0, times[times < min(days, life)]]:
            orders.append((number, AS_OF - timedelta(days=int(days - time)), random.gamma(4.0, 8.0)))
    frame = pd.DataFrame(orders, columns=["number", "ordered_at", "amount"])
    frame["ordered_at"] = pd.to_datetime(frame["ordered_at"])
    names = np.array([f"c{number:04d}" for number in range(CUSTOMERS)])
    table = pd.DataFrame(
        {
            "order_id": [f"o{row:05d}" for row in range(len(frame))],
            "customer_id": names[frame["number"]],
            "ordered_at": frame["ordered_at"],
            "amount": frame["amount"].round(2),
            "margin": (0.4 * frame["amount"]).round(2),
        }
    )
    joined = pd.to_datetime([AS_OF - timedelta(days=int(days)) for days in ago])
    people = pd.DataFrame({"customer_id": names, "joined_on": joined.date, "region": region})
    table.to_parquet(folder / "orders.parquet")
    people.to_parquet(folder / "customers.parquet")
    tables = '[tables.orders]\npath = "orders.parquet"\n[tables.customers]\npath = "customers.parquet"\n'
    if contracts:
        _contracts(random, names, joined, ago).to_parquet(folder / "contracts.parquet")
        tables += '[tables.contracts]\npath = "contracts.parquet"\n'
    (folder / "study.toml").write_text(
        f'[study]\nname = "Test"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n{tables}'
        '[churn]\ncovariates = ["region"]\n[clv]\nhorizon_months = 24\n'
        f"[privacy]\nmin_cell = {min_cell}\n",
        encoding="utf-8",
    )
    return open_study(folder)


def _contracts(
    random: np.random.Generator, names: np.ndarray, joined: pd.DatetimeIndex, ago: np.ndarray
) -> pd.DataFrame:
    rows = []
    for number in range(CUSTOMERS // 2, CUSTOMERS):
        months = random.geometric(random.beta(1.0, 20.0))
        lasted = months * 30.4375
        ended = joined[number] + timedelta(days=int(lasted)) if lasted < ago[number] else pd.NaT
        rows.append((f"k{number}", names[number], joined[number].date(), ended, 9.9, 0.5))
    columns = ["contract_id", "customer_id", "started_on", "ended_on", "monthly_fee", "margin_rate"]
    return pd.DataFrame(rows, columns=columns).assign(ended_on=lambda frame: pd.to_datetime(frame["ended_on"]).dt.date)
