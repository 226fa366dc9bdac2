"""Whether each construct has more in common with its own items than with the other constructs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.errors import InvalidModel
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.quality.measured import loadings, reflective

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import PathFit


@dataclass(frozen=True, eq=False)
class FornellLarcker:
    """The criterion of Fornell & Larcker.

    Attributes
    ----------
    matrix
        (constructs, constructs) correlations, on the diagonal the root of the average variance extracted.
    constructs
        One row a construct: ``construct, root_ave, largest`` (absolute correlation with another), ``other`` (which),
        ``holds``: the root is larger.
    """

    matrix: pd.DataFrame
    constructs: pd.DataFrame


def fornell_larcker(fit: PathFit) -> FornellLarcker:
    """Compare the average variance extracted with the correlations of the constructs.

    Parameters
    ----------
    fit
        Of any engine and one group. Reflective constructs of more than one item are compared with each other.

    Raises
    ------
    InvalidModel
        When there are fewer than two of them.
    InvalidValue
        When the fit is of several groups.

    Notes
    -----
    Fornell & Larcker (1981), Journal of Marketing Research 18: 39-50. It often misses constructs that are one
    (Henseler, Ringle & Sarstedt 2015): read it beside `htmt`.
    """
    names = [construct.name for construct in reflective(fit.model) if len(construct.items) > 1]
    if len(names) < 2:
        raise InvalidModel(
            f"fornell_larcker: two reflective constructs of more than one item are needed, found {len(names)}"
        )
    place = [fit.names.index(name) for name in names]
    table = loadings(fit)
    ave = (table["loading"] ** 2).groupby(table["construct"]).mean().loc[names].to_numpy()
    found = fit.construct_covariance()[np.ix_(place, place)].copy()
    np.fill_diagonal(found, -np.inf)
    beside = np.abs(np.where(np.isinf(found), 0.0, found))
    nearest = beside.argmax(axis=1)
    largest = beside[np.arange(len(names)), nearest]
    np.fill_diagonal(found, np.sqrt(ave))
    constructs = pd.DataFrame(
        {
            "construct": names,
            "root_ave": np.sqrt(ave),
            "largest": largest,
            "other": np.array(names, object)[nearest],
            "holds": np.sqrt(ave) > largest,
        }
    )
    return FornellLarcker(pd.DataFrame(found, names, names), constructs)


def cross_loadings(fit: PathFit) -> pd.DataFrame:
    """(items, constructs) correlations of each item with each construct.

    With the score of a construct for partial least squares (`PlsFit.cross_loadings`), with the factor as the model
    implies it for the other engines: loading times correlation of the factors (Thurstone's structure).

    Raises
    ------
    InvalidModel
        When the model has no reflective construct.
    InvalidValue
        When the fit is of several groups.
    """
    if isinstance(fit, PlsFit):
        return fit.cross_loadings
    constructs = [construct.name for construct in reflective(fit.model)]
    if not constructs:
        raise InvalidModel("cross_loadings: the model has no reflective construct (=~)")
    pattern = loadings(fit).pivot(index="item", columns="construct", values="loading").fillna(0.0)
    items = list(dict.fromkeys(item for one in reflective(fit.model) for item in one.items))
    place = [fit.names.index(name) for name in constructs]
    among = fit.construct_covariance()[np.ix_(place, place)]
    return pd.DataFrame(pattern.loc[items, constructs].to_numpy() @ among, items, constructs)
