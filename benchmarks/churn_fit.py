"""Cox's model with its standard errors, with late entries, and the proportional hazards test; beside lifelines.

Tenure in whole months, about seventy of them, ten covariates of which four are numbers: no two customers are alike, and
many leave in the same month. Each number is the least CPU time of three runs on the same data; the test of lifelines,
which takes half a minute, is run once.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measurement import Measurement, measure_stages, python

if TYPE_CHECKING:
    import pandas as pd

MANY, SOME = 1_000_000, 100_000
LONGEST = 72
BINARY = (0.5, 0.3, 0.15, 0.6, 0.4, 0.2)
EFFECTS = (0.5, -0.4, 0.3, -0.25, 0.7, -0.6, 0.35, -0.3, 0.2, 0.0)
NAMES = [f"x{number}" for number in range(len(EFFECTS))]


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; nothing is written to `folder`."""
    for task, rows in (("fit", MANY), ("entry", SOME), ("test", SOME)):
        for peer in ("cxmodels", "lifelines"):
            yield from measure_stages(peer, python("-m", "benchmarks.churn_fit", peer, task, str(rows)), rows=rows)


def customers(rows: int) -> pd.DataFrame:
    """Customers whose hazard falls with tenure, censored evenly over six years; the same rows every time."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(0)
    columns = {name: (rng.random(rows) < share).astype(float) for name, share in zip(NAMES, BINARY, strict=False)}
    columns |= {name: rng.normal(size=rows) for name in NAMES[len(BINARY) :]}
    risk = np.exp(sum(effect * columns[name] for name, effect in zip(NAMES, EFFECTS, strict=True)))
    left, watched = (rng.exponential(size=rows) / (0.035 * risk)) ** (1 / 0.8), rng.uniform(2, LONGEST, rows)
    columns["event"] = (np.ceil(left) <= np.floor(watched)).astype(np.int64)
    columns["exit"] = np.where(columns["event"] == 1, np.ceil(left), np.floor(watched)).astype(np.int64)
    # half of them are watched from some month of their tenure on
    columns["entry"] = np.minimum((rng.random(rows) < 0.5) * rng.integers(0, 24, rows), columns["exit"] - 1)
    return pd.DataFrame(columns, copy=False)


def with_cxmodels(task: str, table: pd.DataFrame) -> tuple[Callable[[], object], int]:
    """What is to be timed, and how often."""
    from cxmodels.churn.counts.from_frame import counted
    from cxmodels.churn.models.cox import fit_cox
    from cxmodels.churn.models.proportional_hazards import proportional_hazards

    episodes = counted(table, NAMES, entry="entry" if task == "entry" else None, unit="months")
    if task != "test":
        return lambda: fit_cox(episodes, NAMES).coefficients["se"], 3
    fit = fit_cox(episodes, NAMES)
    return lambda: proportional_hazards(fit), 3


def with_lifelines(task: str, table: pd.DataFrame) -> tuple[Callable[[], object], int]:
    """What is to be timed, and how often."""
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    rows = table if task == "entry" else table.drop(columns="entry")
    if task != "test":
        entry = "entry" if task == "entry" else None
        return lambda: CoxPHFitter().fit(rows, "exit", "event", entry_col=entry).standard_errors_, 3
    fit = CoxPHFitter().fit(rows, "exit", "event")
    return lambda: proportional_hazard_test(fit, rows, time_transform="km"), 1


PEERS = {"cxmodels": with_cxmodels, "lifelines": with_lifelines}
SAID = {"fit": "Cox fit × 10", "entry": "Cox fit × 10, late entries", "test": "proportional hazards test"}

if __name__ == "__main__":
    peer, task, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])
    call, times = PEERS[peer](task, customers(rows))
    took = []
    for _ in range(times):
        start = time.process_time()
        call()
        took.append(time.process_time() - start)
    size = f"{rows // 1_000_000}M" if rows >= 1_000_000 else f"{rows // 1000}k"
    print(f"{size} {SAID[task]}", min(took), sep="\t")
