"""What part each item has in the score of its construct, whichever engine fitted the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.pls.pls_fit import PlsFit

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import PathFit

_LEAST_UNIQUE = 1e-3
"""Share of an item's variance taken to be its own at least, so that none weighs endlessly."""


def item_weights(fit: PathFit) -> pd.DataFrame:
    """Weights of the standardised items in the score of each construct, up to a factor.

    Of partial least squares its own weights. Of common factors those of Bartlett (1937, British Journal of Psychology
    28) for one construct, λ / (1 − λ²) with the standardised loading λ; of composites their own. An item that stands
    for itself in a regression has weight 1.

    Returns
    -------
    pandas.DataFrame
        ``construct, item, weight``, in the order of the model.
    """
    if isinstance(fit, PlsFit):
        return fit.weights[["construct", "item", "weight"]]
    rows = fit.estimates[fit.estimates["op"].isin(["=~", "<~"])]
    loading = rows["std"].to_numpy(float)
    factor = loading / np.maximum(1 - loading**2, _LEAST_UNIQUE)
    found = pd.DataFrame(
        {
            "construct": rows["lhs"].to_numpy(),
            "item": rows["rhs"].to_numpy(),
            "weight": np.where(rows["op"] == "=~", factor, loading),
        }
    )
    alone = [name for name in fit.names if name not in set(found["construct"])]
    return pd.concat([found, pd.DataFrame({"construct": alone, "item": alone, "weight": 1.0})], ignore_index=True)
