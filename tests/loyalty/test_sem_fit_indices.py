"""Fit indices against lavaan, and the indices of models whose fit is known."""

from __future__ import annotations

import numpy as np
import pytest
from bank_data import bank
from mobi_data import mobi
from sem_models import (
    ABILITIES,
    BANK,
    COMPACT,
    EQUAL_LOADINGS,
    POLITICAL_DEMOCRACY,
    democracy_with_fourth_moments,
    moments_in,
    some_missing,
)

from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.ml.fit_indices import fit_indices, noncentrality_limits
from cxmodels.loyalty.ml.ml_fit import MlFit
from cxmodels.loyalty.syntax.path_model import PathModel

# lavaan 0.6-14, fitMeasures(sem(...)) on mobi, control = list(rel.tol = 1e-13), em.h1.tol = 1e-12. "two groups" are the
# odd and the even respondents with equal loadings; missing answers as in `some_missing`.
LAVAAN: dict[str, dict[str, dict[str, float]]] = {
    "ML": {
        "plain": {"chi_square": 78.40292302, "cfi": 0.9650802445, "tli": 0.950754191, "rmsea": 0.06357142,
            "rmsea_low": 0.0429141462, "rmsea_high": 0.083896529, "rmsea_p_close": 0.1306543582},
        "": {"df": 39, "baseline_chi_square": 1183.38485, "baseline_df": 55, "srmr": 0.0406319445,
            "log_likelihood": -4996.605755, "saturated_log_likelihood": -4957.404293, "aic": 10047.21151, "bic":
            10142.29095, "bic_adjusted": 10056.69864},
    },
    "MLR": {
        "plain": {"chi_square": 78.40292302, "cfi": 0.9650802445, "tli": 0.950754191, "rmsea": 0.06357142,
            "rmsea_low": 0.0429141462, "rmsea_high": 0.083896529, "rmsea_p_close": 0.1306543582},
        "": {"df": 39, "scaling": 1.463254101, "baseline_chi_square": 1183.38485, "baseline_df": 55,
            "baseline_scaling": 1.608505218, "srmr": 0.0406319445, "log_likelihood": -4996.605755,
            "saturated_log_likelihood": -4957.404293, "aic": 10047.21151, "bic": 10142.29095, "bic_adjusted":
            10056.69864},
        "scaled": {"chi_square": 53.58120845, "cfi": 0.9785792452, "tli": 0.9697912433, "rmsea": 0.0386718057,
            "rmsea_low": 0.0119775954, "rmsea_high": 0.0584073916, "rmsea_p_close": 0.8122469797},
        "robust": {"cfi": 0.9805135806, "tli": 0.9725191522, "rmsea": 0.0467793655, "rmsea_low": 0,
            "rmsea_high": 0.0754211527, "rmsea_p_close": 0.5422114649},
    },
    "democracy, MLR": {
        "plain": {"chi_square": 38.12521823, "p": 0.3291803532, "cfi": 0.9953745292, "tli": 0.9927314031, "rmsea":
            0.0345044827, "rmsea_low": 0, "rmsea_high": 0.0922326757, "rmsea_p_close": 0.6111038216},
        "": {"df": 35, "scaling": 0.9208836119, "baseline_chi_square": 730.6540854, "baseline_df": 55,
            "baseline_scaling": 1.039572073, "srmr": 0.0444175458, "log_likelihood": -1547.790943, "aic": 3157.581887,
            "bic": 3229.424018, "bic_adjusted": 3131.720186},
        "scaled": {"chi_square": 41.40069140, "p": 0.2114333861, "cfi": 0.9901199686, "tli": 0.9844742364, "rmsea":
            0.0493797390, "rmsea_low": 0, "rmsea_high": 0.1027831040, "rmsea_p_close": 0.4741476191},
        "robust": {"cfi": 0.9912479767, "tli": 0.9862468206, "rmsea": 0.0473861214, "rmsea_low": 0,
            "rmsea_high": 0.0967632464, "rmsea_p_close": 0.4985268253},
    },
    "democracy, equal loadings": {
        "plain": {"chi_square": 40.17948953, "cfi": 0.99677425, "tli": 0.99533115, "rmsea": 0.02765381, "rmsea_low": 0,
            "rmsea_high": 0.08706786},
        "": {"df": 38, "parameters": 28, "srmr": 0.05576556, "aic": 3153.636158, "bic": 3218.525825},
    },
    "bank": {
        "plain": {"chi_square": 1165.69133816, "cfi": 0.82655237, "tli": 0.80611427, "rmsea": 0.10416127,
            "rmsea_low": 0.09780917, "rmsea_high": 0.11058555},
        "": {"df": 314, "parameters": 64, "baseline_chi_square": 5261.36599150, "baseline_df": 351, "srmr": 0.07766791,
            "log_likelihood": -12372.27518077, "saturated_log_likelihood": -11789.42951169, "aic": 24872.55036154,
            "bic": 25097.92386028, "bic_adjusted": 24895.03837800},
    },
    "FIML": {
        "plain": {"chi_square": 67.37961043, "cfi": 0.971948099, "tli": 0.9604396268, "rmsea": 0.0539511749,
            "rmsea_low": 0.0311389359, "rmsea_high": 0.0752192917, "rmsea_p_close": 0.3592818548},
        "": {"df": 39, "baseline_chi_square": 1066.682254, "baseline_df": 55, "srmr": 0.0368760794,
            "log_likelihood": -4719.047132, "saturated_log_likelihood": -4685.357327, "aic": 9514.094264, "bic":
            9647.909779, "bic_adjusted": 9527.446524},
        "robust": {"cfi": 0.9718967847, "tli": 0.9603672604, "rmsea": 0.0565969313, "rmsea_low": 0.031285885,
            "rmsea_high": 0.0798408562, "rmsea_p_close": 0.3041097486},
    },
    "FIML, MLR": {
        "plain": {"chi_square": 67.37961043, "cfi": 0.971948099, "tli": 0.9604396268, "rmsea": 0.0539511749,
            "rmsea_low": 0.0311389359, "rmsea_high": 0.0752192917, "rmsea_p_close": 0.3592818548},
        "": {"df": 39, "scaling": 1.440130613, "baseline_chi_square": 1066.682254, "baseline_df": 55,
            "baseline_scaling": 1.594198808, "srmr": 0.0368760794, "log_likelihood": -4719.047132,
            "saturated_log_likelihood": -4685.357327, "aic": 9514.094264, "bic": 9647.909779, "bic_adjusted":
            9527.446524},
        "scaled": {"chi_square": 46.78715238, "cfi": 0.9873194563, "tli": 0.9821171819, "rmsea": 0.0282609677,
            "rmsea_low": 0, "rmsea_high": 0.0506466499, "rmsea_p_close": 0.9440086268},
        "robust": {"cfi": 0.9920119549, "tli": 0.9887348082, "rmsea": 0.0297775621, "rmsea_low": 0,
            "rmsea_high": 0.0675919181, "rmsea_p_close": 0.7739535136},
    },
    "two groups, MLR": {
        "plain": {"chi_square": 56.10055596, "cfi": 0.9566704599, "tli": 0.9412954617, "rmsea": 0.0804833078,
            "rmsea_low": 0.0452965906, "rmsea_high": 0.1136816669, "rmsea_p_close": 0.0725249772},
        "": {"df": 31, "scaling": 1.510518219, "baseline_chi_square": 621.2943077, "baseline_df": 42,
            "baseline_scaling": 1.558477207, "srmr": 0.073157853, "log_likelihood": -3050.710296,
            "saturated_log_likelihood": -3022.660018, "aic": 6179.420591, "bic": 6316.757567, "bic_adjusted":
            6193.124226},
        "scaled": {"chi_square": 37.13993997, "cfi": 0.9827846388, "tli": 0.9766759623, "rmsea": 0.0398057865,
            "rmsea_low": 0, "rmsea_high": 0.0742505814, "rmsea_p_close": 0.6487125335},
        "robust": {"cfi": 0.9833144068, "tli": 0.9773937124, "rmsea": 0.0489225621, "rmsea_low": 0,
            "rmsea_high": 0.0999860726, "rmsea_p_close": 0.4790125324},
    },
}  # fmt: skip
TWO = PathModel("Image =~ IMAG1 + IMAG2 + IMAG4 + IMAG5\nSatisfaction =~ CUSA1 + CUSA2 + CUSA3")


