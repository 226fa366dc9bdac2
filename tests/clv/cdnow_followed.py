"""Purchases at CDNOW, 1997-98: customers as known at the end of September 1997, and what they bought by June 1998."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import lifetimes
import pandas as pd

START, FITTED, END = date(1997, 1, 1), date(1997, 9, 30), date(1998, 6, 30)
"""39 weeks lie between the day of the fit and the last one."""


@cache
def days(name: str = "sample") -> pd.DataFrame:
    """One row a customer and day with a purchase: ``customer, day, paid``."""
    file = Path(lifetimes.__file__).parent / "datasets" / f"CDNOW_{name}.txt"
    skipped = 1 if name == "master" else 0
    # the sample numbers its customers anew in the second field
    columns = ["customer", "day", "cds", "paid"] if name == "master" else ["customer", "own", "day", "cds", "paid"]
    rows = pd.read_csv(file, sep=r"\s+", names=columns, skiprows=skipped)
    rows["day"] = pd.to_datetime(rows["day"], format="%Y%m%d")
    return rows.groupby(["customer", "day"], as_index=False)["paid"].sum()


@cache
def followed(name: str = "sample") -> pd.DataFrame:
    """``frequency, recency, T, payments, total`` as of the day of the fit, ``purchases, spent`` since, ``n``."""
    bought, fitted = days(name), pd.Timestamp(FITTED)
    bought = bought.assign(first=bought.groupby("customer")["day"].transform("min"))
    known = bought["day"] <= fitted
    repeat = known & (bought["day"] > bought["first"])
    paid = repeat & (bought["paid"] > 0)
    rows = bought.assign(
        frequency=repeat, latest=bought["day"].where(known), payments=paid, total=bought["paid"].where(paid, 0.0),
        purchases=~known, spent=bought["paid"].where(~known, 0.0),
    ).groupby("customer").agg(
        frequency=("frequency", "sum"), first=("first", "min"), latest=("latest", "max"), payments=("payments", "sum"),
        total=("total", "sum"), purchases=("purchases", "sum"), spent=("spent", "sum"),
    )  # fmt: skip
    rows["recency"] = (rows["latest"] - rows["first"]).dt.days
    rows["T"] = (fitted - rows["first"]).dt.days
    by = ["frequency", "recency", "T", "payments", "total", "purchases", "spent"]
    return rows.round({"total": 4, "spent": 4}).groupby(by, as_index=False).size().rename(columns={"size": "n"})
