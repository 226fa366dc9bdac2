"""The posterior of a purchase model: CDNOW and a million customers; beside lifetimes and pymc-marketing with nutpie.

lifetimes gives the maximum of the likelihood only, pymc-marketing draws 2 × 1,000 after as many of tuning, cxmodels
gives both: the maximum and 1,000 draws. CPU seconds, imports and the reading of data left out; the least of three runs
for cxmodels and lifetimes on CDNOW, one run of the others. "1M customers, orders to posterior" begins with their 3.4
million orders in Parquet and goes through the checks of a study, the engine's counts and the fit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measurement import Measurement, measure_stages, python
from benchmarks.peers import peer_python

MANY = 1_000_000
CDNOW = 2_357
DAYS = 1_095
MONTH = "2026-09"
# of CDNOW, in days
TRUTH = {"r": 0.243, "alpha": 4.414 * 7, "a": 0.793, "b": 2.426}

STUDY = """\
[study]
name = "A million customers"
currency = "EUR"
extracted_on = 2026-10-01
[tables.customers]
path = "customers.parquet"
[tables.orders]
path = "orders.parquet"
"""


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; the data are written to `folder` first."""
    cdnow, many, study = folder / "cdnow.csv", folder / "many.csv", folder / "million"
    write_cdnow(cdnow)
    write_study(study, many)
    module = ("-m", "benchmarks.clv_fit")
    for task, file, rows, peers in (
        ("BG/NBD, CDNOW", cdnow, CDNOW, ("cxmodels", "lifetimes")),
        ("Pareto/NBD, CDNOW", cdnow, CDNOW, ("cxmodels", "lifetimes")),
        ("BG/NBD, 1M customers", many, MANY, ("cxmodels", "lifetimes")),
        ("1M customers, orders to posterior", study, MANY, ("cxmodels",)),
    ):
        for peer in peers:
            yield from measure_stages(peer, python(*module, peer, task, str(file)), rows=rows)
        if rows == CDNOW and (other := peer_python()):
            command = [other, *module, "pymc-marketing", task, str(file)]
            yield from measure_stages("pymc-marketing", command, rows=rows)


def write_cdnow(file: Path) -> None:
    """Write the calibration weeks of the CDNOW sample: frequency, recency and T in weeks."""
    import pandas as pd

    found = find_spec("lifetimes")
    if found is None or found.origin is None:
        raise RuntimeError("the package lifetimes, which ships CDNOW, is not installed")
    published = Path(found.origin).parent / "datasets" / "cdnow_customers_summary.csv"
    pd.read_csv(published).to_csv(file, index=False)


def write_study(folder: Path, counted: Path) -> None:
    """Write a study of a million customers who buy as BG/NBD says, and the same counted by day; always the same."""
    import duckdb
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    T = random.integers(0, DAYS, MANY)
    rate, chance = random.gamma(TRUTH["r"], 1 / TRUTH["alpha"], MANY), random.beta(TRUTH["a"], TRUTH["b"], MANY)
    customers, days, at = [np.arange(MANY)], [np.zeros(MANY, np.int64)], np.zeros(MANY)
    buying = np.arange(MANY)
    while len(buying):
        at[buying] += random.exponential(1 / np.maximum(rate[buying], 1e-300))
        buying = buying[at[buying] < T[buying]]
        customers.append(buying)
        days.append(at[buying].astype(np.int64) + 1)
        buying = buying[random.random(len(buying)) > chance[buying]]
    orders = pd.DataFrame({"customer": np.concatenate(customers), "day": np.concatenate(days)})
    orders["day"] = orders["day"].clip(upper=T[orders["customer"]])
    distinct = orders.drop_duplicates()
    by_customer = distinct.groupby("customer")["day"].agg(["count", "max"])
    pd.DataFrame({"frequency": by_customer["count"] - 1, "recency": by_customer["max"], "T": T}).to_csv(
        counted, index=False
    )
    orders["amount"] = random.gamma(6.25, 5, len(orders)).round(2) + 0.01
    # T counts the days from the first purchase to the last day of the month
    orders["ago"] = T[orders["customer"]] - orders["day"]
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    with duckdb.connect() as engine:
        engine.register("orders", orders)
        engine.execute(
            f"copy (select 'c' || i as customer_id, date '2023-01-01' as joined_on from range({MANY}) t(i)) "
            f"to '{folder}/customers.parquet'"
        )
        engine.execute(
            "copy (select 'o' || row_number() over () as order_id, 'c' || customer as customer_id, "
            "timestamp '2026-09-30 12:00:00' - to_days(ago::integer) as ordered_at, amount from orders) "
            f"to '{folder}/orders.parquet'"
        )


def with_cxmodels(task: str, file: Path) -> tuple[Callable[[], object], int]:
    """What is to be timed, and how often."""
    from cxmodels.clv.fits.purchases import fit_purchases

    if file.is_dir():
        import cxmodels as cx
        from cxmodels.clv.counts.purchases import purchase_counts

        return lambda: fit_purchases(purchase_counts(cx.open_study(file).snapshot(MONTH))).summary, 1
    import pandas as pd

    from cxmodels.clv.counts.from_frame import counted

    counts = counted(pd.read_csv(file), unit="weeks" if "CDNOW" in task else "days")
    model = "pareto_nbd" if task.startswith("Pareto") else "bg_nbd"
    return lambda: fit_purchases(counts, model).summary, 3 if "CDNOW" in task else 1


def with_lifetimes(task: str, file: Path) -> tuple[Callable[[], object], int]:
    """What is to be timed, and how often."""
    import pandas as pd
    from lifetimes import BetaGeoFitter, ParetoNBDFitter

    table = pd.read_csv(file)
    fitter = ParetoNBDFitter if task.startswith("Pareto") else BetaGeoFitter
    columns = (table["frequency"], table["recency"], table["T"])
    return lambda: fitter().fit(*columns), 3 if task == "BG/NBD, CDNOW" else 1


def with_pymc_marketing(task: str, file: Path) -> tuple[Callable[[], object], int]:
    """What is to be timed, and how often."""
    import pandas as pd
    from pymc_marketing.clv import BetaGeoModel, ParetoNBDModel

    table = pd.read_csv(file).rename(columns={"ID": "customer_id"})
    model = ParetoNBDModel if task.startswith("Pareto") else BetaGeoModel
    sampling = {"draws": 1000, "tune": 1000, "chains": 2, "random_seed": 1, "progressbar": False}
    return lambda: model().fit(table, nuts_sampler="nutpie", **sampling), 1


PEERS = {"cxmodels": with_cxmodels, "lifetimes": with_lifetimes, "pymc-marketing": with_pymc_marketing}

if __name__ == "__main__":
    import contextlib
    import os

    peer, task, file = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    call, times = PEERS[peer](task, file)
    took = []
    # peers print while they fit
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        for _ in range(times):
            start = time.process_time()
            call()
            took.append(time.process_time() - start)
    print(task, min(took), sep="\t")
