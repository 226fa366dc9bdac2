"""Standard errors and a test that do not need normal answers, beside lavaan 0.6-14's estimator MLR."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from sem_models import COMPACT, POLITICAL_DEMOCRACY, beside, democracy_with_fourth_moments, moments_in
from sem_populations import MEDIATED, TRUE_PATHS, answers_drawn

from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.moments import moments
from cxmodels.loyalty.errors import InvalidAnswers
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.syntax.path_model import PathModel

MEASURED = PathModel(COMPACT.text.split("Value        ~")[0])
"""The constructs without paths."""


def test_robust_standard_errors_and_scaled_test_are_those_of_lavaan() -> None:
    fit = fit_ml(COMPACT, mobi(), robust=True)
    both = beside(fit.estimates, "compact_mlr")
    assert np.abs(both["coef"] - both["est"]).max() < 2e-5
    free = both["lavaan_se"] > 0
    assert np.abs(both["se"] / both["lavaan_se"] - 1)[free].max() < 1e-5
    # lavaan 0.6-14: chisq.scaling.factor and chisq.scaled
    assert fit.scaling == pytest.approx(1.4632541013856, rel=1e-6)
    assert fit.chi_square / fit.scaling == pytest.approx(53.5812084489441, rel=1e-6)


def test_robust_test_of_groups_with_equal_intercepts_is_that_of_lavaan() -> None:
    survey = mobi()
    # two groups that anybody can make again: respondents in turn
    frame = survey.assign(wave=np.where(np.arange(len(survey)) % 2 == 0, "even", "odd"))
    fit = fit_ml(MEASURED, frame, group="wave", equal=("loadings", "intercepts"), robust=True)
    # lavaan 0.6-14: cfa(…, group = "wave", group.equal = c("loadings", "intercepts"), estimator = "MLR")
    assert fit.df == 90
    assert fit.chi_square == pytest.approx(153.2229115833583, rel=1e-6)
    assert fit.scaling == pytest.approx(1.2410066291149, rel=1e-6)
    own = fit.estimates.query("lhs == 'Image' and rhs == 'Value'").set_index("group")
    assert own["coef"].to_dict() == pytest.approx({"even": 1.2536379937, "odd": 1.0885713854}, abs=2e-5)
    assert own["se"].to_dict() == pytest.approx({"even": 0.235005256484, "odd": 0.280757521757}, rel=1e-5)


def test_of_moments_with_fourth_ones_they_are_those_of_lavaan() -> None:
    fit = fit_ml(POLITICAL_DEMOCRACY, democracy_with_fourth_moments(), robust=True)
    # lavaan 0.6-14, estimator = "MLR", at the estimates of its maximum
    both = beside(fit.estimates, "pd_mlr")
    assert np.abs(both["coef"] - both["est"]).max() < 2e-5
    assert np.abs(both["std"] - both["lavaan_std"]).max() < 2e-5
    free = both["lavaan_se"] > 0
    assert np.abs(both["se"] / both["lavaan_se"] - 1)[free].max() < 1e-5
    assert fit.scaling == pytest.approx(0.9208836119, rel=1e-6)


def test_fourth_moments_tell_what_each_respondent_tells() -> None:
    frame = mobi().assign(w=np.where(np.arange(250) % 3 == 0, 0.5, 1.5))
    answers = answers_of(frame, COMPACT.items, weight="w")
    known = moments(answers, COMPACT.items, fourth=True)
    one, other = (fit_ml(COMPACT, data, robust=True) for data in (answers, known))
    assert other.estimates["se"].to_numpy() == pytest.approx(one.estimates["se"].to_numpy(), rel=1e-7)
    assert other.scaling == pytest.approx(one.scaling, rel=1e-7)


def test_respondents_twice_as_many_are_those_with_weight_two() -> None:
    survey = mobi()[list(COMPACT.items)]
    doubled = fit_ml(COMPACT, pd.concat([survey, survey]), robust=True)
    weighted = fit_ml(COMPACT, answers_of(survey.assign(w=2.0), COMPACT.items, weight="w"), robust=True)
    once = fit_ml(COMPACT, survey, robust=True)
    assert doubled.estimates["se"].to_numpy() * np.sqrt(2) == pytest.approx(once.estimates["se"].to_numpy(), rel=1e-7)
    # a weight all share is none: the effective number of respondents stays
    assert weighted.estimates["se"].to_numpy() == pytest.approx(once.estimates["se"].to_numpy(), rel=1e-9)


def test_moments_alone_have_no_robust_standard_errors() -> None:
    with pytest.raises(InvalidAnswers, match="robust standard errors need the answers of each respondent"):
        fit_ml(PathModel("f =~ x1 + x2 + x3 + x4"), moments_in("holzinger_swineford"), robust=True)
    # means and covariances vary together, which third moments would tell
    with pytest.raises(InvalidAnswers, match="or of a model without means the fourth moments"):
        fit_ml(POLITICAL_DEMOCRACY, democracy_with_fourth_moments(), robust=True, means=True)


@pytest.mark.slow
def test_robust_limits_hold_where_answers_have_long_tails_and_plain_ones_do_not() -> None:
    held = {True: 0, False: 0}
    scaled = []
    for seed in range(200):
        frame = answers_drawn(600, seed, tails=5)
        for robust in held:
            fit = fit_ml(MEDIATED, frame, robust=robust)
            own = fit.estimates.set_index("label").loc[list(TRUE_PATHS)]
            off = np.abs(own["coef"] - pd.Series(TRUE_PATHS))
            held[robust] += int((off < 1.6449 * own["se"]).sum())
            if robust:
                scaled.append(fit.chi_square / fit.scaling / fit.df)
    share = {robust: times / 200 / len(TRUE_PATHS) for robust, times in held.items()}
    assert 0.86 <= share[True] <= 0.94
    assert np.mean(scaled) == pytest.approx(1, abs=0.1)
