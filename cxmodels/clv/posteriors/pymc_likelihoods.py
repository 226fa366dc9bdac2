"""The likelihoods once more, as tensors with gradients: written apart from the models, so that each checks the other.

Parameters are tensors of shape (groups,), one entry where all customers share them; ``row`` of a table says which entry
a row has. Equal terms are counted together before anything is summed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.posteriors import pymc_purchases as purchases

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cxmodels.clv.models.model import ParameterModel

type Tensor = Any
"""A symbolic tensor of PyTensor, which ships no types."""
type Tables = dict[str, NDArray[Any]]
"""Columns of the tables a likelihood sums over, by name: whole numbers for places, floats for all else."""


@dataclass(frozen=True)
class TensorLikelihood:
    """A likelihood as PyMC needs it.

    Attributes
    ----------
    coordinates
        Names of the unbounded coordinates it is written in.
    theta
        Tensors of the coordinates → tensors of the parameters, each (groups,).
    tables
        Counts and the place of each row's parameters → the columns that `total` sums over.
    total
        Parameters and columns → the log-likelihood, up to a constant that depends on no parameter.
    """

    coordinates: tuple[str, ...]
    theta: Callable[[list[Tensor]], list[Tensor]]
    tables: Callable[[pd.DataFrame, NDArray[np.int64]], Tables]
    total: Callable[[list[Tensor], dict[str, Tensor]], Tensor]


def tensor_likelihood(model: ParameterModel) -> TensorLikelihood:
    """The likelihood of a model in PyTensor.

    Raises
    ------
    InvalidValue
        When there is none for this model and its coordinates.
    """
    clock = purchases.cnbd_total(int(getattr(model, "k", 1)))
    known = {
        "bg_nbd": TensorLikelihood(_BETA, purchases.beta_theta, purchases.bg_tables, purchases.bg_total),
        "mbg_nbd": TensorLikelihood(_BETA, purchases.beta_theta, purchases.tables, purchases.mbg_total),
        "mbg_cnbd": TensorLikelihood(_BETA, purchases.beta_theta, purchases.tables, clock),
        "pareto_nbd": TensorLikelihood(_PARETO, purchases.pareto_theta, purchases.tables, purchases.pareto_total),
        "gamma_gamma": TensorLikelihood(_SPEND, _gamma_gamma_theta, _gamma_gamma_tables, _gamma_gamma_total),
        "sbg": TensorLikelihood(_SBG, _sbg_theta, _sbg_tables, _sbg_total),
    }
    likelihood = known.get(re.sub(r"_\d+$", "", model.name))
    if likelihood is None or likelihood.coordinates != model.coordinates:
        raise InvalidValue(
            f"tensor_likelihood: model must be one of {', '.join(known)} in the coordinates of its own, found "
            f"{model.name!r} in {', '.join(model.coordinates)}"
        )
    return likelihood


_BETA = ("log r", "log alpha", "logit a/(a+b)", "log(a+b)")
_PARETO = ("log r", "log alpha", "log s", "log beta")
_SPEND = ("log p", "log(q-1)", "log mean spend")
_SBG = ("logit alpha/(alpha+beta)", "log(alpha+beta)")


def _gamma_gamma_theta(coordinates: list[Tensor]) -> list[Tensor]:
    """p, q and v of log p, log(q - 1) and the log of the mean spend p v / (q - 1)."""
    import pytensor.tensor as pt

    p, beyond, mean = (pt.exp(coordinate) for coordinate in coordinates)
    return [p, 1 + beyond, mean * beyond / p]


def _gamma_gamma_tables(frame: pd.DataFrame, row: NDArray[np.int64]) -> Tables:
    cells = purchases.alike(frame, row, ["payments", "total"])
    often = purchases.alike(frame, row, ["payments"])
    return purchases.columns(cells, "") | purchases.columns(often, "often_")


def _gamma_gamma_total(theta: list[Tensor], at: dict[str, Tensor]) -> Tensor:
    """Fader & Hardie (2013), The Gamma-Gamma model of monetary value, equation 1a, with z = total / payments."""
    import pytensor.tensor as pt

    p, q, v = theta
    own_p, own_q = p[at["often_row"]], q[at["often_row"]]
    shape = own_p * at["often_payments"]
    gammas = pt.gammaln(shape + own_q) - pt.gammaln(shape) - pt.gammaln(own_q)
    shape = p[at["row"]] * at["payments"]
    own_q, own_v, total = q[at["row"]], v[at["row"]], at["total"]
    logs = shape * pt.log(total) + own_q * pt.log(own_v) - (shape + own_q) * pt.log(own_v + total)
    mean = pt.log(total / at["payments"])
    return pt.sum(at["often_n"] * gammas) + pt.sum(at["n"] * (logs - mean))


def _sbg_theta(coordinates: list[Tensor]) -> list[Tensor]:
    """Alpha and beta of logit alpha/(alpha+beta) and log(alpha+beta)."""
    return purchases.beta_of(*coordinates)


def _sbg_tables(frame: pd.DataFrame, row: NDArray[np.int64]) -> Tables:
    kept = frame.assign(stayed=frame["exit"] - frame["ended"])
    return purchases.columns(purchases.alike(kept, row, ["entry", "exit", "ended", "stayed"]), "")


def _sbg_total(theta: list[Tensor], at: dict[str, Tensor]) -> Tensor:
    """Fader & Hardie (2007), How to project customer retention, equations 5 and 6, given survival to entry."""
    import pytensor.tensor as pt

    alpha, beta = (parameter[at["row"]] for parameter in theta)

    def log_survival(renewals: Tensor) -> Tensor:
        return pt.gammaln(beta + renewals) - pt.gammaln(alpha + beta + renewals)

    stopping = pt.log(alpha) - pt.log(alpha + beta + at["exit"] - 1)
    kept = log_survival(at["stayed"]) - log_survival(at["entry"])
    # A contract that ended came to at least one renewal, so the logarithm above is only used where exit ≥ 1.
    return pt.sum(at["n"] * (kept + pt.switch(at["ended"] > 0, stopping, 0.0)))
