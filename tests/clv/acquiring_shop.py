"""A shop that pays for its customers: tables one can count by hand, and a company whose truth is known."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from cxmodels.study.study import Study, open_study

AS_OF = date(2026, 6, 30)


def written(folder: Path, settings: str = "", **tables: pd.DataFrame) -> Study:
    """Write tables as a study and open it; further lines are settings."""
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet")
    lines = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = {AS_OF + timedelta(days=1)}\n'
    (folder / "study.toml").write_text(f"{head}{lines}{settings}", encoding="utf-8")
    return open_study(folder)


def customers(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "joined_on", "joined_channel"])
    return frame.assign(joined_on=pd.to_datetime(frame["joined_on"]).dt.date)


def costs(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["channel", "month", "cost"])
    return frame.assign(month=pd.to_datetime(frame["month"]).dt.date)


STOPS = {"Search": (1.0, 19.0), "Social": (2.0, 12.0)}
"""Beta distribution of a contract's chance to end in a month."""
FEE, ORDERED, MARGIN, MEAN = 20.0, 0.7, 0.4, 30.0


def company(size: int, seed: int) -> tuple[dict[str, pd.DataFrame], dict[str, np.ndarray]]:
    """Return tables of a company, and by channel what its customers really brought within 0, 1, … 24 months."""
    random = np.random.default_rng(seed)
    people, contracts, orders = [], [], []
    brought = {channel: np.zeros(25) for channel in STOPS}
    won = dict.fromkeys(STOPS, 0)
    for number in range(size):
        channel = ("Search", "Social")[number % 2]
        joined = AS_OF - timedelta(days=int(random.integers(0, 1460)))
        people.append((f"c{number}", joined, channel))
        won[channel] += 1
        stop = random.beta(*STOPS[channel])
        months = min(int(random.geometric(max(stop, 1e-6))), 480)
        last = joined + timedelta(days=int(30.4375 * months) - int(random.integers(0, 20)) - 1)
        contracts.append((f"k{number}", f"c{number}", joined, last if last <= AS_OF else None, FEE, MARGIN))
        paid = np.arange(25)
        brought[channel] += FEE * MARGIN * np.minimum(paid, months)
        if random.random() < ORDERED:
            rate, drop = random.gamma(1.5) / 60, random.beta(0.6, 5.0)
            spend = MEAN * 3 / random.gamma(4.0)
            time, repeat = random.exponential(25.0), False
            while time < 1460:
                amount = spend * random.gamma(6.0) / 6.0
                orders.append((f"c{number}", joined, time, amount, amount * MARGIN))
                brought[channel][math.ceil(time / 30.4375) :] += amount * MARGIN
                if repeat and random.random() < drop:
                    break
                time, repeat = time + random.exponential() / rate, True
    ordered = pd.DataFrame(orders, columns=["customer_id", "joined", "days", "amount", "margin"])
    ordered["ordered_at"] = pd.to_datetime(ordered.pop("joined")) + pd.to_timedelta(ordered.pop("days"), unit="D")
    ordered = ordered[ordered["ordered_at"] < pd.Timestamp(AS_OF) + pd.Timedelta(1, unit="D")]
    tables = {
        "customers": pd.DataFrame(people, columns=["customer_id", "joined_on", "joined_channel"]),
        "contracts": pd.DataFrame(
            contracts, columns=["contract_id", "customer_id", "started_on", "ended_on", "monthly_fee", "margin_rate"]
        ),
        "orders": ordered.assign(order_id=[f"o{number}" for number in range(len(ordered))]),
        "costs": costs(*((channel, f"2026-{month:02}-01", 2000.0) for channel in STOPS for month in range(1, 7))),
    }
    return tables, {channel: total / won[channel] for channel, total in brought.items()}
