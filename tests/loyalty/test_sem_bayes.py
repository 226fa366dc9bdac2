"""The posterior of a path model: where the reference has it, honest where the answers cannot tell, refusing by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import COMPACT, ECSI
from test_sem_bayes_density import EVERYTHING, moments_of

import cxmodels.loyalty.bayes.fit as engine
from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.bayes.bayes_fit import BayesFit
from cxmodels.loyalty.bayes.fit import fit_bayes, fit_segments
from cxmodels.loyalty.errors import InvalidModel, InvalidValue, NotConverged
from cxmodels.loyalty.syntax.path_model import PathModel

PATHS = ["Image → Value", "Image → Satisfaction", "Value → Satisfaction", "Image → Loyalty", "Satisfaction → Loyalty"]
# PyMC 6.4 with half-normal loadings and uniquenesses and normal paths, all of scale 1: means and standard deviations
MEANS, SDS = np.array([0.623, 0.70, 0.295, -0.13, 0.97]), np.array([0.056, 0.067, 0.073, 0.20, 0.19])
# lavaan 0.6-14, std.all
MAXIMUM = np.array([0.6376, 0.7483, 0.2635, -0.3036, 1.1355])


def paths(fit: BayesFit) -> pd.DataFrame:
    """Means and standard deviations of the standardised paths, by path."""
    rows = fit.estimates[fit.estimates["op"] == "~"]
    drawn = fit.path_draws()
    place = fit.names.index
    sd = [drawn[:, place(row.lhs), place(row.rhs)].std() for row in rows.itertuples()]
    return pd.DataFrame({"mean": rows["std"].to_numpy(), "sd": sd}, index=rows["rhs"] + " → " + rows["lhs"])


@pytest.fixture(scope="module")
def compact() -> BayesFit:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "DRAWS", (500,))
        patch.setattr("cxmodels.loyalty.bayes.posterior.TUNE", 250)
        return fit_bayes(COMPACT, mobi(), chains=2, seed=1)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chains that tell what the code does, not much of the posterior."""
    monkeypatch.setattr(engine, "DRAWS", (50,))
    monkeypatch.setattr("cxmodels.loyalty.bayes.posterior.TUNE", 100)


def test_the_compact_model_of_mobi_is_where_the_reference_has_it(compact: BayesFit) -> None:
    found = paths(compact).loc[PATHS]
    np.testing.assert_allclose(found["mean"], MEANS, atol=0.25 * SDS.min())
    np.testing.assert_allclose(found["sd"], SDS, rtol=0.2)
    assert compact.divergences <= 2
    # the model leaves chi² 78.4 with 39 degrees of freedom
    assert compact.p_value < 0.02


def test_of_many_respondents_it_is_where_the_likelihood_is_largest() -> None:
    many = replace(as_moments(mobi(), COMPACT.items), n=100_000.0)
    fit = fit_bayes(COMPACT, many, seed=1)
    np.testing.assert_allclose(paths(fit).loc[PATHS, "mean"], MAXIMUM, atol=0.002)
    assert fit.ess >= 400
    assert fit.r_hat <= 1.01
    assert fit.divergences == 0
    assert fit.n == 100_000


def test_where_answers_cannot_tell_the_paths_are_finite_and_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "DRAWS", (300,))
    monkeypatch.setattr("cxmodels.loyalty.bayes.posterior.TUNE", 250)
    fit = fit_bayes(ECSI, mobi(), chains=2, size=600, seed=1)
    found = paths(fit)
    assert np.isfinite(fit.estimates.select_dtypes("number")).all(axis=None)
    undecided = fit.estimates.query("op == '~' and lhs == 'Value'")
    # Expectation and Quality are all but one construct in these answers: only their sum is known
    assert (undecided["std_low"] < 0).all()
    assert (undecided["std_high"] > 0.6).all()
    both = fit.path_draws()[:, fit.names.index("Value"), [fit.names.index("Expectation"), fit.names.index("Quality")]]
    assert np.corrcoef(both.T)[0, 1] < -0.9
    assert both.sum(1).std() < 0.15
    assert found.loc["Value → Satisfaction", "mean"] == pytest.approx(0.22, abs=0.04)


