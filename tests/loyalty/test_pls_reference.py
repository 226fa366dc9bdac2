"""Partial least squares beside published and independently computed numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bank_data import bank
from mobi_data import mobi
from sem_models import BANK, ECSI

from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.pls.predict import predicted

# seminr 0.2.1: standardised items, path weighting; openpls-engine 1.13.0 agrees to six digits.
PATHS = {
    ("Expectation", "Image"): 0.5049139336292101,
    ("Satisfaction", "Image"): 0.17873950011921597,
    ("Loyalty", "Image"): 0.19575533311282795,
    ("Quality", "Expectation"): 0.556748962354268,
    ("Value", "Expectation"): 0.04998839253566113,
    ("Satisfaction", "Expectation"): 0.06252286953922752,
    ("Value", "Quality"): 0.5583043794708175,
    ("Satisfaction", "Quality"): 0.5120239400418677,
    ("Satisfaction", "Value"): 0.19476510419019347,
    ("Complaints", "Satisfaction"): 0.5280662462571017,
    ("Loyalty", "Satisfaction"): 0.4854776235999988,
    ("Loyalty", "Complaints"): 0.06692606902887198,
}
# seminr 0.2.1, all constructs reflective
CONSISTENT = [0.8633, 0.1499, -0.0910, 0.8710, -0.0542, 0.0267, 0.7213, 0.6693, 0.1783, 0.5945, 0.9615, -0.0392]
# Tenenhaus, Esposito Vinzi, Chatelin & Lauro (2005), and the same to four digits by plspm's algorithm
TENENHAUS = [0.493, 0.153, 0.212, 0.545, 0.066, 0.037, 0.540, 0.544, 0.200, 0.540, 0.466, 0.050]
CENTROID = [0.4931, 0.1527, 0.2123, 0.5451, 0.0659, 0.0371, 0.5403, 0.5444, 0.1997, 0.5400, 0.4655, 0.0500]
EXPLAINED = ["Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty"]
EVERY = ["Image", *EXPLAINED]


@pytest.fixture(scope="module")
def fit() -> PlsFit:
    return fit_pls(ECSI, mobi())


def paths_of(fit: PlsFit) -> list[float]:
    table = pd.DataFrame(fit.path_matrix(), fit.names, fit.names)
    return [table.loc[pair] for pair in PATHS]


def test_the_standardised_paths_of_mobi_are_those_of_seminr(fit: PlsFit) -> None:
    np.testing.assert_allclose(paths_of(fit), list(PATHS.values()), rtol=0, atol=1e-12)
    assert fit.iterations < 10


def test_the_shares_explained_of_mobi_are_those_of_seminr(fit: PlsFit) -> None:
    assert fit.r2["construct"].tolist() == EXPLAINED
    expected = [0.254938, 0.309969, 0.345279, 0.681078, 0.278854, 0.456944]
    np.testing.assert_allclose(fit.r2["r2"], expected, rtol=0, atol=1e-6)


def test_the_consistent_paths_of_mobi_are_those_of_seminr() -> None:
    fit = fit_pls(ECSI, mobi(), consistent=True)
    np.testing.assert_allclose(paths_of(fit), CONSISTENT, rtol=0, atol=5.1e-5)


def test_items_as_they_are_with_centroids_give_the_published_paths_of_mobi() -> None:
    fit = fit_pls(ECSI, mobi(), scheme="centroid", standardise=False)
    np.testing.assert_allclose(paths_of(fit), TENENHAUS, rtol=0, atol=1e-3)
    np.testing.assert_allclose(paths_of(fit), CENTROID, rtol=0, atol=5.1e-5)
    published = [0.243, 0.297, 0.335, 0.672, 0.292, 0.432]
    np.testing.assert_allclose(fit.r2["r2"], published, rtol=0, atol=1e-3)
    np.testing.assert_allclose(fit.r2["r2"], [0.2431, 0.2971, 0.3351, 0.6717, 0.2916, 0.4318], rtol=0, atol=5.1e-5)


def test_the_bank_survey_gives_the_numbers_of_plspm() -> None:
    # The fixture of the R package plspm: items as they are, centroids
    fit = fit_pls(BANK, bank(), scheme="centroid", standardise=False)
    expected = [
        0.578959, 0.848344, 0.105478, 0.676656, 0.200724, -0.002754, 0.122145, 0.589331, 0.275150, 0.495479,
    ]  # fmt: skip
    found = fit.estimates.loc[fit.estimates["op"] == "~", "coef"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    r2 = [0.335194, 0.719688, 0.590084, 0.707321, 0.509923]
    np.testing.assert_allclose(fit.r2["r2"], r2, rtol=0, atol=1e-6)


def test_the_bank_survey_standardised_gives_the_numbers_of_the_reference() -> None:
    fit = fit_pls(BANK, bank())
    expected = [
        0.559672, 0.845565, 0.117509, 0.660086, 0.185561, 0.008487, 0.137604, 0.580032, 0.289169, 0.473732,
    ]  # fmt: skip
    found = fit.estimates.loc[fit.estimates["op"] == "~", "coef"]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    r2 = [0.313233, 0.714980, 0.580696, 0.702275, 0.493640]
    np.testing.assert_allclose(fit.r2["r2"], r2, rtol=0, atol=1e-6)


def test_reliabilities_of_mobi_are_those_of_seminr(fit: PlsFit) -> None:
    assert fit.reliability["construct"].tolist() == EVERY
    rho_a = [0.740329, 0.462055, 0.884246, 0.854996, 0.789102, 1.0, 0.745734]
    rho_c = [0.818879, 0.733236, 0.904692, 0.917975, 0.871253, 1.0, 0.721706]
    ave = [0.478354, 0.480446, 0.576650, 0.848440, 0.693095, 1.0, 0.517305]
    for name, expected in (("rho_a", rho_a), ("rho_c", rho_c), ("ave", ave)):
        np.testing.assert_allclose(fit.reliability[name], expected, rtol=0, atol=1e-6)


def test_heterotrait_monotrait_ratios_of_mobi_are_those_of_seminr(fit: PlsFit) -> None:
    expected = {
        ("Image", "Expectation"): 0.8880,
        ("Image", "Quality"): 0.9287,
        ("Image", "Value"): 0.6517,
        ("Image", "Satisfaction"): 0.9101,
        ("Expectation", "Quality"): 0.8783,
        ("Quality", "Satisfaction"): 0.9536,
        ("Value", "Satisfaction"): 0.7408,
        ("Image", "Loyalty"): 0.8670,
        ("Quality", "Loyalty"): 0.7593,
        ("Satisfaction", "Loyalty"): 0.9566,
        ("Value", "Loyalty"): 0.7973,
    }
    found = [fit.htmt.loc[pair] for pair in expected]
    np.testing.assert_allclose(found, list(expected.values()), rtol=0, atol=5.1e-5)
    np.testing.assert_allclose(fit.htmt, fit.htmt.T, rtol=0, atol=1e-14)


def test_effect_sizes_are_told_with_scores_as_they_are_and_weighed_anew(fit: PlsFit) -> None:
    f2 = fit.f2.set_index(["construct", "source"])
    expected = {  # scores as they are, weighed anew as by seminr 0.2.1
        ("Satisfaction", "Image"): (0.0422, 0.0425),
        ("Satisfaction", "Quality"): (0.2893, 0.2850),
        ("Satisfaction", "Value"): (0.0767, 0.0761),
        ("Loyalty", "Satisfaction"): (0.2035, 0.2062),
        ("Loyalty", "Image"): (0.0355, 0.0308),
    }
    for path, both in expected.items():
        np.testing.assert_allclose(f2.loc[path], both, rtol=0, atol=5.1e-5)


def test_total_effects_on_loyalty_are_those_of_the_reference(fit: PlsFit) -> None:
    expected = [0.398732, 0.217633, 0.323305, 0.101437, 0.520819, 0.066926, 0.0]
    np.testing.assert_allclose(fit.total_effects.loc["Loyalty", EVERY], expected, rtol=0, atol=1e-6)


def test_loadings_of_mobi_are_those_of_seminr(fit: PlsFit) -> None:
    table = fit.loadings.set_index("item")["loading"]
    expected = {"IMAG1": 0.7452080729, "CUEX3": 0.6078126406, "PERQ7": 0.7798648287, "CUSL2": 0.2020217094}
    np.testing.assert_allclose(table[list(expected)], list(expected.values()), rtol=0, atol=1e-10)
    own = [fit.cross_loadings.loc[row.item, row.construct] for row in fit.loadings.itertuples()]
    np.testing.assert_allclose(own, fit.loadings["loading"], rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("scheme", "mode", "expected"),
    [  # seminr 0.2.1: weights of the items of Image and Value
        ("path", "B", "0.2418161829 0.2818108051 0.1359411026 0.3701515366 0.3808658355 0.1797246838 0.8658985121"),
        ("factorial", "A", "0.301139837 0.259869391 0.2178080509 0.3286247592 0.3246742872 0.483315348 0.6001787013"),
        ("factorial", "B", "0.2409693424 0.2824407056 0.1354952453 0.3707457718 0.380845273 0.2028473939 0.8474329396"),
    ],
)
def test_weights_of_either_mode_and_scheme_are_those_of_seminr(scheme: str, mode: str, expected: str) -> None:
    fit = fit_pls(ECSI, mobi(), scheme=scheme, modes={"Image": mode, "Value": mode})
    weights = fit.weights.set_index("construct").loc[["Image", "Value"], "weight"]
    np.testing.assert_allclose(weights, [float(number) for number in expected.split()], rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("antecedents", "model", "model_mae", "linear"),
    [  # seminr 0.2.1, ten parts of 25 respondents in their order: CUEX1, PERQ1, PERV2, CUSA3, CUSCO, CUSL2
        (
            "direct",
            (1.535582301, 1.2360867103, 1.4978922555, 1.2260166904, 1.9484318336, 2.8487149649),
            (1.1595184571, 0.931534747, 1.0970214606, 0.9051390336, 1.4648487444, 2.4146924277),
            (1.5610879556, 1.2125385415, 1.5466398983, 1.1999869269, 1.9250641283, 2.9033952352),
        ),
        (
            "earliest",
            (1.535582301, 1.2487804483, 1.7035652012, 1.4586795313, 2.0960492637, 2.8485142092),
            (1.1595184571, 0.9383745966, 1.2670662086, 1.0691623183, 1.6014900895, 2.404441477),
            (1.5610879556, 1.1347773816, 1.5768843194, 1.3958431622, 1.987943774, 2.8671205333),
        ),
    ],
)
def test_predictions_of_mobi_err_as_those_of_seminr(
    fit: PlsFit, antecedents: str, model: tuple[float, ...], model_mae: tuple[float, ...], linear: tuple[float, ...]
) -> None:
    respondents = mobi().assign(n=1, weight=1.0)
    parts = (np.bincount(part, minlength=250) for part in np.array_split(np.arange(250), 10))
    told = predicted(fit, respondents, parts, antecedents=antecedents, folds=10, repeats=1)
    items = told.items.set_index("item").loc[["CUEX1", "PERQ1", "PERV2", "CUSA3", "CUSCO", "CUSL2"]]
    np.testing.assert_allclose(items["rmse"], model, rtol=0, atol=1e-8)
    np.testing.assert_allclose(items["mae"], model_mae, rtol=0, atol=1e-8)
    np.testing.assert_allclose(items["linear_rmse"], linear, rtol=0, atol=1e-8)