def fitted(case: str) -> MlFit:
    if case == "bank":
        return fit_ml(BANK, bank())
    if case == "democracy, MLR":
        return fit_ml(POLITICAL_DEMOCRACY, democracy_with_fourth_moments(), robust=True)
    if case == "democracy, equal loadings":
        return fit_ml(EQUAL_LOADINGS, moments_in("political_democracy"))
    if case == "two groups, MLR":
        frame = mobi().assign(half=np.where(np.arange(250) % 2 == 0, "odd", "even"))
        return fit_ml(TWO, frame, group="half", equal=["loadings"], robust=True)
    frame = some_missing(mobi(), COMPACT.items) if "FIML" in case else mobi()
    return fit_ml(COMPACT, frame, robust="MLR" in case, missing="fiml" if "FIML" in case else "listwise")


@pytest.mark.parametrize("case", LAVAAN)
def test_they_are_those_of_lavaan(case: str) -> None:
    found = fit_indices(fitted(case))
    for kind, expected in LAVAAN[case].items():
        of = getattr(found, kind) if kind else found
        for name, value in expected.items():
            assert getattr(of, name) == pytest.approx(value, abs=1e-6, rel=1e-6), (kind, name)


def test_of_a_covariance_matrix_they_are_those_of_lavaan() -> None:
    # lavaan 0.6-14, cfa(HS.model, HolzingerSwineford1939)
    found = fit_indices(fit_ml(ABILITIES, moments_in("holzinger_swineford")))
    assert found.plain.chi_square == pytest.approx(85.3055217700, rel=1e-6)
    assert found.plain.cfi == pytest.approx(0.9305596518, abs=1e-6)
    assert found.plain.tli == pytest.approx(0.8958394777, abs=1e-6)
    assert found.plain.rmsea == pytest.approx(0.0921214845, abs=1e-6)
    assert found.plain.rmsea_p_close == pytest.approx(0.0006612368, abs=1e-6)
    assert found.srmr == pytest.approx(0.0652050572, abs=1e-6)
    assert (found.scaled, found.robust, found.best) == (None, None, found.plain)
    assert np.isnan([found.scaling, found.baseline_scaling]).all()


