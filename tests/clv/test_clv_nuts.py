"""NUTS: where it is, importance sampling is; the same again; without a compiler; one compilation for all data."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from simulated_customers import customers

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.purchases import PurchaseCounts
from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.fits.purchases import fit_purchases, purchase_prior
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.posteriors.compiled import log_density
from cxmodels.clv.posteriors.nuts import nuts_posterior, prior_data
from cxmodels.clv.posteriors.pymc_likelihoods import tensor_likelihood


@pytest.fixture(scope="module")
def cdnow() -> PurchaseCounts:
    found = find_spec("lifetimes")
    assert found is not None
    file = Path(str(found.origin)).parent / "datasets" / "cdnow_customers_summary.csv"
    return counted(pd.read_csv(file), unit="weeks")


def away(counts: PurchaseCounts, name: str) -> np.ndarray:
    """How far the mean of NUTS lies from that of importance sampling, in posterior standard deviations."""
    by_weights = fit_purchases(counts, name, size=4000).posterior.theta
    by_nuts = fit_purchases(counts, name, engine="nuts", size=4000).posterior
    assert by_nuts.engine == "nuts"
    assert by_nuts.r_hat < 1.01
    assert by_nuts.ess > 1500
    assert by_nuts.divergences <= 8
    return np.abs(by_nuts.theta.mean(0) - by_weights.mean(0)) / by_weights.std(0)


def test_nuts_and_importance_sampling_find_one_posterior(cdnow: PurchaseCounts) -> None:
    assert away(cdnow, "bg_nbd").max() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mbg_nbd", "pareto_nbd"])
def test_so_they_do_for_the_other_models(cdnow: PurchaseCounts, name: str) -> None:
    assert away(cdnow, name).max() < 0.1


def test_a_seed_gives_the_same_draws_in_silence(cdnow: PurchaseCounts, capfd: pytest.CaptureFixture[str]) -> None:
    model, frame = purchase_model("bg_nbd"), cdnow.frame
    prior = purchase_prior(model, cdnow)
    first, again = (nuts_posterior(model, frame, prior, size=300, seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(first.draws, again.draws)
    assert len(first.draws) == 300
    assert not first.draws.equals(nuts_posterior(model, frame, prior, size=300, seed=6).draws)
    assert capfd.readouterr() == ("", "")


def test_other_data_and_other_groups_need_no_further_compilation(cdnow: PurchaseCounts) -> None:
    model = purchase_model("bg_nbd")
    prior = purchase_prior(model, cdnow)

    def data(frame: pd.DataFrame) -> dict[str, np.ndarray]:
        places = np.zeros(len(frame), np.int64)
        return prior_data(model, frame, prior) | tensor_likelihood(model).tables(frame, places)

    random = np.random.default_rng(1)
    other = customers("bg_nbd", np.array([0.5, 9.0, 1.0, 2.0]), random.uniform(1, 50, 90), random)
    first, second = data(cdnow.frame), data(other)
    density = log_density(model, "pooled", first)
    assert log_density(model, "pooled", second) is density
    # Whitened coordinates of 0 are the mode, where the log density has no slope.
    for given in (first, second):
        assert np.abs(density(np.zeros(4), **given)[1]).max() < 0.05


def test_a_table_that_says_next_to_nothing_is_sampled_all_the_same() -> None:
    model = purchase_model("bg_nbd")
    frame = pd.DataFrame({"frequency": [5000.0], "recency": [1000.0], "T": [1000.0], "n": [1]})
    drawn = nuts_posterior(model, frame, purchase_prior(model, PurchaseCounts(frame)), size=400, seed=1)
    assert np.isfinite(drawn.theta).all()
    assert drawn.ess > 100


def test_fewer_than_two_chains_are_refused(cdnow: PurchaseCounts) -> None:
    model = purchase_model("bg_nbd")
    with pytest.raises(InvalidValue, match="found 100 and 1"):
        nuts_posterior(model, cdnow.frame, purchase_prior(model, cdnow), size=100, chains=1)


@pytest.mark.slow
def test_no_compiler_is_needed_on_the_machine(tmp_path: Path) -> None:
    code = (
        "import pandas as pd\n"
        "from cxmodels.clv.counts.from_frame import counted\n"
        "from cxmodels.clv.fits.purchases import fit_purchases\n"
        "frame = pd.DataFrame({'frequency': [0, 2, 1], 'recency': [0, 9, 3], 'T': [9, 12, 14], 'n': [40, 9, 20]})\n"
        "print(fit_purchases(counted(frame, n='n'), engine='nuts', size=200).posterior.engine)\n"
    )
    # No program can be found, and nothing compiled before is used.
    kept = {name: value for name, value in os.environ.items() if name in ("HOME", "PYTHONPATH", "LD_LIBRARY_PATH")}
    environment = {**kept, "PATH": str(tmp_path), "PYTENSOR_FLAGS": f"base_compiledir={tmp_path}"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "nuts\n", "")
