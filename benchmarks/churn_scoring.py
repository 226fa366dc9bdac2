"""A million customers scored at four horizons: the chances alone, and the scores joined back to customers.

The chances are those of a million distinct rows with ten covariates, four of them numbers, so that no two customers
share a cell. The join is measured apart, through a study's snapshot, where the engine counts cells and joins.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, measure_stages, python

CUSTOMERS = 1_000_000
FITTED = 100_000
HORIZONS = (1, 3, 6, 12)
LAST_DAY = "2026-09-30"
LONGEST = 72
BINARY = (0.5, 0.3, 0.15, 0.6, 0.4, 0.2)
EFFECTS = (0.5, -0.4, 0.3, -0.25, 0.7, -0.6, 0.35, -0.3, 0.2, 0.0)

STUDY = f"""\
[study]
name = "A million customers"
currency = "EUR"
extracted_on = 2026-10-01
[tables.customers]
path = "customers.parquet"
[tables.contracts]
path = "contracts.parquet"
[churn]
covariates = ["plan", "region"]
window_months = {LONGEST}
"""


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; the data are written to `folder` first."""
    write_study(folder / "million")
    for stage in ("chances", "study"):
        command = python("-m", "benchmarks.churn_scoring", stage, str(folder / "million"))
        yield from measure_stages("cxmodels", command, rows=CUSTOMERS)


def write_study(folder: Path) -> None:
    """Write contracts of two plans in six regions, about a million running; the same rows every time."""
    import duckdb

    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    # Joined over six years; gone after an exponential time, sooner on plan B.
    made = (
        "select i, date '2020-10-01' + (hash(i) % 2191)::int as joined, "
        "case when hash(i + 3) % 5 < 2 then 'B' else 'A' end as plan, 'region ' || hash(i + 5) % 6 as region, "
        "-ln(1 - (hash(i + 7) % 4294967291) / 4294967291.0) as waited from range("
        f"{CUSTOMERS} * 19 // 10) t(i)"
    )
    gone = "joined + 1 + (waited * case when plan = 'B' then 1000 else 2000 end)::int"
    with duckdb.connect() as engine:
        engine.execute(f"create table made as select *, {gone} as gone from ({made})")
        engine.execute(
            "copy (select 'c' || i as customer_id, joined as joined_on, region from made) "
            f"to '{folder}/customers.parquet'"
        )
        engine.execute(
            "copy (select 'k' || i as contract_id, 'c' || i as customer_id, joined as started_on, "
            f"case when gone <= date '{LAST_DAY}' then gone end as ended_on, plan from made) "
            f"to '{folder}/contracts.parquet'"
        )


def chances(folder: Path) -> None:
    """Score a million distinct rows with a fit of a tenth as many."""
    from cxmodels.churn.counts.from_frame import counted
    from cxmodels.churn.forecasts import chances as forecast
    from cxmodels.churn.models.cox import fit_cox

    names = [f"x{number}" for number in range(len(EFFECTS))]
    fit = fit_cox(counted(_customers(FITTED, 1), names, unit="months"))
    cells = _customers(CUSTOMERS, 2).rename(columns={"exit": "tenure"})
    begun = time.process_time()
    found = forecast.chances(fit, cells, HORIZONS)
    _say("1M distinct customers, chances at four horizons (CPU)", begun)
    assert found.shape == (CUSTOMERS, len(HORIZONS))
    assert ((found > 0) & (found < 1)).all(axis=None)
    begun = time.process_time()
    forecast.limits(fit, cells, HORIZONS, 100, 1)
    _say("1M distinct customers, limits of the chances (CPU)", begun)


def study(folder: Path) -> None:
    """Count, fit, score and write a study's customers."""
    import cxmodels as cx
    from cxmodels.churn.forecasts.causes import fit_causes
    from cxmodels.churn.forecasts.scores import scores
    from cxmodels.report.attachments import write_parquet

    snapshot = cx.open_study(folder).snapshot("2026-09")
    people = int(snapshot.pseudonyms.count().execute())
    episodes = cx.churn.episodes(snapshot)
    fit = cx.churn.fit_cox(episodes)
    begun = time.process_time()
    made = scores(snapshot, fit, fitted=fit_causes(episodes))
    _say(f"{made.customers:,} customers in {len(made.cells):,} cells: all scores (CPU)", begun)
    begun = time.process_time()
    write_parquet(made.table, folder / "scores.parquet")
    _say(f"{made.customers:,} customers joined, sorted and written (CPU)", begun)
    assert made.customers == episodes.active < people


def _customers(n: int, seed: int):
    """Tenure in months and ten covariates; six are 0 or 1, four are continuous."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    x = np.empty((n, len(EFFECTS)))
    for column, share in enumerate(BINARY):
        x[:, column] = rng.random(n) < share
    x[:, 6], x[:, 7], x[:, 9] = rng.normal(size=(3, n))
    x[:, 8] = rng.gamma(2, 1, n) - 2
    stayed = (rng.exponential(size=n) / (0.035 * np.exp(x @ EFFECTS))) ** (1 / 0.8)
    watched = rng.integers(1, LONGEST, n)
    frame = pd.DataFrame(x, columns=[f"x{number}" for number in range(len(EFFECTS))])
    return frame.assign(
        exit=np.minimum(np.ceil(stayed), watched).astype(int), event=(stayed <= watched).astype(int), n=1
    )


def _say(stage: str, begun: float) -> None:
    print(f"{stage}\t{time.process_time() - begun:.3f}")


if __name__ == "__main__":
    {"chances": chances, "study": study}[sys.argv[1]](Path(sys.argv[2]))
