"""A path model fitted by maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cxmodels.loyalty.errors import InvalidValue, NotIdentified
from cxmodels.loyalty.ml.matrices import Matrices
from cxmodels.loyalty.ml.samples import Sample
from cxmodels.loyalty.ml.standardised import correlations, standardised_paths
from cxmodels.loyalty.path_fit import in_short

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.ml.bootstrap import MlBootstrap
    from cxmodels.loyalty.ml.identification import Identification
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.syntax.parameter_table import ParameterTable
    from cxmodels.loyalty.syntax.path_model import PathModel

DRAWS = 2000
SEED = 20260930


@dataclass(frozen=True, eq=False)
class MlFit:
    """A path model at the maximum of the normal likelihood.

    Attributes
    ----------
    model
        The model.
    estimates
        One row a parameter, fixed ones and those defined by ``:=`` too: ``lhs, op, rhs, [group], label, coef, se, low,
        high, std, std_se, std_low, std_high``; limits of 95 %.
    table
        The parameters as fitted.
    matrices
        Where they stand.
    moments
        Of each group; where answers are missing, those at the maximum of the likelihood of the saturated model.
    samples
        What the likelihood was computed of: respondents of a group who answered the same items.
    answers
        Of each group; empty where only moments were given.
    theta, theta_covariance
        (q,) free parameters and (q, q) their covariance, robust where asked for; NaN where the information is
        singular.
    information
        (q, q) of all respondents together, expected or observed as `information_kind` says; its inverse is the
        covariance unless robust.
    objective
        Twice the log-likelihood of the saturated model less that of this one, a respondent: chi² is n times it.
    log_likelihood, saturated_log_likelihood
        Of the model and of the one without constraints.
    scaling
        What a robust chi² is divided by (Yuan & Bentler 2000, as in Mplus); NaN unless robust.
    implied
        (Sigma (p, p), mu (p,) or None) of each group.
    identification
        Whether the answers can tell the parameters apart.
    iterations
        Of the search.
    robust, missing, information_kind
        How it was asked for.
    bootstrap
        Resamples; None unless `bootstrapped`.
    """

    model: PathModel
    estimates: pd.DataFrame
    table: ParameterTable
    matrices: Matrices
    moments: tuple[Moments, ...]
    samples: tuple[Sample, ...]
    answers: tuple[Answers, ...]
    theta: Array
    theta_covariance: Array
    information: Array
    objective: float
    log_likelihood: float
    saturated_log_likelihood: float
    scaling: float
    implied: tuple[tuple[Array, Array | None], ...]
    identification: Identification
    iterations: int
    robust: bool = False
    missing: Literal["listwise", "fiml"] = "listwise"
    information_kind: Literal["expected", "observed"] = "expected"
    converged: bool = True
    bootstrap: MlBootstrap | None = None
    engine: Literal["ml"] = "ml"

    def __repr__(self) -> str:
        told = self.identification
        return f"{in_short(self)[:-1]}{'' if told.identified and told.admissible else ', not to be believed'}>"

    @property
    def names(self) -> tuple[str, ...]:
        """Constructs, and items used as such in a regression."""
        return self.model.names

    @property
    def n(self) -> float:
        """Respondents of all groups."""
        return float(sum(each.n for each in self.moments))

    @property
    def groups(self) -> tuple[str, ...]:
        """Levels of the grouping attribute; one empty name without groups."""
        return self.matrices.groups

    @property
    def chi_square(self) -> float:
        """Of the likelihood ratio against the saturated model, not scaled."""
        return self.n * self.objective

    @property
    def df(self) -> int:
        """Moments less free parameters."""
        p = len(self.matrices.items)
        each = p * (p + 1) // 2 + (p if self.matrices.means else 0)
        return len(self.groups) * each - len(self.theta)

    def jacobian(self) -> tuple[Array, ...]:
        """Of each group, (moments, q) derivatives of the implied moments by theta.

        Moments are the means, where they are modelled, then the covariances as in ``np.tril_indices``.
        """
        return self.matrices.jacobian(self.theta)

    def path_matrix(self, *, standardised: bool = True, group: str | None = None) -> Array:
        """(names, names) direct paths, row = what is explained; of one group where there are several."""
        return standardised_paths(self.matrices, self.theta[None], self.names, standardised)[0, self._group(group)]

    def path_draws(
        self, *, standardised: bool = True, group: str | None = None, size: int = DRAWS, seed: int = SEED
    ) -> Array:
        """(draws, names, names) the same of the bootstrap, or of draws of the parameters' limiting normal distribution.

        With a bootstrap `size` and `seed` do not matter. Draws at which a variable has no positive variance are left
        out when `standardised`.

        Raises
        ------
        NotIdentified
            When the information is singular: the draws would know no bounds.
        InvalidValue
            When there are several groups and `group` is none of them.
        """
        draws = self.theta_draws(size=size, seed=seed)
        paths = standardised_paths(self.matrices, draws, self.names, standardised)[:, self._group(group)]
        return paths[np.isfinite(paths).all((1, 2))]

    def theta_draws(self, *, size: int = DRAWS, seed: int = SEED) -> Array:
        """(draws, q) parameters of the bootstrap, or of their limiting normal distribution; raises as `path_draws`."""
        if self.bootstrap is not None:
            return self.bootstrap.solved
        if not np.isfinite(self.theta_covariance).all():
            raise NotIdentified(
                "path_draws: the information matrix is singular, so that the parameters have no finite doubt to draw "
                f"from; they cannot be told apart: {', '.join(self.identification.weakest)}"
            )
        values, vectors = np.linalg.eigh(self.theta_covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return self.theta + np.random.default_rng(seed).standard_normal((size, len(self.theta))) @ root.T

    def construct_covariance(self, *, group: str | None = None) -> Array:
        """(names, names) model-implied correlations."""
        return correlations(self.matrices, self.theta[None], self.names)[0, self._group(group)]

    def _group(self, group: str | None) -> int:
        if group is None and len(self.groups) == 1:
            return 0
        if group not in self.groups:
            raise InvalidValue(f"MlFit: group must be one of {', '.join(map(repr, self.groups))}, found {group!r}")
        return self.groups.index(group)
