"""Maximum likelihood beside lavaan 0.6-14 (sem(…), nlminb or BFGS to its limit), on the same moments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from mobi_data import mobi
from sem_models import (
    ABILITIES,
    COMPACT,
    EQUAL_LOADINGS,
    MEDIATION,
    POLITICAL_DEMOCRACY,
    beside,
    moments_in,
)

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.ml.ml_fit import MlFit

TWO_SCHOOLS = ("Pasteur", "Grant-White")

# chi², degrees of freedom, log-likelihood of the model and without constraints: lavaan 0.6-14
CASES: dict[str, tuple[Callable[[], MlFit], float, int, float, float]] = {
    "hs": (
        lambda: fit_ml(ABILITIES, moments_in("holzinger_swineford")),
        85.3055217717, 24, -3737.7449266271, -3695.0921657412,
    ),
    "hs_means": (
        lambda: fit_ml(ABILITIES, moments_in("holzinger_swineford"), means=True),
        85.3055217717, 24, -3737.7449266271, -3695.0921657412,
    ),
    "hs_scalar": (
        lambda: fit_ml(
            ABILITIES,
            tuple(moments_in("holzinger_swineford", school) for school in TWO_SCHOOLS),
            equal=("loadings", "intercepts"),
        ),
        164.10283093162, 60, -3706.32325560171, -3624.27184013591,
    ),
    "pd": (
        lambda: fit_ml(POLITICAL_DEMOCRACY, moments_in("political_democracy")),
        38.125218, 35, -1547.790943, -1528.728334288677,
    ),
    "pd_eq": (
        lambda: fit_ml(EQUAL_LOADINGS, moments_in("political_democracy")),
        40.17948948869, 38, -1548.818079034737, -1528.728334288677,
    ),
    "compact": (lambda: fit_ml(COMPACT, mobi()), 78.402923020116, 39, -4996.605754648754, -4957.404293138696),
    "compact_lv": (
        lambda: fit_ml(COMPACT, mobi(), scaling="variance"),
        78.402923020116, 39, -4996.605754648754, -4957.404293138696,
    ),
    "compact_obs": (
        lambda: fit_ml(COMPACT, mobi(), information="observed"),
        78.402923020116, 39, -4996.605754648754, -4957.404293138696,
    ),
    "med3": (lambda: fit_ml(MEDIATION, mobi()), 71.653733, 41, -5228.786216, -5192.959349),
}  # fmt: skip


@pytest.fixture(scope="module")
def fits() -> dict[str, MlFit]:
    return {case: fit() for case, (fit, *_) in CASES.items()}


@pytest.mark.parametrize("case", CASES)
def test_estimates_and_their_doubt_are_those_of_lavaan(case: str, fits: dict[str, MlFit]) -> None:
    both = beside(fits[case].estimates, case)
    assert np.abs(both["coef"] - both["est"]).max() < 2e-5
    assert np.abs(both["std"] - both["lavaan_std"]).max() < 2e-5
    free = both["lavaan_se"] > 0
    assert np.abs(both["se"] / both["lavaan_se"] - 1)[free].max() < 1e-5
    assert (both.loc[~free, "se"] == 0).all()


@pytest.mark.parametrize("case", CASES)
def test_likelihood_and_test_are_those_of_lavaan(case: str, fits: dict[str, MlFit]) -> None:
    _, chi_square, df, log_likelihood, saturated = CASES[case]
    fit = fits[case]
    assert fit.df == df
    assert fit.chi_square == pytest.approx(chi_square, rel=1e-6 if case not in ("pd", "med3") else 2e-8)
    assert fit.log_likelihood == pytest.approx(log_likelihood, abs=1e-6)
    assert fit.saturated_log_likelihood == pytest.approx(saturated, abs=1e-6)
    assert fit.chi_square == pytest.approx(2 * (fit.saturated_log_likelihood - fit.log_likelihood), abs=1e-9)


def test_limits_are_those_of_the_normal_distribution(fits: dict[str, MlFit]) -> None:
    # lavaan 0.6-14, ci.lower and ci.upper of Satisfaction ~ Image in the compact model
    row = fits["compact"].estimates.query("label == 'is'").iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((0.3796937, 0.7111968), abs=2e-6)


def test_paths_and_correlations_are_those_the_estimates_tell(fits: dict[str, MlFit]) -> None:
    fit = fits["compact"]
    names = list(fit.names)
    estimates = fit.estimates[fit.estimates["op"] == "~"]
    for standardised, column in ((True, "std"), (False, "coef")):
        paths = fit.path_matrix(standardised=standardised)
        for row in estimates.itertuples():
            assert paths[names.index(row.lhs), names.index(row.rhs)] == pytest.approx(getattr(row, column), abs=1e-12)
        assert np.count_nonzero(paths) == len(estimates)
    correlations = fit.construct_covariance()
    assert np.diag(correlations) == pytest.approx(1)
    # Image is the only cause of Value: their correlation is the standardised path
    assert correlations[names.index("Image"), names.index("Value")] == pytest.approx(0.6376, abs=5e-5)


def test_draws_of_paths_have_the_doubt_of_the_estimates(fits: dict[str, MlFit]) -> None:
    fit = fits["hs"]
    assert fit.path_draws().shape == (2000, 3, 3)
    fit = fits["pd"]
    draws = fit.path_draws(standardised=False)
    names = list(fit.names)
    for row in fit.estimates[fit.estimates["op"] == "~"].itertuples():
        drawn = draws[:, names.index(row.lhs), names.index(row.rhs)]
        assert drawn.mean() == pytest.approx(row.coef, abs=4 * row.se / np.sqrt(2000))
        assert drawn.std() == pytest.approx(row.se, rel=0.08)
    assert (fit.path_draws() == fit.path_draws()).all()


def test_derivatives_of_the_moments_are_their_differences(fits: dict[str, MlFit]) -> None:
    fit = fits["hs_scalar"]
    step = 1e-6
    row, column = np.tril_indices(len(fit.matrices.items))
    for group, found in enumerate(fit.jacobian()):
        for number in range(len(fit.theta)):
            off = np.eye(len(fit.theta))[number] * step
            up, down = (fit.matrices.implied((fit.theta + sign * off)[None]) for sign in (1, -1))
            mean = (up.mu - down.mu)[0, group]
            covariance = (up.sigma - down.sigma)[0, group][row, column]
            assert found[:, number] == pytest.approx(np.append(mean, covariance) / (2 * step), abs=1e-7)


def test_the_order_of_the_items_changes_nothing(fits: dict[str, MlFit]) -> None:
    survey = mobi()
    turned = fit_ml(COMPACT, survey[survey.columns[::-1]].sample(frac=1, random_state=1))
    assert turned.estimates["coef"].to_numpy() == pytest.approx(fits["compact"].estimates["coef"].to_numpy(), abs=1e-9)
    last_first = "\n".join(reversed(COMPACT.text.splitlines()[:9]))
    fit = fit_ml(type(COMPACT)(last_first), survey)
    assert fit.chi_square == pytest.approx(fits["compact"].chi_square, abs=1e-9)


def test_rescaled_items_give_rescaled_estimates_and_the_same_test(fits: dict[str, MlFit]) -> None:
    known = as_moments(mobi(), COMPACT.items)
    times = dict(zip(COMPACT.items, 10.0 ** np.linspace(-4, 4, len(COMPACT.items)), strict=True))
    fit = fit_ml(COMPACT, mobi()[list(COMPACT.items)] * list(times.values()))
    assert fit.n == known.n
    assert fit.chi_square == pytest.approx(fits["compact"].chi_square, rel=1e-9)
    before, after = fits["compact"].estimates, fit.estimates
    assert after["std"].to_numpy() == pytest.approx(before["std"].to_numpy(), abs=1e-7)
    assert after["std_se"].to_numpy() == pytest.approx(before["std_se"].to_numpy(), abs=1e-6)
    loading = (before["op"] == "=~").to_numpy()
    marker = {construct.name: construct.items[0] for construct in COMPACT.constructs}
    factor = [
        times[rhs] / times[marker[lhs]] for lhs, rhs in zip(before["lhs"], before["rhs"], strict=True) if rhs in times
        and lhs in marker
    ]  # fmt: skip
    assert after.loc[loading, "coef"].to_numpy() == pytest.approx(before.loc[loading, "coef"] * factor, rel=1e-6)
