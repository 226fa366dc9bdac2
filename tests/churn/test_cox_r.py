"""What R's survival 3.5-3 (R 4.2.2) gives for 160 rows: coefficients, errors, tests, residuals, baselines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.cox_fit import CoxFit
from cxmodels.churn.models.proportional_hazards import Transform, proportional_hazards
from cxmodels.churn.models.residuals import schoenfeld

PLAN = ["plan", "fee", "region"]


def table() -> pd.DataFrame:
    """Tied and late tenures, two categories, a number, case weights, households and counts."""
    rng = np.random.default_rng(20240607)
    size = 160
    plan = rng.choice(["A", "B", "C"], size, p=[0.5, 0.3, 0.2])
    fee = np.round(rng.normal(20, 5, size), 2)
    region = rng.choice(["north", "south"], size, p=[0.6, 0.4])
    rate = 0.06 * np.exp(0.6 * (plan == "B") - 0.5 * (plan == "C") + 0.05 * (fee - 20) + 0.3 * (region == "south"))
    entry = np.where(rng.random(size) < 0.4, rng.integers(1, 8, size), 0)
    leave = entry + np.ceil(rng.exponential(1 / rate)).astype(int)
    end = entry + rng.integers(3, 20, size)
    return pd.DataFrame(
        {
            "entry": entry,
            "exit": np.minimum(leave, end),
            "event": (leave <= end).astype(int),
            "plan": plan,
            "fee": fee,
            "region": region,
            "weight": np.round(rng.uniform(0.5, 2.5, size), 2),
            "household": rng.integers(0, 60, size),
            "n": rng.integers(1, 4, size),
        }
    )


def episodes(*, late: bool = True, counts: bool = False) -> Episodes:
    return counted(
        table(), PLAN, entry="entry" if late else None, n="n" if counts else None, keep=["weight", "household"]
    )


ROWS: dict[str, Any] = {"late": False}
LATE: dict[str, Any] = {"late": True}
COUNTS: dict[str, Any] = {"late": True, "counts": True}
# case: episodes, what is asked, coefficients, standard errors, log-likelihoods (null, fitted)
CASES = {
    # coxph(Surv(exit, event) ~ plan + fee + region)
    "ties": (
        ROWS, {},
        [0.9576928463682297, 0.1016200322903392, 0.0562935252187437, 0.1465954984061293],
        [0.2378317491119253, 0.2897229822356616, 0.0228027915484399, 0.2188266258692146],
        (-414.5532785171156, -403.4521395929493),
    ),
    # each row n times; Surv(entry, exit, event)
    "late entries and counts": (
        COUNTS, {},
        [0.9684220616767117, 0.3149395671125541, 0.0654160805166593, 0.1588442606314284],
        [0.1704432392873530, 0.2021750781327246, 0.0164058550050449, 0.1587318655493110],
        (-889.9666764133692, -867.0188600993644),
    ),
    # weights = weight, robust = FALSE
    "case weights": (
        LATE, {"weights": "weight", "robust": False},
        [0.8969655771275892, 0.0742203421905656, 0.0687268079434089, 0.3047209607922250],
        [0.1951115867150190, 0.2408363346231610, 0.0184751298525345, 0.1779277375847760],
        (-636.7438795905110, -618.1647985465797),
    ),
    # weights = weight, cluster = row
    "case weights, robust": (
        LATE, {"weights": "weight"},
        [0.8969655771275892, 0.0742203421905656, 0.0687268079434089, 0.3047209607922250],
        [0.2555199998239879, 0.2941448246199675, 0.0214150371412114, 0.2307023858449586],
        (-636.7438795905110, -618.1647985465797),
    ),
    # plan + fee + strata(region)
    "strata": (
        LATE, {"covariates": ["plan", "fee"], "strata": ["region"]},
        [0.9855925521091169, 0.0578855716864582, 0.0601953364910253],
        [0.2377856814367271, 0.2928590990930309, 0.0222811880676184],
        (-333.1142386707504, -320.4744501788611),
    ),
    # each row n times; plan + fee + strata(region), cluster = row
    "strata and counts, robust": (
        COUNTS, {"covariates": ["plan", "fee"], "strata": ["region"], "robust": True},
        [0.9910757414234175, 0.3187724183336682, 0.0641163662179428],
        [0.1667854923886267, 0.2060631021524960, 0.0159502401218599],
        (-772.2923016420899, -748.9692147903851),
    ),
    # each row n times; cluster = household
    "clusters and counts": (
        COUNTS, {"cluster": "household"},
        [0.9684220616767117, 0.3149395671125541, 0.0654160805166593, 0.1588442606314284],
        [0.2621698477517987, 0.2750200213526039, 0.0192084518196343, 0.2260459388389549],
        (-889.9666764133692, -867.0188600993644),
    ),
    # Surv(exit, event), weights = weight, cluster = household
    "clusters and case weights": (
        ROWS, {"cluster": "household", "weights": "weight"},
        [0.8721330493974450, 0.1027170776026557, 0.0636815516171254, 0.2614436314174679],
        [0.2461004095809357, 0.2998123801358860, 0.0209508026434155, 0.2182997795626860],
        (-666.6099281053171, -650.5079782076906),
    ),
    # Surv(exit, event), cluster = row
    "robust": (
        ROWS, {"robust": True},
        [0.9576928463682297, 0.1016200322903392, 0.0562935252187437, 0.1465954984061293],
        [0.2376737650420086, 0.2850038711346787, 0.0219272249020167, 0.2164432871027197],
        (-414.5532785171156, -403.4521395929493),
    ),
    # ridge(B, C, fee, S, theta = 2, scale = FALSE); the standard error is that of var, not of var2
    "ridge": (
        LATE, {"ridge": 2.0},
        [0.8693050759358654, 0.0479481863588787, 0.0618171579680353, 0.1752556936822401],
        [0.2223994729688077, 0.2650320056282329, 0.0221731836363157, 0.2103586201326066],
        (-393.1209746060122, -380.6925311044002),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_coefficients_and_their_errors_are_those_of_r(case: str) -> None:
    counted_as, asked, coef, se, log_likelihood = CASES[case]
    fit = fit_cox(episodes(**counted_as), **asked)
    assert fit.coef == pytest.approx(coef, abs=1e-9)
    assert fit.coefficients["se"].to_numpy() == pytest.approx(se, abs=1e-9)
    assert (fit.log_likelihood_null, fit.log_likelihood) == pytest.approx(log_likelihood, abs=1e-9)


def test_the_naive_error_stays_beside_the_robust_one() -> None:
    fit = fit_cox(episodes(late=True, counts=True), cluster="household")
    naive = [0.1704432392873530, 0.2021750781327246, 0.0164058550050449, 0.1587318655493110]
    assert fit.coefficients["naive_se"].to_numpy() == pytest.approx(naive, abs=1e-9)


PLAIN: tuple[dict[str, Any], dict[str, Any]] = (ROWS, {})
COUNTED: tuple[dict[str, Any], dict[str, Any]] = (COUNTS, {})
WEIGHTED: tuple[dict[str, Any], dict[str, Any]] = (LATE, {"weights": "weight"})
STRATA: tuple[dict[str, Any], dict[str, Any]] = (LATE, {"covariates": ["plan", "fee"], "strata": ["region"]})


# chi-squares of cox.zph(fit, transform) by term, the global one last
@pytest.mark.parametrize(
    ("case", "transform", "chi2"),
    [
        (PLAIN, "km", [2.34215404388364, 0.35402860108586, 2.12316054234050, 4.43325896183389]),
        (PLAIN, "rank", [2.28062828333824, 0.33575816323793, 2.22508781761564, 4.45899174870457]),
        (PLAIN, "identity", [2.40598420507220, 0.36825387549266, 2.31026319831004, 4.45972386857841]),
        (PLAIN, "log", [2.0850874659343, 0.5644253736466, 1.8326988621213, 4.2526213177539]),
        (COUNTED, "km", [3.72828697024921, 0.87545788262181, 4.12924520974473, 8.01469265224737]),
        (COUNTED, "rank", [3.4202685399464, 0.6412921326136, 4.3336422896832, 7.6573548434177]),
        (WEIGHTED, "km", [3.42626459866434, 0.42018331143005, 0.66629300550480, 4.45605388978340]),
        (WEIGHTED, "log", [2.77726667710501, 0.54453352270647, 0.62872512979185, 3.87528904611163]),
        (STRATA, "km", [1.9015394546716546, 0.0064068417316646, 1.9026411746589851]),
        (STRATA, "identity", [1.574866056879938, 0.025432511396674, 1.581782407547059]),
    ],
)
def test_the_proportional_hazards_test_is_that_of_r(case: Any, transform: Transform, chi2: list[float]) -> None:
    counted_as, asked = case
    test = proportional_hazards(fit_cox(episodes(**counted_as), **asked), transform)
    assert test["chi2"].to_numpy() == pytest.approx(chi2, abs=1e-9)
    assert test["df"].tolist() == ([2, 1, 1, 4] if len(chi2) == 4 else [2, 1, 3])


def test_an_unknown_transform_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"km, rank, identity, log, found 'square'"):
        proportional_hazards(fit_cox(episodes()), "square")  # type: ignore[arg-type]


def test_schoenfeld_residuals_are_those_of_r_summed_by_tenure() -> None:
    fit = fit_cox(episodes(late=False))
    # rowsum(residuals(fit, "schoenfeld"), time) at 1, 2 and 3
    first = [
        [-1.20167385605015, 0.23141806549241, -6.80571619985952, 0.80339878256909],
        [0.28951298999936, -0.71142834543048, -10.58240246835965, 1.03974009215215],
        [-2.77706596954784, 0.98834655711487, -6.74159921106659, 0.27422660177238],
    ]
    found = schoenfeld(fit)["residual"].to_numpy().reshape(-1, 4)
    assert found[:3] == pytest.approx(np.array(first), abs=1e-9)
    assert found.sum(axis=0) == pytest.approx(np.zeros(4), abs=1e-9)
    # the mean of residuals(fit, "scaledsch") at those tenures
    scaled = [
        [0.48478062985822, -0.01668217696495, 0.0299253806548751, 0.38080749600973],
        [0.77741259203041, -0.94199090594793, -0.0343675597038457, 0.92996432129056],
        [-0.84057256143876, 0.14349205445159, -0.0075817167763594, 0.22866368553925],
    ]
    found = schoenfeld(fit, scaled=True)["residual"].to_numpy().reshape(-1, 4)
    assert found[:3] == pytest.approx(np.array(scaled), abs=1e-9)


# survfit(fit, newdata = plan A, the mean fee, region north): time, cumhaz, std.err at the last tenures
@pytest.mark.parametrize(
    ("counted_as", "asked", "stratum", "tail"),
    [
        (ROWS, {}, "all", [(1, 0.049851080378603, 0.016577339942466), (22, 1.321529015526487, 0.402419205687871)]),
        (COUNTS, {}, "all", [(17, 0.97087915037759, 0.13964883936159), (22, 1.40371826185277, 0.30699406227361)]),
        (
            LATE, {"weights": "weight", "robust": False}, "all",
            [(17, 1.0375820522057, 0.18143466259190), (22, 1.3820172716900, 0.32029690770497)],
        ),
        (
            LATE, {"covariates": ["plan", "fee"], "strata": ["region"]}, "north",
            [(1, 0.085075046996171, 0.035300397034026), (19, 1.368516452950851, 0.395641255462946)],
        ),
    ],
)  # fmt: skip
def test_the_baseline_and_its_interval_are_those_of_r(
    counted_as: dict[str, Any], asked: dict[str, Any], stratum: str, tail: list[tuple[int, float, float]]
) -> None:
    baseline = fit_cox(episodes(**counted_as), **asked).baseline
    baseline = baseline[baseline["stratum"] == stratum].set_index("time")
    for time, cumulative, error in tail:
        row = baseline.loc[time]
        assert row["cumulative"] == pytest.approx(cumulative, abs=1e-9)
        reach = np.exp(1.959963984540054 * error / cumulative)
        assert (row["low"], row["high"]) == pytest.approx((cumulative / reach, cumulative * reach), abs=1e-8)


def test_concordance_is_that_of_r_late_entries_strata_and_weights_included() -> None:
    # concordance(fit)$concordance
    assert fit_cox(episodes(late=False)).concordance == pytest.approx(0.62982078039927, abs=1e-12)
    assert fit_cox(episodes(late=True, counts=True)).concordance == pytest.approx(0.64803601306669, abs=1e-12)
    stratified = fit_cox(episodes(), ["plan", "fee"], strata=["region"])
    assert stratified.concordance == pytest.approx(0.65340747077274, abs=1e-12)
    assert fit_cox(episodes(), weights="weight").concordance == pytest.approx(0.653079221832941, abs=1e-12)
    both = fit_cox(episodes(), ["fee"], strata=["region"], weights="weight")
    assert both.concordance == pytest.approx(0.609419126181471, abs=1e-12)


def _same(one: CoxFit, other: CoxFit) -> None:
    assert one.coef == pytest.approx(other.coef, abs=1e-10)
    assert one.covariance == pytest.approx(other.covariance, abs=1e-10)
    assert one.log_likelihood == pytest.approx(other.log_likelihood, abs=1e-8)


def test_a_count_is_that_many_rows_for_robust_errors_and_tests_too() -> None:
    rows = table()
    rows = rows.loc[rows.index.repeat(rows["n"])].assign(n=1)
    apart = counted(rows, PLAN, entry="entry", n="n", keep=["household", "weight"], collapse=False)
    together = episodes(late=True, counts=True)
    for asked in ({}, {"robust": True}, {"cluster": "household"}, {"weights": "weight"}):
        one, other = fit_cox(apart, **asked), fit_cox(together, **asked)  # type: ignore[arg-type]
        _same(one, other)
        tests = [proportional_hazards(fit)["chi2"].to_numpy() for fit in (one, other)]
        assert tests[0] == pytest.approx(tests[1], abs=1e-8)
