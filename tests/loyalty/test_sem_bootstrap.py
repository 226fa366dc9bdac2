"""The bootstrap of maximum likelihood: what it draws, what it counts, and what its limits hold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from scipy.stats import norm
from sem_models import COMPACT, moments_in
from sem_populations import MEDIATED, TRUE_PATHS, answers_drawn

from cxmodels.loyalty.answers.blocks import blocks
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue
from cxmodels.loyalty.ml.bootstrap import MlBootstrap, bootstrapped
from cxmodels.loyalty.ml.fit import fit_ml
from cxmodels.loyalty.ml.ml_fit import MlFit
from cxmodels.loyalty.syntax.path_model import PathModel


@pytest.fixture(scope="module")
def drawn() -> MlFit:
    return bootstrapped(fit_ml(MEDIATED, answers_drawn(600, seed=5)), replications=400, seed=1)


def told(fit: MlFit) -> MlBootstrap:
    assert fit.bootstrap is not None
    return fit.bootstrap


def test_its_standard_errors_are_those_of_the_likelihood_where_answers_are_normal(drawn: MlFit) -> None:
    found = told(drawn).intervals()
    free = drawn.estimates["se"] > 0
    ratio = found["se"] / drawn.estimates["se"]
    assert ratio[free].to_numpy() == pytest.approx(1, abs=0.2)
    assert ratio[free].mean() == pytest.approx(1, abs=0.05)
    assert (found.loc[~free, ["se"]] == 0).all(axis=None)
    assert (found["low"] <= found["coef"]).all()
    assert (found["coef"] <= found["high"]).all()


def test_draws_of_paths_are_the_resamples(drawn: MlFit) -> None:
    paths = drawn.path_draws(standardised=False)
    assert paths.shape == (400 - told(drawn).failed, 3, 3)
    found = told(drawn).intervals().set_index("label").loc["a"]
    assert paths[:, 1, 0].std(ddof=1) == pytest.approx(found["se"])
    assert np.quantile(paths[:, 1, 0], [0.025, 0.975]) == pytest.approx([found["low"], found["high"]])


def test_the_same_seed_draws_the_same(drawn: MlFit) -> None:
    fit = fit_ml(MEDIATED, answers_drawn(600, seed=5))
    again, other = (told(bootstrapped(fit, replications=400, seed=seed)).theta for seed in (1, 2))
    assert np.array_equal(again, told(drawn).theta, equal_nan=True)
    assert not np.array_equal(other, again, equal_nan=True)


def test_a_resample_is_fitted_as_if_it_were_the_sample(drawn: MlFit) -> None:
    part = blocks(drawn.answers[0], MEDIATED.items, seed=1)
    generator = np.random.default_rng(1).spawn(2)[0]
    times = generator.multinomial(600, np.full(600, 1 / 600), size=250)[0]
    chosen = pd.DataFrame(np.repeat(part.sums + part.centre, times, axis=0), columns=list(MEDIATED.items))
    direct = fit_ml(MEDIATED, chosen)
    off = (direct.theta - told(drawn).theta[0]) / np.sqrt(np.diag(direct.theta_covariance))
    assert np.abs(off).max() < 1e-3


def test_failed_and_impossible_resamples_are_counted() -> None:
    found = told(bootstrapped(fit_ml(COMPACT, mobi()), replications=200, seed=1))
    assert found.replications == 200
    assert len(found.solved) == 200 - found.failed
    # lavaan 0.6-14 fails in 8 % and finds 21 % impossible on this model and survey
    assert 0.02 <= found.failed / 200 <= 0.16
    assert 0.10 <= found.inadmissible / 200 <= 0.32
    assert (found.intervals()["replications"] == len(found.solved)).all()


def test_bca_limits_are_those_of_the_textbook_for_a_slope() -> None:
    # skewed answers, so that there is something to accelerate
    frame = np.exp(answers_drawn(60, seed=10) - 5)
    fit = bootstrapped(fit_ml(PathModel("s1 ~ b*i1"), frame), replications=500, seed=3)
    off = frame["i1"] - frame["i1"].mean()
    slope = off @ frame["s1"] / (off @ off)
    influence = off * (frame["s1"] - frame["s1"].mean() - slope * off)
    acceleration = (influence**3).sum() / (6 * (influence**2).sum() ** 1.5)
    assert acceleration > 0.05
    values = told(fit).theta[:, fit.table.names.index("b")]
    bias = norm.ppf((values < slope).mean())
    for column, z in (("low", norm.ppf(0.025)), ("high", norm.ppf(0.975))):
        share = norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z)))
        found = told(fit).intervals(kind="bca").set_index("label").loc["b", column]
        assert found == pytest.approx(np.quantile(values, share), rel=1e-6)


def test_respondents_are_drawn_within_their_group_and_by_weight() -> None:
    frame = answers_drawn(400, seed=2).assign(wave=np.repeat(["first", "then"], 200))
    fit = bootstrapped(fit_ml(MEDIATED, frame, group="wave"), replications=20)
    assert told(fit).theta.shape == (20, len(fit.theta))
    heavy = answers_of(frame.assign(w=np.tile([1.0, 3.0], 200)), list(frame.columns[:9]), weight="w")
    weighted = bootstrapped(fit_ml(MEDIATED, heavy), replications=60, seed=4)
    # weights that differ cost: the effective number is 400 * 4² / (2 * (1 + 9)) = 320
    assert weighted.n == pytest.approx(320)
    ratio = told(weighted).intervals()["se"] / weighted.estimates["se"]
    assert ratio[weighted.estimates["se"] > 0].mean() == pytest.approx(1, abs=0.12)


def test_what_it_needs_is_said() -> None:
    known = fit_ml(PathModel("f =~ x1 + x2 + x3 + x4"), moments_in("holzinger_swineford"))
    with pytest.raises(InvalidAnswers, match="the answers of each respondent are needed"):
        bootstrapped(known)
    frame = answers_drawn(200, seed=1)
    with pytest.raises(InvalidValue, match="replications must be at least 2, found 1"):
        bootstrapped(fit_ml(MEDIATED, frame), replications=1)
    frame.iloc[0, 0] = np.nan
    with pytest.raises(InvalidAnswers, match="answers must be complete"):
        bootstrapped(fit_ml(MEDIATED, frame, missing="fiml"))
    found = told(bootstrapped(fit_ml(MEDIATED, frame), replications=5))
    with pytest.raises(InvalidValue, match="kind must be 'percentile' or 'bca', found 't'"):
        found.intervals(kind="t")  # type: ignore[arg-type]
    with pytest.raises(InvalidValue, match=r"level must lie between 0 and 1, found 1.5"):
        found.intervals(level=1.5)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["percentile", "bca"])
def test_limits_hold_the_truth_as_often_as_they_say(kind: str) -> None:
    times = 0
    for seed in range(200):
        fit = bootstrapped(fit_ml(MEDIATED, answers_drawn(300, seed)), replications=300, seed=seed)
        own = told(fit).intervals(kind=kind, level=0.9).set_index("label").loc[list(TRUE_PATHS)]  # type: ignore[arg-type]
        truth = pd.Series(TRUE_PATHS)
        times += int(((own["low"] < truth) & (truth < own["high"])).sum())
    assert 0.86 <= times / 200 / len(TRUE_PATHS) <= 0.94
