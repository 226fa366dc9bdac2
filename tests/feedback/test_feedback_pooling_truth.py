"""Thirty touchpoints whose true scores are known: nearer, as sure as they say, and the right one mended."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxmodels.feedback.counts.given import counts_of
from cxmodels.feedback.pooling.partial_pooling import pooled

TOUCHPOINTS, FEWEST, MOST = 30, 8, 400
MEAN, BETWEEN, PASSIVE = 0.2, 0.2, 0.35


def company(random: np.random.Generator) -> tuple[np.ndarray, pd.DataFrame]:
    """True scores of thirty touchpoints, -1 to 1, and their answers; most have few."""
    n = np.exp(random.uniform(np.log(FEWEST), np.log(MOST), TOUCHPOINTS)).round().astype(int)
    true = random.normal(MEAN, BETWEEN, TOUCHPOINTS).clip(-0.6, 0.6)
    shares = np.column_stack([(1 - PASSIVE - true) / 2, np.full(TOUCHPOINTS, PASSIVE), (1 - PASSIVE + true) / 2])
    given = np.array([random.multinomial(size, share) for size, share in zip(n, shares, strict=True)])
    names = np.repeat([f"t{at:02}" for at in range(TOUCHPOINTS)], 3)
    return true, pd.DataFrame({"touchpoint": names, "score": np.tile([0, 7, 10], TOUCHPOINTS), "n": given.ravel()})


def replications(count: int, seed: int) -> pd.DataFrame:
    """Squared errors, coverage, regret and calibration of as many companies."""
    random = np.random.default_rng(seed)
    rows = []
    for _ in range(count):
        true, frame = company(random)
        found = pooled(counts_of(frame, "nps", by="touchpoint"), draws=3_000).table
        truth = 100 * true[[int(name[1:]) for name in found["touchpoint"]]]
        raw, own = found["raw"].to_numpy(), found["value"].to_numpy()
        first = found["worst"].to_numpy().argmax()
        rows.append(
            {
                "raw": np.mean((raw - truth) ** 2),
                "pooled": np.mean((own - truth) ** 2),
                "held": np.mean((found["low"] <= truth) & (truth <= found["high"])),
                "regret_raw": truth[raw.argmin()] - truth.min(),
                "regret": truth[first] - truth.min(),
                "said": found["worst"].max(),
                "was": truth[first] == truth.min(),
            }
        )
    return pd.DataFrame(rows)


def judged(found: pd.DataFrame, margin: float) -> None:
    assert np.sqrt(found["pooled"].mean()) <= 0.85 * np.sqrt(found["raw"].mean())
    assert found["held"].mean() == pytest.approx(0.945, abs=margin / 4)
    assert found["regret"].mean() < 0.85 * found["regret_raw"].mean()
    assert found["said"].mean() == pytest.approx(found["was"].mean(), abs=margin)


def test_pooled_scores_are_nearer_to_the_truth_and_as_sure_as_they_say() -> None:
    judged(replications(15, seed=20), margin=0.22)


@pytest.mark.slow
def test_pooled_scores_of_many_companies_are_as_sure_as_they_say() -> None:
    judged(replications(300, seed=21), margin=0.06)
