"""The measured side of a path model: which items each construct has, and how well they show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.errors import InvalidModel, InvalidValue
from cxmodels.loyalty.pls.design import Design, slices
from cxmodels.loyalty.pls.pls_fit import PlsFit
from cxmodels.loyalty.syntax.path_model import Construct, PathModel
from cxmodels.loyalty.syntax.printed import named

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import PathFit


def measured(model: PathModel) -> tuple[Construct, ...]:
    """The constructs with items of their own; one that is measured by other constructs has none.

    Raises
    ------
    InvalidModel
        When there is none.
    """
    constructs = {construct.name for construct in model.constructs}
    found = tuple(construct for construct in model.constructs if not constructs & set(construct.items))
    if not found:
        raise InvalidModel("quality: the model has no construct with items of its own")
    return found


def measurement_model(model: PathModel) -> PathModel:
    """The confirmatory factor model of the reflective constructs: no paths, every correlation free.

    Fitted by maximum likelihood, it tells the reliabilities that do not lean on the paths.

    Raises
    ------
    InvalidModel
        When no construct is reflective.
    """
    lines = [f"{named(one.name)} =~ {' + '.join(map(named, one.items))}" for one in reflective(model)]
    if not lines:
        raise InvalidModel("measurement_model: the model has no reflective construct (=~)")
    return PathModel("\n".join(lines))


def reflective(model: PathModel) -> tuple[Construct, ...]:
    """Those of `measured` that show in their items."""
    return tuple(construct for construct in measured(model) if construct.kind == "reflective")


def block_design(constructs: tuple[Construct, ...]) -> Design:
    """Blocks of items without paths, for what is computed block by block."""
    sizes = [len(construct.items) for construct in constructs]
    return Design(
        tuple(construct.name for construct in constructs),
        tuple(item for construct in constructs for item in construct.items),
        slices(sizes),
        tuple("A" for _ in constructs),
        np.array([size > 1 for size in sizes]),
        tuple(np.array([], dtype=np.intp) for _ in constructs),
    )


def loadings(fit: PathFit) -> pd.DataFrame:
    """Standardised loadings of a fit of any engine: ``construct, item, loading``.

    Raises
    ------
    InvalidValue
        When the fit is of several groups.
    """
    if isinstance(fit, PlsFit):
        return fit.loadings
    own = [construct.name for construct in measured(fit.model)]
    rows = fit.estimates[(fit.estimates["op"] == "=~") & fit.estimates["lhs"].isin(own)]
    groups = rows["group"].nunique() if "group" in rows else 1
    if groups > 1:
        raise InvalidValue(f"quality: a fit of one group is required, found {groups} groups; fit each for itself")
    return rows[["lhs", "rhs", "std"]].set_axis(["construct", "item", "loading"], axis=1).reset_index(drop=True)
