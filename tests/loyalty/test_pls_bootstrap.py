"""The bootstrap of partial least squares: its spread, its limits, and what it says of resamples that went wrong."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from pls_populations import PATHS, composites, factors
from sem_models import ECSI

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, NotConverged
from cxmodels.loyalty.pls.bootstrap import bootstrap
from cxmodels.loyalty.pls.design import design_of
from cxmodels.loyalty.pls.fit import fit_pls
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.pls.statistics import Algorithm, statistics
from cxmodels.loyalty.syntax.path_model import PathModel

# 10,000 resamples with the algorithm of which seminr 0.2.1 gives the same for the same resamples
SPREAD = {
    ("Expectation", "Image"): 0.05763126495522540,
    ("Satisfaction", "Image"): 0.05404164433052611,
    ("Loyalty", "Image"): 0.07814201911590360,
    ("Quality", "Expectation"): 0.05267437127311649,
    ("Value", "Expectation"): 0.07987230691019756,
    ("Satisfaction", "Expectation"): 0.04976295205855378,
    ("Value", "Quality"): 0.08192970474991061,
    ("Satisfaction", "Quality"): 0.06491136885195889,
    ("Satisfaction", "Value"): 0.05894824089799112,
    ("Complaints", "Satisfaction"): 0.05374495613537587,
    ("Loyalty", "Satisfaction"): 0.08356407025898660,
    ("Loyalty", "Complaints"): 0.05974839172702202,
}
PAIR = PathModel("l1 ~ i1")


@pytest.fixture(scope="module")
def fit() -> PlsFit:
    return fit_pls(ECSI, mobi(), bootstraps=5000)


@pytest.fixture(scope="module")
def pair() -> pd.DataFrame:
    return factors().sample(60, np.random.default_rng(11))[["l1", "i1"]]


def told(fit: PlsFit, statistic: str, **options: object) -> pd.DataFrame:
    table = fit.intervals(**options)
    return table[table["statistic"] == statistic].set_index(["lhs", "rhs"])


def test_the_spread_of_the_paths_of_mobi_is_that_of_the_reference(fit: PlsFit) -> None:
    # Both are drawn: their ratio has a standard deviation of about 1.3 %.
    found = told(fit, "path")["se"].loc[list(SPREAD)]
    np.testing.assert_allclose(found, list(SPREAD.values()), rtol=0.05)
    np.testing.assert_allclose(fit.path_draws().std(axis=0, ddof=1)[1, 0], found.iloc[0], rtol=1e-12)
    assert fit.bootstrap is not None
    assert (fit.bootstrap.replications, fit.bootstrap.failed, fit.bootstrap.inadmissible) == (5000, 0, 0)


def test_a_resample_is_fitted_as_a_table_of_who_was_drawn() -> None:
    respondents = mobi()
    design, answers = design_of(ECSI), answers_of(respondents)
    apart = blocks(answers, design.items)
    times = np.random.default_rng(2).multinomial(250, np.full(250, 1 / 250), 3)
    found = statistics(apart.drawn(times)[2], design, Algorithm())
    # which respondent stands in which block is open, so resample the blocks' own answers
    own = apart.sums / apart.n[:, None] + apart.centre
    for row in range(3):
        drawn = pd.DataFrame(np.repeat(own, times[row], axis=0).round(), columns=design.items)
        np.testing.assert_allclose(found.paths[row], fit_pls(ECSI, drawn).path_matrix(), rtol=0, atol=1e-9)


def test_every_statistic_has_limits_about_its_estimate(fit: PlsFit) -> None:
    table = fit.intervals()
    counts = table["statistic"].value_counts()
    assert counts["path"] == counts["f2"] == 12
    assert counts["loading"] == counts["weight"] == 24
    assert counts["htmt"] == counts["correlation"] == counts["total effect"] == 21
    assert counts["rho_a"] == counts["rho_c"] == counts["ave"] == 7
    assert counts["r2"] == 6
    assert (table["replications"] == 5000).all()
    assert (table["low"] <= table["high"]).all()
    assert table.notna().all(axis=None)
    single = table[table["lhs"].eq("Complaints") & table["statistic"].isin(["loading", "weight", "rho_a", "ave"])]
    assert (single[["estimate", "low", "high"]] == 1).all(axis=None)
    assert (single["se"] == 0).all()


def test_the_estimates_hold_the_percentile_limits_and_what_the_text_defines() -> None:
    model = PathModel(
        ECSI.text.replace("Expectation  ~ Image", "Expectation ~ a*Image").replace(
            "Quality      ~ Expectation", "Quality ~ b*Expectation"
        )
        + "\nindirect := a*b"
    )
    fit = fit_pls(model, mobi(), bootstraps=400)
    row = fit.estimates.set_index("lhs").loc["indirect"]
    assert (row["op"], row["rhs"]) == (":=", "a*b")
    assert row["coef"] == pytest.approx(0.504914 * 0.556749, abs=1e-6)
    drawn = fit.path_draws()
    product = drawn[:, 1, 0] * drawn[:, 2, 1]
    assert row["se"] == pytest.approx(product.std(ddof=1), rel=1e-9)
    np.testing.assert_allclose(row[["low", "high"]].astype(float), np.quantile(product, (0.025, 0.975)), rtol=1e-9)
    paths = fit.estimates[fit.estimates["op"] == "~"].set_index(["lhs", "rhs"])
    limits = told(fit, "path")
    np.testing.assert_allclose(paths[["se", "low", "high"]], limits.loc[paths.index, ["se", "low", "high"]], rtol=1e-9)


def test_the_acceleration_is_that_of_leaving_out_each_respondent(pair: pd.DataFrame) -> None:
    fit = fit_pls(PAIR, pair, bootstraps=10)
    left = np.array([np.corrcoef(pair.drop(index=row).T)[0, 1] for row in pair.index])
    off = left.mean() - left
    assert fit.bootstrap is not None
    path = fit.intervals()["statistic"].eq("path").to_numpy().argmax()
    expected = (off**3).sum() / (6 * (off**2).sum() ** 1.5)
    assert fit.bootstrap.acceleration[path] == pytest.approx(expected, rel=1e-8)


def test_bca_limits_are_those_of_scipy_for_the_same_resamples(pair: pd.DataFrame) -> None:
    from scipy.stats import bootstrap as resampled

    fit = fit_pls(PAIR, pair, bootstraps=999)
    found = told(fit, "path", kind="bca", level=0.9).iloc[0]
    expected = resampled(
        (pair["l1"], pair["i1"]),
        lambda one, other: np.corrcoef(one, other)[0, 1],
        paired=True,
        vectorized=False,
        n_resamples=0,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=fit.path_draws()[:, 0, 1]),
        confidence_level=0.9,
        method="BCa",
    ).confidence_interval
    np.testing.assert_allclose([found["low"], found["high"]], expected, rtol=0, atol=1e-9)


def test_t_limits_are_standard_errors_to_either_side(pair: pd.DataFrame) -> None:
    fit = fit_pls(PAIR, pair, bootstraps=500)
    row = told(fit, "path", kind="t").iloc[0]
    # 2.000995 is the .975 quantile of t with 59 degrees of freedom
    assert row["high"] - row["estimate"] == pytest.approx(2.000995 * row["se"], rel=1e-6)
    assert row["estimate"] - row["low"] == pytest.approx(2.000995 * row["se"], rel=1e-6)


def test_resamples_without_a_solution_are_counted_and_not_mistaken_for_others() -> None:
    # One respondent alone makes an item vary: about (1 - 1/n)^n of the resamples leave out that one.
    table = factors().sample(60, np.random.default_rng(13))[["i1", "l1"]].assign(s1=0.0)
    table.loc[7, "s1"] = 5.0
    fit = fit_pls(PathModel("l1 ~ i1 + s1"), table, bootstraps=2000)
    assert fit.bootstrap is not None
    assert fit.bootstrap.constant == fit.bootstrap.failed
    assert fit.bootstrap.failed / 2000 == pytest.approx((1 - 1 / 60) ** 60, abs=0.035)
    assert (fit.intervals()["replications"] == 2000 - fit.bootstrap.failed).all()
    assert len(fit.path_draws()) == 2000 - fit.bootstrap.failed


def test_resamples_beyond_what_a_population_can_be_are_counted_and_kept() -> None:
    fit = fit_pls(ECSI, mobi(), consistent=True, bootstraps=500)
    assert fit.bootstrap is not None
    assert not fit.admissible
    assert fit.bootstrap.failed == 0
    assert 400 < fit.bootstrap.inadmissible < 500
    paths = told(fit, "path")
    assert (paths["replications"] == 500).all()
    assert paths["high"].max() > 1


def test_when_no_resample_has_a_solution_it_says_so() -> None:
    design = design_of(PAIR)
    moments = as_moments(factors().sample(50, np.random.default_rng(1))[["i1", "l1"]], design.items)
    found = statistics(moments.covariance[None], design, Algorithm())
    constant = blocks(answers_of(pd.DataFrame({"l1": [0.0, 1, 2, 3], "i1": [1.0, 0, 0, 0]})), design.items)
    only = type(constant)(
        constant.items, constant.n, constant.centre, constant.sums * 0, constant.products * 0, constant.respondents
    )
    with pytest.raises(NotConverged, match=r"none of 20 resamples has a solution; in 20 an item has no variance"):
        bootstrap(only, found, design, Algorithm(), n=50, replications=20, seed=1)


def test_many_respondents_are_resampled_in_blocks_with_the_same_spread() -> None:
    population = composites()
    fit = fit_pls(population.model, population.sample(40_000, np.random.default_rng(17)), bootstraps=1000)
    normal = fit_pls(population.model, fit.moments, bootstraps=1000)
    assert fit.bootstrap is not None
    assert fit.bootstrap.source is not None
    assert len(fit.bootstrap.source.n) == 2000
    # Normal answers have the spread of samples from their moments; each is told with some 3 %.
    np.testing.assert_allclose(told(fit, "path")["se"], told(normal, "path")["se"], rtol=0.12)
    np.testing.assert_allclose(told(fit, "path")["estimate"].loc[list(PATHS)], list(PATHS.values()), atol=0.02)


def test_moments_alone_have_no_respondents_to_leave_out() -> None:
    population = composites()
    moments = fit_pls(population.model, population.sample(200, np.random.default_rng(1))).moments
    fit = fit_pls(population.model, moments, bootstraps=50)
    with pytest.raises(InvalidAnswers, match="bca: limits need the answers of each respondent"):
        fit.intervals(kind="bca")


def test_the_same_seed_gives_the_same_resamples() -> None:
    one, same, other = (fit_pls(ECSI, mobi(), bootstraps=600, seed=seed).path_draws() for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "normal"}, "kind must be one of 'percentile', 'bca', 't', found 'normal'"),
        ({"level": 95}, "level must lie between 0 and 1, found 95"),
    ],
)
def test_limits_that_are_none_are_refused(fit: PlsFit, options: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidValue, match=message):
        fit.intervals(**options)


def test_without_a_bootstrap_there_is_no_doubt_to_tell() -> None:
    fit = fit_pls(ECSI, mobi())
    assert fit.estimates[["se", "low", "high", "std_low", "std_high"]].isna().all(axis=None)
    with pytest.raises(InvalidValue, match="fit with bootstraps=5000"):
        fit.intervals()
    with pytest.raises(InvalidValue, match="fit with bootstraps=5000"):
        fit.path_draws()
