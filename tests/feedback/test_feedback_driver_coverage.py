"""Intervals of drivers and of the race over many companies: as wide as they say."""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pytest

from cxmodels.estimate import REAL
from cxmodels.feedback.counts.sums import PARTS
from cxmodels.feedback.drivers.out_of_sample import accuracy
from cxmodels.feedback.drivers.sums import UNITS, block_sums
from cxmodels.relative_importance import drivers

NAMES = ["y", "a", "b", "c"]
# the reference case: Johnson (2000) and LMG .237472, .079615, .124688 of an R² of .441774
MATRIX = np.array([[1, 0.6, 0.4, 0.5], [0.6, 1, 0.3, 0.5], [0.4, 0.3, 1, 0.4], [0.5, 0.5, 0.4, 1]])
LMG = {"a": 0.237472, "b": 0.079615, "c": 0.124688}


def shares_covered(companies: int, customers: int, answers: int) -> pd.Series:
    """How often the interval of each driver holds its share; answers of a customer go together."""
    draw = np.random.default_rng(12)
    root = np.linalg.cholesky(MATRIX)
    held = dict.fromkeys(LMG, 0)
    for company in range(companies):
        own = draw.normal(size=(customers, 1, 4)) * np.sqrt(0.5) + draw.normal(size=(customers, answers, 4)) * np.sqrt(
            0.5
        )
        values = np.rint(UNITS * 10 * (own @ root.T)).astype(int).reshape(-1, 4)
        frame = pd.DataFrame(values, columns=NAMES).assign(
            cluster=np.repeat(np.arange(customers), answers), weight=PARTS
        )
        table = ibis.memtable(frame)
        sums = block_sums(table, {name: table[name] for name in NAMES}, customers)
        told = pd.DataFrame(sums.covariance, NAMES, NAMES)
        found = drivers(told, "y", draws=sums.drawn(400, company)[1]).table.set_index("driver")
        for name, truth in LMG.items():
            held[name] += int(found.loc[name, "lmg_low"] <= truth <= found.loc[name, "lmg_high"])
    return pd.Series(held) / companies


def wins_of_equals(companies: int) -> tuple[float, float]:
    """How often one of two equally good scores is called best, and the interval of their difference holds nought."""
    draw = np.random.default_rng(13)
    called = held = 0
    for _ in range(companies):
        felt = draw.normal(size=400)
        block = np.arange(400)
        left = draw.random(400) < 1 / (1 + np.exp(1.2 + felt))
        times = draw.multinomial(400, np.full(400, 1 / 400), size=400).astype(float)
        found = []
        for _ in range(2):
            score = np.rint(3 + felt + draw.normal(size=400)).clip(0, 6).astype(int)
            counts = np.zeros((400, 7, 2))
            np.add.at(counts, (block, score, left.astype(int)), 1)
            found.append(accuracy(counts, np.arange(7.0), times).auc_drawn)
        ahead = (found[0] > found[1]).mean()
        called += int(max(ahead, 1 - ahead) >= REAL)
        low, high = np.quantile(found[0] - found[1], [0.025, 0.975])
        held += int(low <= 0 <= high)
    return called / companies, held / companies


def test_intervals_of_a_few_companies_hold_the_shares() -> None:
    assert shares_covered(12, 150, 2).min() >= 0.75


@pytest.mark.slow
def test_intervals_hold_the_shares_as_often_as_they_say() -> None:
    covered = shares_covered(300, 200, 2)
    # a standard error of 300 companies is 1.3 points
    assert covered.between(0.91, 0.98).all(), covered


@pytest.mark.slow
def test_of_equal_scores_one_is_rarely_called_best() -> None:
    called, held = wins_of_equals(300)
    assert called <= 0.08
    assert 0.91 <= held <= 0.98
