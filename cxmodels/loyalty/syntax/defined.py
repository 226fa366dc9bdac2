"""Quantities computed from labelled parameters: ``:=``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxmodels.loyalty.syntax.expression import formula
from cxmodels.loyalty.syntax.path_model import Defined


def evaluated(defined: Iterable[Defined], labels: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    """The value of each quantity.

    Parameters
    ----------
    defined
        In the order of the text: one may use those before it.
    labels
        Label → value, or an array of draws; the arrays have a common shape.

    Returns
    -------
    dict
        Name → array of that shape; NaN where a formula has no value, such as the logarithm of a negative number.
    """
    known = dict(labels)
    found = {}
    for quantity in defined:
        found[quantity.name] = known[quantity.name] = formula(quantity.expression).value(known)
    return found
