"""Ten million orders in Parquet to (frequency, recency, T): through a study's snapshot, in pandas, with lifetimes.

All three read the same file and end at the same table, one row a distinct triple with its number of customers. Then all
that a page of customer value asks of the engine at once: these counts, what repeat customers paid, the customer base.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, measure, python

ORDERS = 10_000_000
CUSTOMERS = 1_000_000
MONTH = "2026-09"
LAST_DAY = "2026-09-30"

STUDY = """\
[study]
name = "Ten million orders"
currency = "EUR"
extracted_on = 2026-10-01
[tables.customers]
path = "customers.parquet"
[tables.orders]
path = "orders.parquet"
"""


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; the data are written to `folder` first."""
    study = folder / "orders"
    write_study(study)
    for peer in PEERS:
        command = python("-m", "benchmarks.purchase_counts", peer, str(study))
        yield measure("10M orders to counts", peer, command, rows=ORDERS)
    command = python("-m", "benchmarks.purchase_counts", "page", str(study))
    yield measure("10M orders to counts, spend and base", "cxmodels", command, rows=ORDERS)


def write_study(folder: Path) -> None:
    """Write customers and orders over three years; the same rows every time."""
    import duckdb

    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with duckdb.connect() as engine:
        engine.execute(
            f"copy (select 'c' || i as customer_id, date '2023-10-01' as joined_on from range({CUSTOMERS}) t(i)) "
            f"to '{folder}/customers.parquet'"
        )
        engine.execute(
            "copy (select 'o' || i as order_id, "
            # The square of a uniform makes some customers buy far more often than others.
            f"'c' || floor({CUSTOMERS} * pow((hash(i) % 4294967291) / 4294967291.0, 2))::bigint as customer_id, "
            "timestamp '2023-10-01' + to_seconds((hash(i + 7) % 94608000)::bigint) as ordered_at, "
            f"5 + (hash(i + 13) % 20000) / 100.0 as amount from range({ORDERS}) t(i)) "
            f"to '{folder}/orders.parquet'"
        )


def with_cxmodels(folder: Path) -> int:
    """Count through the snapshot: every row checked, consent applied, customers under pseudonyms."""
    import cxmodels as cx

    counts = cx.clv.purchase_counts(cx.open_study(folder).snapshot(MONTH))
    return counts.customers


def with_cxmodels_for_a_page(folder: Path) -> int:
    """Count purchases, spend and the customer base through one snapshot; return the customers of the base."""
    import cxmodels as cx
    from cxmodels.clv.counts.base import customer_base
    from cxmodels.clv.counts.spend import spend_counts

    snapshot = cx.open_study(folder).snapshot(MONTH)
    counts, spend, base = (count(snapshot) for count in (cx.clv.purchase_counts, spend_counts, customer_base))
    return min(counts.customers, base.customers) if spend.customers < base.customers else 0


def with_pandas(folder: Path) -> int:
    """Count in pandas, without any check."""
    import pandas as pd

    orders = pd.read_parquet(folder / "orders.parquet", columns=["customer_id", "ordered_at", "amount"])
    orders["day"] = orders["ordered_at"].dt.floor("D")
    days = orders.groupby(["customer_id", "day"], as_index=False)["amount"].sum()
    by_customer = days.groupby("customer_id")["day"].agg(["count", "min", "max"])
    summary = pd.DataFrame(
        {
            "frequency": by_customer["count"] - 1,
            "recency": (by_customer["max"] - by_customer["min"]).dt.days,
            "T": (pd.Timestamp(LAST_DAY) - by_customer["min"]).dt.days,
        }
    )
    return int(summary.value_counts().sum())


def with_lifetimes(folder: Path) -> int:
    """Count with the usual function of the field, without any check."""
    import pandas as pd
    from lifetimes.utils import summary_data_from_transaction_data

    orders = pd.read_parquet(folder / "orders.parquet", columns=["customer_id", "ordered_at", "amount"])
    summary = summary_data_from_transaction_data(
        orders, "customer_id", "ordered_at", monetary_value_col="amount", observation_period_end=LAST_DAY
    )
    return int(summary[["frequency", "recency", "T"]].value_counts().sum())


PEERS = {"cxmodels": with_cxmodels, "pandas": with_pandas, "lifetimes": with_lifetimes}

if __name__ == "__main__":
    # Exit status 1 when customers were lost on the way: a fast wrong answer is no measurement.
    expected = 0.9 * CUSTOMERS
    asked = PEERS | {"page": with_cxmodels_for_a_page}
    sys.exit(asked[sys.argv[1]](Path(sys.argv[2])) < expected)
