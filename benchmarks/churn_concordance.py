"""Concordance of a million risks over 71 months, and of 100 000 at distinct times; beside lifelines.

Each number is CPU time on the same data: the least of three runs, of one of lifelines at a million. Both must come to
the same concordance, to ten digits.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.churn_fit import EFFECTS, NAMES, customers
from benchmarks.measurement import Measurement, measure_stages, python

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MANY, SOME = 1_000_000, 100_000


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; nothing is written to `folder`.

    Raises
    ------
    RuntimeError
        When the peers do not agree.
    """
    for task, rows in (("months", MANY), ("distinct", SOME)):
        for peer in PEERS:
            yield from measure_stages(peer, python("-m", "benchmarks.churn_concordance", peer, task), rows=rows)


def risks(table: pd.DataFrame) -> np.ndarray:
    """The true log hazard ratio of each row."""
    import numpy as np

    return np.asarray(table[NAMES].to_numpy() @ np.array(EFFECTS))


def with_cxmodels(time_: np.ndarray, event: np.ndarray, risk: np.ndarray) -> Callable[[], float]:
    """What is to be timed."""
    from cxmodels.churn.accuracy.concordance import concordance

    return lambda: concordance(time_, event, risk)


def with_lifelines(time_: np.ndarray, event: np.ndarray, risk: np.ndarray) -> Callable[[], float]:
    """What is to be timed."""
    from lifelines.utils import concordance_index

    return lambda: float(concordance_index(time_, -risk, event))


PEERS = {"cxmodels": with_cxmodels, "lifelines": with_lifelines}
# To ten digits, of these data: a fast wrong answer is no measurement.
EXPECTED = {"months": 0.6916477557, "distinct": 0.6882455826}

if __name__ == "__main__":
    import numpy as np

    peer, task = sys.argv[1], sys.argv[2]
    table = customers(MANY if task == "months" else SOME)
    moment = table["exit"].to_numpy(float)
    if task == "distinct":
        moment = moment + np.random.default_rng(1).random(len(moment))
    call = PEERS[peer](moment, table["event"].to_numpy(), risks(table))
    took = []
    for _ in range(1 if peer == "lifelines" and task == "months" else 3):
        start = time.process_time()
        found = call()
        took.append(time.process_time() - start)
    if abs(found - EXPECTED[task]) > 1e-10:
        sys.exit(f"concordance {found!r}, expected {EXPECTED[task]!r}")
    said = "1M concordance, 71 months" if task == "months" else "100k concordance, distinct times"
    print(said, min(took), sep="\t")
