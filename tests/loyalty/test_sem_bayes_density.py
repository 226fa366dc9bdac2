"""The density that is sampled: its gradient, PyMC's statement of it, the Wishart it rests on, the priors it states."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wishart

from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.bayes.correlations import Correlations
from cxmodels.loyalty.bayes.density import PathDensity
from cxmodels.loyalty.bayes.draws import draws_of
from cxmodels.loyalty.bayes.from_table import structure_of
from cxmodels.loyalty.bayes.posterior import draw, mode, start
from cxmodels.loyalty.bayes.priors import Priors
from cxmodels.loyalty.bayes.pymc_model import pymc_model
from cxmodels.loyalty.bayes.seen import Seen, seen
from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.syntax.parameter_table import parameter_table
from cxmodels.loyalty.syntax.path_model import PathModel

EVERYTHING = PathModel(
    """
    A =~ a1 + l*a2 + l*a3
    B =~ b1 + b2
    C =~ c1 + c2 + c3
    D =~ d
    G =~ A + B
    C ~ G + x
    D ~ C
    a1 ~~ b1
    b1 ~~ c1
    c1 ~~ c2
    a1 ~~ c2
    G ~~ x
    a2 ~~ v*a2
    a3 ~~ v*a3
    b2 ~~ 0.1*b2
    """
)
"""A construct of constructs, an observed cause, an only item, items that vary with one another in a ring, labels."""


def moments_of(model: PathModel, n: float = 120) -> Moments:
    random = np.random.default_rng(3)
    common = random.standard_normal((200, 1))
    scores = common + random.standard_normal((200, len(model.items))) * np.linspace(0.8, 1.2, len(model.items))
    return given_moments(np.cov(scores.T) * 4, n, items=model.items)


def density_of(model: PathModel, moments: Moments, priors: Priors | None = None) -> tuple[PathDensity, Seen]:
    structure = structure_of(model, parameter_table(model, scaling="variance"))
    return PathDensity(structure, priors or Priors()), seen(structure, moments)


def points(density: PathDensity, answers: Seen, number: int) -> np.ndarray:
    return start(density.structure, answers) + np.random.default_rng(7).normal(0, 0.2, (number, density.structure.size))


def test_the_gradient_is_that_of_the_density() -> None:
    density, answers = density_of(EVERYTHING, moments_of(EVERYTHING), Priors(0.8, 0.7, 0.9, 1.5))
    steps = 1e-5 * np.eye(density.structure.size)
    for point in points(density, answers, 3):
        numbers = [(density(point + h, answers)[0] - density(point - h, answers)[0]) / 2e-5 for h in steps]
        np.testing.assert_allclose(density(point, answers)[1], numbers, rtol=1e-6, atol=1e-6)


def test_pymc_states_the_same_density() -> None:
    moments, priors = moments_of(EVERYTHING), Priors(0.8, 0.7, 0.9, 1.5)
    density, answers = density_of(EVERYTHING, moments, priors)
    structure = density.structure
    stated = pymc_model(EVERYTHING, moments, priors=priors).compile_logp(mode="FAST_COMPILE")
    own = np.unique(structure.residuals.slots)
    others = np.setdiff1d(np.arange(sum(structure.counts)), [*structure.logs, *own])
    apart = []
    for point in points(density, answers, 4):
        point[own] = np.abs(point[own])
        given = {
            "first_log__": point[structure.logs],
            "others": point[others],
            "own_log__": np.log(point[own]),
            "item_pairs": point[structure.item_slots],
            "construct_pairs": point[structure.construct_slots],
        }
        # PyMC takes logarithms of residual standard deviations, whose density has one more factor
        apart.append(stated(given) - np.log(point[own]).sum() - density(point, answers)[0])
    np.testing.assert_allclose(apart, apart[0], rtol=1e-9)


def test_the_likelihood_is_wisharts() -> None:
    density, answers = density_of(EVERYTHING, moments_of(EVERYTHING))
    apart = []
    for point in points(density, answers, 4):
        at = density.matrices(point, answers)
        spread = np.linalg.inv(np.eye(len(at.paths)) - at.paths)
        implied = at.loadings @ spread @ at.disturbances @ spread.T @ at.loadings.T + at.residual
        likelihood = wishart.logpdf(answers.degrees * answers.correlation, answers.degrees, implied)
        apart.append(density(point, answers)[0] - density(point, replace(answers, degrees=0.0))[0] - likelihood)
    np.testing.assert_allclose(apart, apart[0], rtol=1e-9)


def test_the_sign_of_a_residual_standard_deviation_says_nothing() -> None:
    model = PathModel("A =~ a1 + a2 + a3")
    density, answers = density_of(model, moments_of(model))
    (point,) = points(density, answers, 1)
    turned = point.copy()
    turned[density.structure.residuals.slots] *= -1
    assert density(turned, answers)[0] == density(point, answers)[0]


def test_a_label_makes_equal_in_the_units_of_the_items() -> None:
    moments = moments_of(EVERYTHING)
    density, answers = density_of(EVERYTHING, moments)
    drawn = draws_of(density, answers, points(density, answers, 2), EVERYTHING.names)
    second, third = (drawn.items.index(item) for item in ("a2", "a3"))
    assert moments.covariance[second, second] != pytest.approx(moments.covariance[third, third], rel=0.01)
    np.testing.assert_allclose(drawn.loadings[:, second, 0], drawn.loadings[:, third, 0])
    np.testing.assert_allclose(drawn.residual[:, second, second], drawn.residual[:, third, third])
    np.testing.assert_allclose(drawn.residual[:, drawn.items.index("b2"), drawn.items.index("b2")], 0.1)


@pytest.mark.parametrize(
    ("size", "pairs"),
    [
        (3, ((1, 0), (2, 0), (2, 1))),
        (4, ((1, 0), (2, 1), (3, 0), (3, 2))),
        (5, ((1, 0), (2, 0), (3, 0), (4, 1))),
    ],
)
def test_correlations_have_the_prior_they_are_said_to_have(size: int, pairs: tuple[tuple[int, int], ...]) -> None:
    block, eta = Correlations(size, pairs), 1.7
    for at in np.random.default_rng(1).normal(size=(3, len(pairs))):
        matrix, _, lengths = block.matrix(at)
        free = np.zeros((size, size), bool)
        free[block.free] = True
        np.testing.assert_allclose(matrix[np.tril(~free, -1)], 0, atol=1e-12)
        np.testing.assert_allclose(np.diag(matrix), 1)
        assert np.linalg.eigvalsh(matrix).min() > 0
        steps = 1e-6 * np.eye(len(pairs))
        jacobian = [(block.matrix(at + h)[0] - block.matrix(at - h)[0])[block.free] / 2e-6 for h in steps]
        expected = (eta - 1) * np.linalg.slogdet(matrix)[1] + np.linalg.slogdet(np.array(jacobian))[1]
        assert block.log_prior(lengths, block.powers(eta)) == pytest.approx(expected, abs=1e-7)


def test_before_the_answers_paths_and_loadings_are_wide_but_not_absurd(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxmodels.loyalty.bayes.posterior.TUNE", 150)
    model = PathModel("A =~ a1 + a2\nB =~ b1 + b2\nC =~ c1 + c2\nC ~ A + B")
    density, answers = density_of(model, moments_of(model))
    nothing = replace(answers, degrees=0.0)
    size = density.structure.size
    chains = draw(density, nothing, start(density.structure, answers), np.eye(size), draws=400, chains=2, seed=1)
    drawn = draws_of(density, nothing, chains.mixed, model.names)
    first = drawn.loadings[:, 0, 0] / answers.sd[0]
    # half-normal of scale 1: the mean is sqrt(2 / pi)
    assert first.min() > 0
    assert first.mean() == pytest.approx(0.798, abs=0.08)
    # |R|^(2 - 1) of one pair: (1 + r) / 2 is Beta(2, 2), r has the variance 1 / 5
    assert drawn.disturbances[:, 1, 0].std() == pytest.approx(0.2**0.5, abs=0.04)
    path = drawn.standardised.paths[:, 2, 0]
    assert np.abs(path).mean() == pytest.approx(0.5, abs=0.1)
    assert (np.abs(path) > 0.95).mean() < 0.1
    assert abs(path.mean()) < 0.08


def test_the_search_ends_at_the_mode() -> None:
    model = PathModel("A =~ a1 + a2 + a3\nB =~ b1 + b2\nB ~ A")
    for n in (60, 100_000):
        density, answers = density_of(model, moments_of(model, n))
        assert np.abs(density(mode(density, answers), answers)[1]).max() < 1e-5 * n


def test_priors_are_told_in_words_and_must_be_positive() -> None:
    assert "95 % of direct paths lie within ±2 and of loadings within ±2" in Priors().told
    assert "direct paths lie within ±0.98" in Priors(path=0.5).told
    with pytest.raises(InvalidValue, match="Priors: path must be positive and finite, found 0"):
        Priors(path=0)
