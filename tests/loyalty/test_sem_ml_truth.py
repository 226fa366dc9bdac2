"""Maximum likelihood finds the parameters that the answers were drawn with, and its limits hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sem_populations import LOADINGS, MEDIATED, TRUE_PATHS, answers_drawn

from cxmodels.loyalty.ml.fit import fit_ml


def held(replications: int, n: int) -> tuple[float, float]:
    """Return the share of 90 % limits that hold the true paths and effects, and the mean chi² a degree of freedom."""
    times, chi_square = 0, 0.0
    truth = pd.Series(TRUE_PATHS)
    for seed in range(replications):
        fit = fit_ml(MEDIATED, answers_drawn(n, seed))
        own = fit.estimates.set_index("label").loc[list(TRUE_PATHS)]
        times += int((np.abs(own["coef"] - truth) < 1.6449 * own["se"]).sum())
        chi_square += fit.chi_square / fit.df
    return times / replications / len(TRUE_PATHS), chi_square / replications


def test_many_answers_give_the_truth() -> None:
    fit = fit_ml(MEDIATED, answers_drawn(50_000, seed=11))
    told = fit.estimates.set_index("label").loc[list(TRUE_PATHS)]
    assert told["coef"].to_dict() == pytest.approx(TRUE_PATHS, abs=0.02)
    loading = fit.estimates[fit.estimates["op"] == "=~"].set_index("rhs")["coef"]
    assert loading.to_dict() == pytest.approx(LOADINGS, abs=0.02)
    residual = fit.estimates.query("op == '~~' and lhs in @LOADINGS")["coef"]
    assert residual.to_numpy() == pytest.approx(0.49, abs=0.02)
    assert fit.chi_square / fit.df < 2


def test_limits_hold_the_truth_about_as_often_as_they_say() -> None:
    share, chi_square = held(30, 400)
    # 150 paths and effects in 30 data sets: the binomial's .90 ± 2.6 standard errors of dependent counts
    assert 0.82 <= share <= 0.97
    assert chi_square == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_limits_hold_the_truth_as_often_as_they_say() -> None:
    share, chi_square = held(200, 400)
    assert 0.86 <= share <= 0.94
    assert chi_square == pytest.approx(1, abs=0.06)
