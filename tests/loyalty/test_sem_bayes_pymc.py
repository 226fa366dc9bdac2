"""The posterior as PyMC states it, drawn from by another sampler, beside ours."""

from __future__ import annotations

import numpy as np
import pytest
from mobi_data import mobi
from sem_models import COMPACT

from cxmodels.loyalty.bayes.fit import fit_bayes
from cxmodels.loyalty.bayes.from_table import structure_of
from cxmodels.loyalty.bayes.pymc_model import pymc_model
from cxmodels.loyalty.syntax.parameter_table import parameter_table
from cxmodels.sampling import diagnosed


@pytest.mark.slow
def test_chains_of_the_stated_model_agree_with_ours() -> None:
    import nutpie

    # jitter_rvs: the chains begin where the model says
    compiled = nutpie.compile_pymc_model(pymc_model(COMPACT, mobi()), jitter_rvs=set())
    drawn = nutpie.sample(
        compiled, draws=2000, tune=800, chains=4, cores=1, seed=1, target_accept=0.9, progress_bar=False
    )
    assert int(drawn.sample_stats["diverging"].sum()) == 0
    for name in ("first", "others", "own"):
        r_hat, ess = diagnosed(drawn.posterior[name].to_numpy())
        assert r_hat.max() <= 1.01, name
        assert ess.min() >= 400, name
    structure = structure_of(COMPACT, parameter_table(COMPACT, scaling="variance"))
    own = np.unique(structure.residuals.slots)
    others = np.setdiff1d(np.arange(sum(structure.counts)), [*structure.logs, *own])
    fit = fit_bayes(COMPACT, mobi(), size=8000)
    for row, column, slot in zip(*structure.paths, strict=True):
        theirs = drawn.posterior["others"].to_numpy()[..., int(np.flatnonzero(others == slot)[0])]
        target, source = (fit.names.index(structure.latents[at]) for at in (row, column))
        ours = fit.path_draws(standardised=False)[:, target, source]
        # the mean of 600 independent draws is off by more than .15 sd once in several thousand times
        assert theirs.mean() == pytest.approx(ours.mean(), abs=0.15 * ours.std())
        assert theirs.std() == pytest.approx(ours.std(), rel=0.1)