def test_observed_causes_may_correlate_in_the_baseline() -> None:
    # lavaan 0.6-14, sem("Satisfaction =~ CUSA1 + CUSA2 + CUSA3; Satisfaction ~ IMAG1 + IMAG2", mobi)
    model = PathModel("Satisfaction =~ CUSA1 + CUSA2 + CUSA3\nSatisfaction ~ IMAG1 + IMAG2")
    found = fit_indices(fit_ml(model, mobi()))
    assert found.plain.chi_square == pytest.approx(19.9996585135, rel=1e-6)
    assert (found.baseline_chi_square, found.baseline_df) == (pytest.approx(334.1342966615, rel=1e-6), 9)
    assert (found.plain.cfi, found.plain.tli) == pytest.approx((0.9507906158, 0.8892788856), abs=1e-6)


@pytest.mark.parametrize("robust", [False, True])
def test_a_model_without_degrees_of_freedom_fits_exactly_and_cannot_be_tested(robust: bool) -> None:
    model = PathModel("Satisfaction =~ CUSA1 + CUSA2 + CUSA3")
    found = fit_indices(fit_ml(model, mobi(), robust=robust))
    assert found.df == 0
    assert (found.plain.cfi, found.plain.tli, found.plain.rmsea) == (pytest.approx(1.0, abs=1e-9), 1.0, 0.0)
    assert np.isnan(found.plain.p)
    assert found.srmr == pytest.approx(0.0, abs=1e-7)


def test_a_covariance_matrix_that_the_model_implies_is_fitted_exactly() -> None:
    loading = np.array([0.9, 0.8, 0.7, 0.6])
    implied = np.outer(loading, loading) + np.diag(1 - loading**2)
    items = ["a", "b", "c", "d"]
    found = fit_indices(fit_ml(PathModel("F =~ a + b + c + d"), given_moments(implied, 200, items=items)))
    assert found.plain.chi_square == pytest.approx(0.0, abs=1e-8)
    assert (found.plain.p, found.plain.cfi) == (pytest.approx(1.0), 1.0)
    assert found.plain.tli > 1
    assert (found.plain.rmsea, found.plain.rmsea_low, found.plain.rmsea_high) == (0.0, 0.0, 0.0)


def test_the_limits_of_noncentrality_make_what_was_seen_improbable() -> None:
    # lavaan 0.6-14 on Holzinger & Swineford (1939): rmsea.ci.lower and upper, squared, times n df
    found = noncentrality_limits(85.3055217700, 24)
    assert found == pytest.approx([0.0714184904**2 * 301 * 24, 0.1136780168**2 * 301 * 24], rel=1e-6)
    assert noncentrality_limits(5.0, 24) == (0.0, 0.0)


def rmsea_held(replications: int) -> float:
    """Share of samples whose 90 % limits hold the RMSEA of a population that one factor does not fit."""
    loading = np.array([0.8, 0.7, 0.7, 0.6, 0.6, 0.5])
    population = np.outer(loading, loading) + np.diag(1 - loading**2)
    population[4, 5] = population[5, 4] = population[4, 5] + 0.12
    items, model = list("abcdef"), PathModel("F =~ a + b + c + d + e + f")
    large = fit_ml(model, given_moments(population, 1e6, items=items))
    # Steiger & Lind (1980): the root of the discrepancy of the population a degree of freedom
    truth = np.sqrt(large.objective / large.df)
    generator, held = np.random.default_rng(5), 0
    for _ in range(replications):
        sample = generator.multivariate_normal(np.zeros(6), population, 400)
        found = fit_indices(fit_ml(model, given_moments(np.cov(sample.T, bias=True), 400, items=items))).plain
        held += found.rmsea_low <= truth <= found.rmsea_high
    return held / replications


def test_the_limits_of_rmsea_hold_that_of_the_population_in_most_of_a_few_samples() -> None:
    # of 25 intervals that hold with probability .9, fewer than 18 do once in 400 times
    assert rmsea_held(25) >= 0.72


@pytest.mark.slow
def test_the_limits_of_rmsea_hold_that_of_the_population_in_nine_of_ten_samples() -> None:
    assert 0.86 <= rmsea_held(200) <= 0.94


def test_the_table_has_a_row_an_index() -> None:
    table = fit_indices(fitted("MLR")).table.set_index("measure")
    assert list(table.columns) == ["plain", "scaled", "robust"]
    assert table.loc["cfi"].tolist() == pytest.approx([0.9650802445, 0.9785792452, 0.9805135806], abs=1e-6)
    assert np.isnan(table.loc["chi_square", "robust"])
    assert table.loc["parameters", "plain"] == 27
