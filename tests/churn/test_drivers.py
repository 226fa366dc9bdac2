from __future__ import annotations

import numpy as np
import pandas as pd
from small_company import company, counted

from cxmodels.churn.counts import from_frame
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.page.drivers import drivers


def test_a_clear_level_is_told_beside_its_reference_with_its_interval() -> None:
    fit = fit_cox(counted(company(4000, seed=5)))
    (said,) = drivers(fit)
    row = fit.coefficients.iloc[0]
    assert said.startswith("<b>Plan</b>: beside A and at equal tenure, B leaves ")
    assert f"{row.hazard_ratio:.1f} times as often" in said or f"{100 * (row.hazard_ratio - 1):.0f}" in said


def test_a_covariate_without_effect_is_told_as_no_clear_difference() -> None:
    fit = fit_cox(counted(company(1500, seed=6, log_ratio=0.0)))
    assert drivers(fit) == ["No clear difference by plan, all else equal."]


def test_a_number_is_told_between_its_quartiles() -> None:
    random = np.random.default_rng(7)
    fee = random.uniform(10, 50, 3000).round(1)
    tenure = np.ceil(random.exponential(1 / (0.001 * np.exp(0.04 * fee)))).clip(max=600)
    table = pd.DataFrame({"exit": tenure, "event": (tenure < 600).astype(int), "monthly_fee": fee})
    fit = fit_cox(from_frame.counted(table, ("monthly_fee",)))
    (said,) = drivers(fit)
    lower, upper = np.quantile(fee, [0.25, 0.75])
    assert said.startswith(f"<b>Monthly fee</b>: beside {lower:.0f}."[:-1])
    assert f"{upper:.0f}." in said or f"{upper:.1f}" in said
    assert f"{np.exp((upper - lower) * fit.coefficients['coef'].iloc[0]):.1f} times as often" in said