@pytest.mark.slow
def test_the_full_model_of_mobi_is_near_the_reference() -> None:
    fit = fit_bayes(ECSI, mobi(), size=4000, seed=1)
    found = paths(fit)
    for path, mean, sd in (
        ("Expectation → Value", 0.18, 0.45),
        ("Quality → Value", 0.50, 0.44),
        ("Satisfaction → Loyalty", 0.92, 0.18),
        ("Value → Satisfaction", 0.22, 0.07),
    ):
        assert found.loc[path, "mean"] == pytest.approx(mean, abs=0.15 * sd + 0.01), path
        assert found.loc[path, "sd"] == pytest.approx(sd, rel=0.15), path
    assert fit.ess >= 400
    assert fit.divergences <= 5


def test_a_fit_offers_what_every_engine_does(compact: BayesFit) -> None:
    estimates = compact.estimates
    assert (compact.engine, compact.names, compact.n) == ("bayes", COMPACT.names, 250)
    columns = ["lhs", "op", "rhs", "label", "coef", "se", "low", "high", "std", "std_low", "std_high"]
    assert list(estimates.columns) == columns
    assert (estimates["low"] <= estimates["coef"]).all()
    assert (estimates["coef"] <= estimates["high"]).all()
    assert compact.path_draws().shape == (1000, 4, 4)
    np.testing.assert_allclose(compact.path_matrix(), compact.path_draws().mean(0))
    np.testing.assert_allclose(np.diag(compact.construct_covariance()), 1)
    fixed = estimates.query("lhs == rhs and lhs in @compact.names")
    assert fixed["coef"].tolist() == [1] * 4
    assert fixed["se"].tolist() == [0] * 4


def test_what_is_defined_is_computed_draw_by_draw(compact: BayesFit) -> None:
    place = {name: compact.names.index(name) for name in compact.names}
    at = compact.path_draws(standardised=False)
    to_satisfaction = at[:, place["Satisfaction"], place["Image"]]
    through_value = at[:, place["Value"], place["Image"]] * at[:, place["Satisfaction"], place["Value"]]
    on_loyalty = at[:, place["Loyalty"], place["Satisfaction"]]
    row = compact.estimates.query("lhs == 'ind'").squeeze()
    assert (row["op"], row["label"]) == (":=", "ind")
    assert row["coef"] == pytest.approx(((to_satisfaction + through_value) * on_loyalty).mean())


@pytest.mark.usefixtures("short")
def test_the_unit_of_constructs_changes_no_standardised_parameter() -> None:
    model = PathModel("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nC =~ A + B\nC ~ x")
    moments = moments_of(model)
    free, marker = (
        fit_bayes(model, moments, scaling=scaling, chains=2, size=100) for scaling in ("variance", "marker")
    )
    np.testing.assert_allclose(free.estimates["std"], marker.estimates["std"], atol=1e-12)
    ones = marker.estimates.query("op == '=~' and rhs in ('a1', 'b1', 'A')")
    np.testing.assert_allclose(ones[["coef", "low", "high"]], 1)
    own = free.estimates.query("op == '~~' and lhs == rhs and lhs in ('A', 'B', 'C')")
    np.testing.assert_allclose(own["coef"], 1)
    # an observed cause keeps its unit
    seen = free.estimates.query("op == '~~' and lhs == 'x'")["coef"].squeeze()
    assert seen == pytest.approx(moments.covariance[-1, -1], rel=0.15)


@pytest.mark.usefixtures("short")
def test_segments_are_fitted_one_by_one_as_alone() -> None:
    model = PathModel("A =~ a1 + a2 + a3\nB =~ b1 + b2 + b3\nB ~ A")
    north, south = replace(moments_of(model), group="north"), replace(moments_of(model, 400), group="south")
    found = fit_segments(model, [north, south], chains=2, size=50, seed=4)
    assert list(found) == ["north", "south"]
    assert found["south"].n == 400
    pd.testing.assert_frame_equal(
        found["south"].estimates, fit_bayes(model, south, chains=2, size=50, seed=4).estimates
    )
    assert not found["north"].estimates.equals(found["south"].estimates)
    with pytest.raises(InvalidValue, match="different names, found 'north', 'north'"):
        fit_segments(model, [north, north])


