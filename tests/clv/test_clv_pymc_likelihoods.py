"""The likelihoods as tensors: equal to those of the models, which are written another way; exact gradients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.gamma_gamma import GammaGamma
from cxmodels.clv.models.mbg_cnbd import MbgCnbd
from cxmodels.clv.models.model import ParameterModel
from cxmodels.clv.models.named import purchase_model
from cxmodels.clv.models.sbg import ShiftedBetaGeometric
from cxmodels.clv.posteriors import pymc_purchases
from cxmodels.clv.posteriors.at_tenure import AtTenure
from cxmodels.clv.posteriors.pymc_likelihoods import tensor_likelihood

PURCHASES = ("bg_nbd", "mbg_nbd", "mbg_cnbd_1", "mbg_cnbd_2", "mbg_cnbd_3", "pareto_nbd")


def counts(rows: int = 300) -> pd.DataFrame:
    """Customers from never again to a thousand times, some of whom bought on the last day."""
    random = np.random.default_rng(20050924)
    T = random.integers(1, 1100, rows).astype(float)
    frequency = random.choice([0, 1, 2, 3, 5, 10, 40, 200, 1000], rows)
    recency = np.where(frequency > 0, np.ceil(T * random.beta(3, 1, rows)), 0.0)
    recency[:20] = np.where(frequency[:20] > 0, T[:20], 0.0)
    frame = pd.DataFrame({"frequency": frequency, "recency": recency, "T": T, "n": random.integers(1, 5, rows)})
    frame = frame.groupby(["frequency", "recency", "T"], as_index=False)["n"].sum()
    # What the clocks of several steps ask for; a constant that cancels below.
    return frame.assign(log_gaps=0.0)


def payments(rows: int = 300) -> pd.DataFrame:
    random = np.random.default_rng(7)
    often = random.choice([1, 2, 3, 10, 300], rows).astype(float)
    return pd.DataFrame({"payments": often, "total": often * random.lognormal(3, 1, rows), "n": 1})


def renewals() -> pd.DataFrame:
    columns = ["entry", "exit", "ended", "n"]
    return pd.DataFrame([(0, 1, 1, 30), (0, 5, 0, 12), (3, 9, 1, 4), (7, 7, 0, 2), (0, 24, 0, 9)], columns=columns)


def points(model: ParameterModel, size: int = 12) -> np.ndarray:
    """Coordinates all over what the priors hold likely, with times in days."""
    random = np.random.default_rng(1)
    width = len(model.coordinates)
    centre = np.array(
        [3.0 if name in ("log alpha", "log beta", "log mean spend") else -0.5 for name in model.coordinates]
    )
    return centre + 1.3 * random.standard_normal((size, width))


def evaluated(model: ParameterModel, frame: pd.DataFrame, row: np.ndarray | None = None) -> Callable[..., Any]:
    """(coordinates, groups) → value and gradient, by PyTensor without compiling."""
    import pytensor
    import pytensor.tensor as pt

    likelihood = tensor_likelihood(model)
    places = np.zeros(len(frame), np.int64) if row is None else row
    tables = {name: pt.constant(column) for name, column in likelihood.tables(frame, places).items()}
    coordinates = pt.dmatrix("coordinates")
    total = likelihood.total(likelihood.theta([coordinates[at] for at in range(len(model.coordinates))]), tables)
    return pytensor.function([coordinates], [total, pt.grad(total, coordinates)], mode="FAST_COMPILE")


def known(name: str) -> tuple[ParameterModel, pd.DataFrame]:
    if name == "gamma_gamma":
        return GammaGamma(), payments()
    if name == "sbg":
        return ShiftedBetaGeometric(), renewals()
    return purchase_model(name), counts()


@pytest.mark.parametrize("name", [*PURCHASES, "gamma_gamma", "sbg"])
def test_the_log_likelihood_is_that_of_the_model(name: str) -> None:
    model, frame = known(name)
    at = points(model)
    run = evaluated(model, frame)
    found = np.array([float(run(point[:, None])[0]) for point in at])
    expected = model.likelihood(frame)(model.theta(at))
    # Constants are left out: what is compared is what differs from the first point.
    np.testing.assert_allclose(found - found[0], expected - expected[0], rtol=1e-8, atol=1e-8 * np.abs(expected).max())


@pytest.mark.parametrize("name", [*PURCHASES, "gamma_gamma", "sbg"])
def test_the_gradient_is_that_of_differences(name: str) -> None:
    model, frame = known(name)
    run = evaluated(model, frame)
    step = 1e-5
    for point in points(model, 3):
        gradient = run(point[:, None])[1][:, 0]
        differences = [
            (run((point + step * unit)[:, None])[0] - run((point - step * unit)[:, None])[0]) / (2 * step)
            for unit in np.eye(len(point))
        ]
        np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-6 * np.abs(gradient).max())


@pytest.mark.parametrize("name", ["bg_nbd", "mbg_nbd", "mbg_cnbd_2", "pareto_nbd", "gamma_gamma", "sbg"])
def test_groups_with_parameters_of_their_own_add_up(name: str) -> None:
    model, frame = known(name)
    row = np.arange(len(frame)) % 3
    at = points(model, 3)
    together = float(evaluated(model, frame, row)(at.T)[0])
    apart = [float(evaluated(model, frame[row == group])(at[group][:, None])[0]) for group in range(3)]
    assert together == pytest.approx(sum(apart), rel=1e-12)


def test_twice_the_nodes_leave_the_likelihood_of_pareto_nbd_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    model, frame = known("pareto_nbd")
    at = points(model)
    few = evaluated(model, frame)
    monkeypatch.setattr(pymc_purchases, "NODES", 2 * pymc_purchases.NODES)
    many = evaluated(model, frame)
    for point in at:
        assert float(few(point[:, None])[0]) == pytest.approx(float(many(point[:, None])[0]), rel=1e-8)


def test_equal_customers_are_counted_together_before_anything_is_summed() -> None:
    frame = pd.DataFrame({"frequency": [0, 0, 2], "recency": [0, 0, 5.0], "T": [9.0, 9.0, 9.0], "n": [3, 4, 1]})
    tables = tensor_likelihood(purchase_model("bg_nbd")).tables(frame, np.zeros(3, np.int64))
    assert tables["once_n"].tolist() == [7.0]
    assert tables["often_frequency"].tolist() == [0.0, 2.0]
    assert tables["n"].tolist() == [1.0]


def test_a_model_without_a_tensor_is_named() -> None:
    class Unknown(MbgCnbd):
        name = "unknown"

    with pytest.raises(InvalidValue, match="found 'unknown'"):
        tensor_likelihood(Unknown())


def test_a_model_in_other_coordinates_is_refused() -> None:
    with pytest.raises(InvalidValue, match="in the coordinates of its own"):
        tensor_likelihood(AtTenure(12.0))
    assert tensor_likelihood(replace(MbgCnbd(), k=3)).coordinates == MbgCnbd().coordinates
