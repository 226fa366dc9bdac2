"""Whether a fit says when it is not to be believed: identification, impossible solutions, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bank_data import bank
from mobi_data import mobi
from sem_models import ABILITIES, BANK, COMPACT, ECSI, moments_in
from sem_populations import answers_drawn

from cxmodels.loyalty.answers.given import given_moments
from cxmodels.loyalty.errors import (
    InvalidAnswers,
    InvalidModel,
    InvalidValue,
    LoyaltyError,
    NotConverged,
    NotIdentified,
    TooFewRespondents,
)
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.syntax.path_model import PathModel


@pytest.mark.parametrize("scaling", ["marker", "variance"])
def test_the_full_ecsi_on_mobi_is_not_identified_in_practice(scaling: str) -> None:
    fit = fit_ml(ECSI, mobi(), scaling=scaling)  # type: ignore[arg-type]
    # lavaan 0.6-14 finds 575.571282 with a marker and stops at 575.579247 with std.lv: the same model
    assert fit.chi_square == pytest.approx(575.571282, abs=1e-5)
    assert fit.df == 241
    assert fit.identification.condition > 1e6
    assert not fit.identification.identified
    assert {"Satisfaction ~ Quality", "Value ~ Expectation"} <= set(fit.identification.weakest)
    assert {"Value ~ Expectation", "Value ~ Quality", "Loyalty ~ Satisfaction"} <= set(fit.identification.beyond_one)


def test_the_index_on_the_bank_survey_is_not_identified_in_practice_either() -> None:
    fit = fit_ml(BANK, bank())
    assert not fit.identification.identified
    assert fit.identification.condition > 1e5
    assert fit.identification.beyond_one == ("VAL ~ EXPE", "VAL ~ QUAL")
    paths = fit.estimates[fit.estimates["op"] == "~"].set_index(["lhs", "rhs"])
    # lavaan 0.6-14, a marker each: what it tells apart to 2e-5, the rest to a thousandth of its standard error
    for path, coef, se in ((("EXPE", "IMAG"), 0.76850526, 0.09831519), (("LOY", "SAT"), 0.79528993, 0.08609407)):
        assert paths.loc[path, "coef"] == pytest.approx(coef, abs=2e-5)
        assert paths.loc[path, "se"] == pytest.approx(se, rel=1e-5)
    for path, coef, se in ((("VAL", "EXPE"), -2.321212, 5.565586), (("SAT", "QUAL"), 0.947694, 3.720584)):
        assert paths.loc[path, "coef"] == pytest.approx(coef, abs=1e-3 * se)
        assert paths.loc[path, "se"] == pytest.approx(se, rel=1e-3)


def test_the_compact_model_is_identified() -> None:
    known = fit_ml(COMPACT, mobi()).identification
    assert known.identified
    assert known.admissible
    assert known.rank == known.parameters == 27
    assert known.condition < 1000
    assert set(known.weakest) == {"il", "sl"}
    assert known.beyond_one == ("Loyalty ~ Satisfaction",)
    assert known.negative_variances == known.indefinite == ()


def test_parameters_that_no_answers_could_tell_apart_are_named() -> None:
    apart = PathModel("f =~ x1 + x2\ng =~ x4 + x5\nf ~~ 0*g")
    with pytest.raises(NotIdentified, match=r"8 parameters, of which the moments tell 6 apart.*f ~~ f"):
        fit_ml(apart, moments_in("holzinger_swineford"))


def test_more_parameters_than_moments_are_refused() -> None:
    with pytest.raises(NotIdentified, match="4 parameters for 3 moments"):
        fit_ml(PathModel("f =~ x1 + x2"), moments_in("holzinger_swineford"))


def test_a_model_that_is_just_identified_fits_perfectly() -> None:
    fit = fit_ml(PathModel("f =~ x1 + x2 + x3"), moments_in("holzinger_swineford"))
    assert fit.df == 0
    assert fit.chi_square == pytest.approx(0, abs=1e-9)
    assert fit.identification.identified


def test_a_negative_variance_is_named() -> None:
    # a single factor of these correlations has a loading of (.9 * .8 / .5)^(1/2) = 1.2 on a
    correlation = np.array([[1, 0.9, 0.8], [0.9, 1, 0.5], [0.8, 0.5, 1]])
    known = given_moments(correlation, 300, items=("a", "b", "c"))
    fit = fit_ml(PathModel("f =~ a + b + c"), known)
    assert fit.estimates.query("op == '~~' and lhs == 'a'")["coef"].iloc[0] == pytest.approx(1 - 1.44, abs=1e-6)
    assert fit.identification.negative_variances == ("a ~~ a",)
    assert fit.identification.beyond_one == ("f =~ a",)
    assert not fit.identification.admissible


def test_impossible_correlations_of_constructs_are_told() -> None:
    # the constructs of the mobi survey without paths: lavaan warns that cov.lv is not positive definite
    measured = PathModel("\n".join(line for line in ECSI.text.splitlines() if "=~" in line))
    fit = fit_ml(measured, mobi(), scaling="variance")
    assert fit.chi_square == pytest.approx(554.8323804, rel=1e-8)
    assert fit.identification.indefinite == ("",)
    assert not fit.identification.admissible


def test_a_search_without_end_is_given_up() -> None:
    # three items of which one pair contradicts the others: no loadings are real, and the likelihood has no maximum
    correlation = np.array([[1, 0.4, 0.4], [0.4, 1, -0.3], [0.4, -0.3, 1]])
    known = given_moments(correlation, 300, items=("a", "b", "c"))
    with pytest.raises(NotConverged, match=r"no maximum of the likelihood found from 9 starts.*steepest in"):
        fit_ml(PathModel("f =~ a + b + c"), known)


@pytest.mark.parametrize(
    ("model", "data", "options", "error", "says"),
    [
        ("f <~ x1 + x2\ng =~ x3 + x4 + x5\ng ~ f", "hs", {}, InvalidModel, "f is a composite"),
        (ABILITIES.text, "hs", {"information": "fisher"}, InvalidValue, "information must be 'expected' or 'observed'"),
        (ABILITIES.text, "hs", {"group": "school"}, InvalidValue, "moments are parted already"),
        (ABILITIES.text, "hs", {"equal": "loadings"}, InvalidValue, "equal must be a list"),
        (ABILITIES.text, "two", {}, InvalidAnswers, "moments of several groups need a name each"),
        (ABILITIES.text, "no means", {"means": True}, InvalidAnswers, "needs means beside the covariances"),
        (ABILITIES.text, "few", {}, TooFewRespondents, "found 9"),
        (ABILITIES.text, "sum", {}, InvalidAnswers, "are singular"),
        (ABILITIES.text, "text", {}, InvalidAnswers, "data: the answers of each respondent are needed"),
        (ABILITIES.text, "lacks", {}, LoyaltyError, "'x9'"),
        (ABILITIES.text, "frame", {"group": "city"}, InvalidAnswers, "'city'"),
        (ABILITIES.text, "frame", {"group": "x1"}, InvalidValue, "group 'x1' is an item"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(
    model: str, data: str, options: dict, error: type[Exception], says: str
) -> None:
    known = moments_in("holzinger_swineford")
    frame = pd.DataFrame(answers_drawn(200, seed=1).to_numpy(), columns=list(known.items))
    given = {
        "hs": known,
        "two": (known, known),
        "no means": given_moments(known.covariance, known.n, items=known.items),
        "few": frame.head(9),
        "sum": frame.assign(x9=frame["x1"] + frame["x2"]),
        "text": "answers.csv",
        "lacks": frame.drop(columns="x9"),
        "frame": frame,
    }
    with pytest.raises(error, match=says):
        fit_ml(PathModel(model), given[data], **options)


def test_several_groups_are_asked_for_by_name() -> None:
    fit = fit_ml(ABILITIES, tuple(moments_in("holzinger_swineford", school) for school in ("Pasteur", "Grant-White")))
    assert fit.construct_covariance(group="Pasteur").shape == (3, 3)
    with pytest.raises(InvalidValue, match="group must be one of 'Pasteur', 'Grant-White', found None"):
        fit.path_matrix()
