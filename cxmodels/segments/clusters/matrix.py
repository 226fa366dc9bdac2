"""Customers as the rows of a matrix: a sample of them, each feature transformed and scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cxmodels.segments.errors import NoBehaviour
from cxmodels.segments.features.features import transformed

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd

    from cxmodels.segments.features.features import Features

MOST = 100_000
# Knuth's multiplicative hash: the same customers are drawn on any engine, whatever order it returns rows in
_PRIME, _RANGE = 2_654_435_761, 2**32


@dataclass(frozen=True, eq=False)
class Matrix:
    """Scaled features of some customers.

    Attributes
    ----------
    values
        (customers, features), each of mean 0 and standard deviation 1 among those of whom it is known, 0 where not.
    mean, sd
        (features,) of what was scaled, after its transform.
    """

    values: NDArray[np.float64]
    mean: NDArray[np.float64]
    sd: NDArray[np.float64]


def matrix(features: Features, *, most: int = MOST, seed: int = 0) -> Matrix:
    """Read the features of at most so many customers, drawn by the seed where there are more.

    Raises
    ------
    NoBehaviour
        When a feature is the same for all who were drawn.
    """
    table = features.table
    how = dict(zip(features.names, features.columns["transform"], strict=True))
    wanted = table.select("number", **{name: transformed(table[name], how[name]) for name in features.names})
    frame = drawn(wanted, features.customers, most=most, seed=seed)
    raw = frame[list(features.names)].to_numpy(np.float64)
    mean, sd = np.nanmean(raw, axis=0), np.nanstd(raw, axis=0)
    if not (sd > 0).all():
        same = ", ".join(np.array(features.names)[~(sd > 0)])
        raise NoBehaviour(f"segments: of the customers drawn, all are the same in {same}")
    return Matrix(np.nan_to_num((raw - mean) / sd), mean, sd)


def drawn(table: ir.Table, customers: int, *, most: int = MOST, seed: int = 0) -> pd.DataFrame:
    """The rows of a table of so many customers, by ``number``; of more than `most`, those the seed draws."""
    if customers > most:
        place = ((table.number.cast("int64") + seed + 1) * _PRIME) % _RANGE
        table = table.mutate(**{"place:": place}).order_by("place:", "number").limit(most).drop("place:")
    return table.to_pandas().sort_values("number", ignore_index=True)


def kmeans(values: NDArray[np.float64], k: int, *, seed: int, starts: int = 10) -> tuple[NDArray, NDArray, float]:
    """Centres (k, features), the cluster of each row, and the sum of squared distances."""
    from sklearn.cluster import KMeans

    found = KMeans(k, n_init=starts, random_state=seed).fit(values)
    return found.cluster_centers_, found.labels_, float(found.inertia_)
