"""Whether constructs differ: HTMT, Fornell-Larcker, cross-loadings, collinearity and a common factor."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import COMPACT, ECSI

from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.errors import InvalidAnswers, InvalidModel, InvalidValue
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.quality.collinearity import collinearity, inflation
from cxmodels.loyalty.quality.common_method import single_factor_share
from cxmodels.loyalty.quality.htmt import htmt
from cxmodels.loyalty.quality.measured import measurement_model
from cxmodels.loyalty.quality.validity import cross_loadings, fornell_larcker
from cxmodels.loyalty.syntax.path_model import PathModel

# seminr 0.2.1, absolute correlations
ABSOLUTE = {
    ("Image", "Expectation"): 0.8880, ("Image", "Quality"): 0.9287, ("Image", "Value"): 0.6517,
    ("Image", "Satisfaction"): 0.9101, ("Expectation", "Quality"): 0.8783, ("Quality", "Satisfaction"): 0.9536,
    ("Value", "Satisfaction"): 0.7408, ("Image", "Loyalty"): 0.8670, ("Quality", "Loyalty"): 0.7593,
    ("Satisfaction", "Loyalty"): 0.9566, ("Value", "Loyalty"): 0.7973,
}  # fmt: skip
# semTools 0.5-6, htmt(), geometric means
GEOMETRIC = {
    ("Image", "Expectation"): 0.91881786, ("Image", "Quality"): 0.91118299, ("Image", "Value"): 0.64488038,
    ("Image", "Satisfaction"): 0.91162082, ("Image", "Loyalty"): 0.79628894, ("Expectation", "Quality"): 0.90330403,
    ("Expectation", "Value"): 0.60058376, ("Expectation", "Satisfaction"): 0.90059483,
    ("Expectation", "Loyalty"): 0.84058292, ("Quality", "Value"): 0.66064918, ("Quality", "Satisfaction"): 0.95059392,
    ("Quality", "Loyalty"): 0.71840367, ("Value", "Satisfaction"): 0.72768359, ("Value", "Loyalty"): 0.88611066,
    ("Satisfaction", "Loyalty"): 0.93047299,
}  # fmt: skip
TWO = PathModel("F =~ a + b + c\nG =~ d + e + f")


def two_factors(correlation: float, loading: float = 0.75) -> np.ndarray:
    """Return correlations of six items, three of each of two factors."""
    block = np.kron([[1.0, correlation], [correlation, 1.0]], np.ones((3, 3))) * loading**2
    return block + np.diag(np.full(6, 1 - loading**2))


@pytest.mark.parametrize(("kind", "expected", "digits"), [("absolute", ABSOLUTE, 5e-5), ("geometric", GEOMETRIC, 1e-6)])
def test_htmt_is_that_of_seminr_and_of_semtools(kind: str, expected: dict, digits: float) -> None:
    matrix = htmt(ECSI, mobi(), kind=kind).matrix  # type: ignore[arg-type]
    for (left, right), value in expected.items():
        assert matrix.loc[left, right] == matrix.loc[right, left] == pytest.approx(value, abs=digits)


def test_as_first_published_negative_correlations_count_against() -> None:
    signed, absolute = (htmt(ECSI, mobi(), kind=kind).matrix for kind in ("signed", "absolute"))
    assert signed.loc["Quality", "Loyalty"] == pytest.approx(0.7235, abs=5e-5)
    assert signed.loc["Quality", "Loyalty"] < absolute.loc["Quality", "Loyalty"]
    assert signed.loc["Image", "Value"] == pytest.approx(absolute.loc["Image", "Value"])


@pytest.mark.parametrize("kind", ["absolute", "signed", "geometric"])
def test_of_equally_good_items_it_is_the_correlation_of_the_factors(kind: str) -> None:
    given = given_moments(two_factors(0.6), 200, items=list("abcdef"))
    assert htmt(TWO, given, kind=kind).pairs["htmt"].tolist() == pytest.approx([0.6])  # type: ignore[arg-type]


def test_items_asked_the_other_way_round_do_not_cancel() -> None:
    turned = np.array([1, 1, -1, 1, 1, 1])
    given = given_moments(two_factors(0.6) * np.outer(turned, turned), 200, items=list("abcdef"))
    assert htmt(TWO, given).pairs["htmt"].tolist() == pytest.approx([0.6])
    # the items within do not even correlate positively on average: there is no ratio
    assert htmt(TWO, given, kind="signed").pairs["htmt"].isna().all()


def test_pairs_that_are_hardly_two_stand_first() -> None:
    found = htmt(ECSI, mobi()).above(0.9)
    assert found[["left", "right"]].to_numpy().tolist() == [
        ["Satisfaction", "Loyalty"],
        ["Quality", "Satisfaction"],
        ["Image", "Quality"],
        ["Image", "Satisfaction"],
    ]


def test_limits_are_quantiles_of_resamples() -> None:
    found = htmt(COMPACT, mobi(), bootstraps=400, level=0.9, seed=7)
    row = found.pairs.iloc[0]
    generator, frame = np.random.default_rng(1), mobi()
    pair = PathModel("Image =~ IMAG1 + IMAG2 + IMAG4 + IMAG5\nValue =~ PERV1 + PERV2")
    drawn = []
    for _ in range(400):
        correlation = frame.iloc[generator.integers(0, 250, 250)].corr()
        given = given_moments(correlation.loc[list(pair.items), list(pair.items)], 250)
        drawn.append(htmt(pair, given).pairs["htmt"].iloc[0])
    # the same from whole tables drawn with replacement
    assert (row["low"], row["high"]) == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=0.03)
    assert row["low"] < row["htmt"] < row["high"]
    assert (found.replications, found.failed) == (400, 0)
    pd.testing.assert_frame_equal(found.pairs, htmt(COMPACT, mobi(), bootstraps=400, level=0.9, seed=7).pairs)


def test_resamples_in_which_an_item_is_constant_are_counted() -> None:
    frame = pd.DataFrame(np.random.default_rng(3).multivariate_normal(np.zeros(6), two_factors(0.5), 40))
    frame = frame.set_axis(list("abcdef"), axis=1).assign(a=np.where(np.arange(40) == 0, 2.0, 1.0))
    found = htmt(TWO, frame, bootstraps=300)
    # nobody draws the only respondent who differs in (1 - 1/40)^40 = 36 % of resamples
    assert found.failed / 300 == pytest.approx(0.363, abs=0.09)
    assert np.isfinite(found.pairs["low"]).all()


def htmt_held(samples: int, bootstraps: int) -> float:
    """Share of samples of 200 whose 90 % limits hold the ratio of the population, .6."""
    generator, held = np.random.default_rng(11), 0
    for number in range(samples):
        drawn = generator.multivariate_normal(np.zeros(6), two_factors(0.6), 200)
        frame = pd.DataFrame(drawn, columns=list("abcdef"))
        row = htmt(TWO, frame, bootstraps=bootstraps, level=0.9, seed=number).pairs.iloc[0]
        held += row["low"] <= 0.6 <= row["high"]
    return held / samples


def test_limits_of_htmt_hold_that_of_the_population_in_most_of_a_few_samples() -> None:
    # of 30 intervals that hold with probability .9, fewer than 22 do once in 400 times
    assert htmt_held(30, 200) >= 22 / 30


@pytest.mark.slow
def test_limits_of_htmt_hold_that_of_the_population_in_nine_of_ten_samples() -> None:
    assert 0.86 <= htmt_held(200, 1000) <= 0.94


def test_htmt_of_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(InvalidValue, match="kind must be one of 'absolute', 'signed', 'geometric', found 'plus'"):
        htmt(TWO, mobi(), kind="plus")  # type: ignore[arg-type]
    with pytest.raises(InvalidModel, match="two constructs are needed, found F alone"):
        htmt(PathModel("F =~ CUSA1 + CUSA2"), mobi())
    given = given_moments(two_factors(0.6), 200, items=list("abcdef"))
    with pytest.raises(InvalidAnswers, match="htmt: resamples need the answers of each respondent"):
        htmt(TWO, given, bootstraps=10)


def test_fornell_and_larcker_compare_the_root_with_the_largest_correlation() -> None:
    fit = fit_pls(ECSI, mobi())
    found = fornell_larcker(fit)
    rows = found.constructs.set_index("construct")
    # seminr 0.2.1: AVE .478354 and .848440; the item of complaints has none
    assert rows.loc["Image", "root_ave"] == pytest.approx(np.sqrt(0.478354), abs=1e-6)
    assert rows.loc["Value", "root_ave"] == pytest.approx(np.sqrt(0.848440), abs=1e-6)
    assert rows.index.tolist() == ["Image", "Expectation", "Quality", "Value", "Satisfaction", "Loyalty"]
    assert (rows.loc["Image", "other"], rows.loc["Image", "holds"]) == ("Quality", False)
    assert rows.loc["Value", "holds"]
    assert found.matrix.loc["Image", "Quality"] == pytest.approx(fit.construct_correlations.loc["Image", "Quality"])
    assert found.matrix.loc["Image", "Image"] == rows.loc["Image", "root_ave"]


def test_two_constructs_that_are_one_do_not_hold() -> None:
    given = given_moments(two_factors(0.95), 300, items=list("abcdef"))
    found = fornell_larcker(fit_ml(TWO, given)).constructs
    assert found["largest"].tolist() == pytest.approx([0.95, 0.95], abs=1e-6)
    assert found["root_ave"].tolist() == pytest.approx([0.75, 0.75], abs=1e-6)
    assert not found["holds"].any()


def test_cross_loadings_of_scores_are_correlations_with_them() -> None:
    fit = fit_pls(COMPACT, mobi())
    found, scores = cross_loadings(fit), fit.scores(mobi())
    assert found.loc["IMAG1", "Loyalty"] == pytest.approx(mobi()["IMAG1"].corr(scores["Loyalty"]))


def test_cross_loadings_of_factors_are_loadings_times_correlations() -> None:
    given = given_moments(two_factors(0.6), 300, items=list("abcdef"))
    found = cross_loadings(fit_ml(TWO, given))
    np.testing.assert_allclose(found.loc["a"], [0.75, 0.45], atol=1e-6)
    np.testing.assert_allclose(found.loc["f"], [0.45, 0.75], atol=1e-6)


def test_variance_inflation_is_that_of_regressions() -> None:
    fit = fit_pls(ECSI, mobi())
    found = collinearity(fit)
    scores = fit.scores(mobi())
    for row in found.constructs.itertuples():
        others = scores.drop(columns=row.construct)
        coefficients = np.linalg.lstsq(others, scores[row.construct], rcond=None)[0]
        r2 = 1 - ((scores[row.construct] - others @ coefficients) ** 2).sum() / (scores[row.construct] ** 2).sum()
        assert row.vif == pytest.approx(1 / (1 - r2), rel=1e-6)
    loyalty = found.predictors[found.predictors["construct"] == "Loyalty"].set_index("source")["vif"]
    assert loyalty.index.tolist() == ["Image", "Satisfaction", "Complaints"]
    among = scores[["Image", "Satisfaction", "Complaints"]].corr().to_numpy()
    assert loyalty.tolist() == pytest.approx(np.diag(np.linalg.inv(among)).tolist(), rel=1e-6)
    assert found.predictors.set_index("construct").loc["Quality", "vif"] == pytest.approx(1.0)


def test_constructs_that_are_sums_of_others_inflate_without_end() -> None:
    # the confirmatory model of the index on mobi has factor correlations that are none of any variables
    fit = fit_ml(measurement_model(ECSI), mobi())
    assert np.isinf(collinearity(fit).constructs["vif"]).all()
    assert inflation(np.array([[1.0, 0.5], [0.5, 1.0]])) == pytest.approx([4 / 3, 4 / 3])


def test_the_first_component_is_that_of_the_correlations() -> None:
    loading = np.full(4, 0.8)
    given = given_moments(np.outer(loading, loading) + np.diag(1 - loading**2), 100, items=list("abcd"))
    # the eigenvalue of four items that all correlate .64: 1 + 3 x .64
    assert single_factor_share(given, list("abcd")) == pytest.approx((1 + 3 * 0.64) / 4)
    twice = answers_of(mobi().assign(IMAG1=lambda rows: 10 * rows["IMAG1"]))
    assert single_factor_share(twice, ECSI.items) == pytest.approx(single_factor_share(mobi(), ECSI.items))