@pytest.mark.usefixtures("short")
def test_a_model_that_is_true_is_not_called_wrong_and_a_false_one_is() -> None:
    model = PathModel("A =~ a1 + a2 + a3 + a4")
    loadings = np.array([0.8, 0.7, 0.6, 0.7])
    right = np.outer(loadings, loadings)
    np.fill_diagonal(right, 1)
    wrong = right.copy()
    wrong[0, 1] = wrong[1, 0] = 0.9
    wrong[2, 3] = wrong[3, 2] = 0.7
    for covariance, allowed in ((right, (0.5, 1.0)), (wrong, (0.0, 0.005))):
        moments = replace(moments_of(model, 300), covariance=covariance)
        assert allowed[0] <= fit_bayes(model, moments, chains=2, size=200).p_value <= allowed[1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("A =~ a1 + a2\nB <~ b1 + b2\nA ~ B", "B is a composite (<~), which the engine pls fits"),
        ("A =~ a1 + a2\nB =~ b1 + b2\nB ~ 0.5*A", "a path may be fixed at 0 only, found 0.5 for B ~ A"),
        ("A =~ a1 + a2\nB =~ b1 + b2\nA ~~ 0.5*B", "a covariance may be fixed at 0 only, found 0.5 for A ~~ B"),
        ("A =~ a1 + a2 + a3\nx ~ A\na1 ~~ x", "constructs vary with constructs and items with items, found a1 ~~ x"),
        ("A =~ a1 + a2 + a3\na1 ~ 3*1", "means of items are free and those of constructs zero here, found a1 ~ 3*1"),
        ("A =~ 1*a1 + 1*a2 + a3", "at most one loading of A may be fixed at other than zero, found a1, a2"),
        ("A =~ 1*a1 + a2 + a3\nA ~~ 2*A", "the scale of A is set twice, by its loading of a1 and its variance"),
        ("A =~ a1 + a2 + a3\nA ~~ NA*A", "the scale of A must be set by a loading or a variance above zero"),
        ("A =~ a1 + l*a2\nB =~ b1 + b2\nB ~ l*A", "found 'l' for loading and path"),
        ("A =~ 1*a1 + l*a2\nB =~ b1 + l*b2\nB ~ A", "'l' is shared by parameters of several constructs"),
        ("A =~ a1 + a2\nx ~ A\nx ~~ 2*x", "the variance of x must be free, found 2"),
    ],
)
def test_what_has_no_place_here_is_refused_by_name(text: str, says: str) -> None:
    model = PathModel(text)
    with pytest.raises(InvalidModel) as refused:
        fit_bayes(model, moments_of(model))
    assert says in str(refused.value)


def test_too_small_numbers_are_refused() -> None:
    with pytest.raises(InvalidValue, match="size must be at least 1 and chains at least 2, found 10 and 1"):
        fit_bayes(EVERYTHING, moments_of(EVERYTHING), size=10, chains=1)


def test_a_density_without_a_place_to_start_is_called_so() -> None:
    model = PathModel("A =~ a1 + a2 + a3")
    nowhere = replace(moments_of(model), covariance=np.full((3, 3), np.nan))
    with pytest.raises(NotConverged, match="NUTS could not start"):
        fit_bayes(model, nowhere)


@pytest.mark.usefixtures("short")
def test_a_seed_gives_the_same_draws_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    model = PathModel("A =~ a1 + a2 + a3")
    asked = {"engine": "bayes", "chains": 2, "size": 20}
    first, again, other = (model.fit(moments_of(model), seed=seed, **asked) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first.estimates, again.estimates)
    assert not first.estimates.equals(other.estimates)
    assert capfd.readouterr() == ("", "")
