"""Whether two constructs can be told apart by their items: the heterotrait-monotrait ratio with its doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_moments
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.answers.resampled import SEED, resampled
from cxmodels.loyalty.errors import InvalidModel, InvalidValue
from cxmodels.loyalty.pls.reliability import Ratio, heterotrait_monotrait
from cxmodels.loyalty.pls.statistics import correlated
from cxmodels.loyalty.quality.measured import block_design, measured

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.design import Design
    from cxmodels.loyalty.syntax.path_model import PathModel

LARGEST = 0.9
"""From here on two constructs of one theory are hardly two: Henseler, Ringle & Sarstedt (2015)."""


@dataclass(frozen=True, eq=False)
class Htmt:
    """Heterotrait-monotrait ratios.

    Attributes
    ----------
    pairs
        One row a pair of constructs: ``left, right, htmt, low, high``; limits are NaN without resamples.
    kind
        Which mean of which correlations.
    level
        Of the limits.
    n
        Respondents.
    replications, failed
        Resamples, and those in which an item has no variance.
    """

    pairs: pd.DataFrame
    kind: Ratio
    level: float
    n: float
    replications: int
    failed: int

    @property
    def matrix(self) -> pd.DataFrame:
        """(constructs, constructs) ratios, 1 on the diagonal."""
        names = list(dict.fromkeys([*self.pairs["left"], *self.pairs["right"]]))
        found = pd.DataFrame(np.eye(len(names)), names, names)
        for row in self.pairs.itertuples():
            found.loc[row.left, row.right] = found.loc[row.right, row.left] = row.htmt
        return found

    def above(self, threshold: float = LARGEST) -> pd.DataFrame:
        """The rows of `pairs` whose ratio reaches a threshold, largest first; they are hardly two constructs."""
        reached = self.pairs[self.pairs["htmt"] >= threshold]
        return reached.sort_values("htmt", ascending=False, ignore_index=True)


def htmt(
    model: PathModel,
    data: pd.DataFrame | Answers | Moments,
    *,
    kind: Ratio = "absolute",
    bootstraps: int = 0,
    level: float = 0.95,
    seed: int = SEED,
) -> Htmt:
    """Work out the heterotrait-monotrait ratio of every pair of constructs.

    Parameters
    ----------
    model
        Its constructs with items of their own; paths do not matter.
    data
        Respondents, answers, or moments.
    kind
        ``"absolute"`` (HTMT+), ``"signed"`` (as first published) or ``"geometric"`` (HTMT2); see
        `pls.reliability.heterotrait_monotrait`.
    bootstraps
        Resamples of respondents for percentile limits; 0 for none.
    level
        Of the limits. The upper limit of .9 is the one-sided test at 5 %.
    seed
        Of the resamples.

    Raises
    ------
    InvalidModel
        When the model has fewer than two constructs with items of their own.
    InvalidAnswers, TooFewRespondents
        As for `as_moments`, and when resamples are asked of moments.
    InvalidValue
        When an option is none of those allowed.
    """
    if kind not in get_args(Ratio):
        raise InvalidValue(f"htmt: kind must be one of {', '.join(map(repr, get_args(Ratio)))}, found {kind!r}")
    if not 0 < level < 1:
        raise InvalidValue(f"htmt: level must lie between 0 and 1, found {level}")
    constructs = measured(model)
    if len(constructs) < 2:
        raise InvalidModel(f"htmt: two constructs are needed, found {constructs[0].name} alone")
    design = block_design(constructs)
    asked = tuple(dict.fromkeys(design.items))
    moments = as_moments(data, asked)
    place = np.array([asked.index(item) for item in design.items])
    left, right = np.triu_indices(len(constructs), 1)
    found = _ratios(moments.covariance[None], place, design, kind)[0, left, right]
    low, high, failed = np.full(len(left), np.nan), np.full(len(left), np.nan), 0
    if bootstraps:
        batches = resampled(data, asked, bootstraps, seed, "htmt")
        drawn = np.concatenate([_ratios(batch, place, design, kind) for batch in batches])
        constant = np.isnan(drawn).all(axis=(1, 2))
        failed = int(constant.sum())
        if failed < bootstraps:
            tails = [(1 - level) / 2, (1 + level) / 2]
            low, high = np.nanquantile(drawn[~constant][:, left, right], tails, axis=0)
    pairs = pd.DataFrame(
        {
            "left": np.array(design.names, object)[left],
            "right": np.array(design.names, object)[right],
            "htmt": found,
            "low": low,
            "high": high,
        }
    )
    return Htmt(pairs, kind, level, moments.n, int(bootstraps), failed)


def _ratios(covariance: Array, place: Array, design: Design, kind: Ratio) -> Array:
    """(batch, constructs, constructs) ratios; NaN throughout where an item has no variance."""
    correlation, _, constant = correlated(covariance)
    found = heterotrait_monotrait(correlation[:, place[:, None], place], design, kind=kind)
    found[constant] = np.nan
    return found
