"""Missing answers by full-information maximum likelihood, beside lavaan 0.6-14 with missing = "fiml"."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import COMPACT, beside, moments_in, some_missing
from sem_populations import MEDIATED, TRUE_PATHS, answers_drawn

from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, NotConverged, TooFewRespondents
from cxmodels.loyalty.ml.fit import fit_ml


@pytest.fixture(scope="module")
def survey() -> pd.DataFrame:
    return some_missing(mobi(), COMPACT.items)


@pytest.mark.parametrize(("case", "robust"), [("compact_fiml", False), ("compact_fiml_mlr", True)])
def test_estimates_and_test_are_those_of_lavaan(case: str, robust: bool, survey: pd.DataFrame) -> None:
    fit = fit_ml(COMPACT, survey, missing="fiml", robust=robust)
    both = beside(fit.estimates, case)
    assert np.abs(both["coef"] - both["est"]).max() < 2e-5
    assert np.abs(both["std"] - both["lavaan_std"]).max() < 2e-5
    free = both["lavaan_se"] > 0
    assert np.abs(both["se"] / both["lavaan_se"] - 1)[free].max() < 1e-5
    # lavaan 0.6-14: chisq, logl, unrestricted.logl, chisq.scaling.factor
    assert (fit.df, fit.n) == (39, 250)
    assert fit.chi_square == pytest.approx(67.379610422011, rel=1e-6)
    assert fit.log_likelihood == pytest.approx(-4719.047132032841, abs=1e-6)
    assert fit.saturated_log_likelihood == pytest.approx(-4685.357326821834, abs=1e-6)
    if robust:
        assert fit.scaling == pytest.approx(1.4401305689344, rel=1e-6)


def test_complete_answers_give_what_means_and_observed_information_give() -> None:
    complete = fit_ml(COMPACT, mobi(), means=True, information="observed")
    fit = fit_ml(COMPACT, mobi(), missing="fiml")
    assert fit.chi_square == pytest.approx(complete.chi_square, abs=1e-7)
    for column in ("coef", "se", "std"):
        assert fit.estimates[column].to_numpy() == pytest.approx(complete.estimates[column].to_numpy(), abs=1e-7)


def test_answers_missing_for_reasons_that_others_tell_bias_only_who_leaves_them_out() -> None:
    frame = answers_drawn(8000, seed=3)
    # who is dissatisfied does not answer on loyalty
    silent = frame["s1"] < 4.5
    frame.loc[silent, ["l1", "l2", "l3"]] = np.nan
    items = {name: fit_ml(MEDIATED, frame, missing=name, means=True) for name in ("fiml", "listwise")}
    intercept = {name: fit.estimates.query("lhs == 'l1' and op == '~1'").iloc[0] for name, fit in items.items()}
    assert abs(intercept["fiml"]["coef"] - 5) < 3 * intercept["fiml"]["se"]
    assert intercept["listwise"]["coef"] - 5 > 8 * intercept["listwise"]["se"]
    told = items["fiml"].estimates.set_index("label").loc[list(TRUE_PATHS)]
    assert (np.abs(told["coef"] - pd.Series(TRUE_PATHS)) < 3 * told["se"]).all()
    assert items["fiml"].n == 8000
    assert items["listwise"].n == (~silent).sum()


def test_groups_have_patterns_of_their_own(survey: pd.DataFrame) -> None:
    wave = np.where(np.arange(len(survey)) % 2 == 0, "even", "odd")
    both = fit_ml(COMPACT, survey.assign(wave=wave), missing="fiml", group="wave")
    assert both.groups == ("even", "odd")
    assert [each.n for each in both.moments] == [125, 125]
    # paths are labelled, so that the two share them: less is free than apart
    apart = [fit_ml(COMPACT, survey[wave == level], missing="fiml") for level in ("even", "odd")]
    assert both.df == sum(each.df for each in apart) + 5
    assert both.chi_square > sum(each.chi_square for each in apart)
    assert both.saturated_log_likelihood == pytest.approx(
        sum(each.saturated_log_likelihood for each in apart), abs=1e-6
    )


def test_what_it_needs_is_said(survey: pd.DataFrame) -> None:
    with pytest.raises(InvalidValue, match="needs the answers of each respondent, found moments alone"):
        fit_ml(COMPACT, moments_in("holzinger_swineford"), missing="fiml")
    with pytest.raises(InvalidValue, match="missing must be 'listwise' or 'fiml', found 'pairwise'"):
        fit_ml(COMPACT, survey, missing="pairwise")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match="models the means, found means=False"):
        fit_ml(COMPACT, survey, missing="fiml", means=False)
    never = survey.assign(CUSL1=survey["CUSL1"].where(survey["CUSL3"].isna()))
    with pytest.raises(TooFewRespondents, match=r"11 items need at least 12 respondents, found 11$"):
        fit_ml(COMPACT, survey.head(11), missing="fiml")
    few = mobi()[list(COMPACT.items)].head(13)
    few = few.mask(np.random.default_rng(0).random(few.shape) < 0.1)
    with pytest.raises(NotConverged, match="too few respondents answered the same items together"):
        fit_ml(COMPACT, few, missing="fiml")
    with pytest.raises(InvalidAnswers, match="'CUSL1' and 'CUSL3' together"):
        fit_ml(COMPACT, never, missing="fiml")
