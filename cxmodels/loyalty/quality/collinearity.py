"""Whether constructs say the same thing twice: variance inflation among all of them, and among what explains one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array, PathFit

LARGEST = 3.3
"""From here on Kock (2015) suspects that a common method, not the constructs, moves the answers."""


@dataclass(frozen=True, eq=False)
class Collinearity:
    """Variance inflation factors; infinite where a construct is a sum of the others.

    Attributes
    ----------
    constructs
        One row a construct: ``construct, vif`` on all the others.
    predictors
        One row a path: ``construct`` (explained), ``source, vif`` on the other sources of that construct; 1 where
        there is no other.
    """

    constructs: pd.DataFrame
    predictors: pd.DataFrame


def collinearity(fit: PathFit) -> Collinearity:
    """Work out the variance inflation of a fit of any engine.

    Notes
    -----
    Full collinearity: Kock (2015), International Journal of e-Collaboration 11(4): a factor above 3.3 is a sign of
    common method bias. Correlations of common factors (maximum likelihood, Bayes, consistent partial least squares)
    are higher than those of scores, and so are their factors.
    """
    covariance = fit.construct_covariance()
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    place = {name: number for number, name in enumerate(fit.names)}
    rows = []
    for target in fit.model.endogenous:
        sources = [source for source, explained in fit.model.paths if explained == target]
        at = [place[source] for source in sources]
        rows += [(target, *each) for each in zip(sources, inflation(correlation[np.ix_(at, at)]), strict=True)]
    return Collinearity(
        pd.DataFrame({"construct": fit.names, "vif": inflation(correlation)}),
        pd.DataFrame(rows, columns=["construct", "source", "vif"]),
    )


def inflation(correlation: Array) -> Array:
    """(names,) variance inflation factors: the diagonal of the inverse of (names, names) correlations.

    Infinite where the correlations are those of no variables, or of variables of which some are sums of others.
    """
    if np.linalg.eigvalsh(correlation)[0] <= len(correlation) * np.finfo(float).eps:
        return np.full(len(correlation), np.inf)
    return np.diag(np.linalg.inv(correlation)).copy()
