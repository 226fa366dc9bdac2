"""Themes that rise: whether more people write of them than before, with the probability that it is so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import REAL, share_limits
from cxmodels.feedback.errors import InvalidValue, NoComments
from cxmodels.feedback.verbatims.themes import assign

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.comments import Comments
    from cxmodels.feedback.verbatims.themes import Themes

_STEPS = 2000
COLUMNS = [
    "language", "theme", "customers", "share", "low", "high", "customers_before", "share_before", "change",
    "probability", "real", "stable",
]  # fmt: skip


def rising(themes: Themes, now: Comments, before: Comments) -> pd.DataFrame:
    """How the share of people who write of each theme has moved between two times.

    Both shares have the Jeffreys posterior Beta(x + ½, n − x + ½), x people of n who wrote in the language; the
    probability is that of a greater share now, the two taken as independent.

    Parameters
    ----------
    themes
        Found in comments that cover both times, so that a theme is the same in both.
    now, before
        Comments of the two times, which do not overlap.

    Returns
    -------
    pandas.DataFrame
        One row a theme of `Themes.table` of which at least `min_cell` people wrote now, the surest rise first:
        ``language``, ``theme``, ``customers``, ``share``, ``low``, ``high`` (95 %), ``customers_before``,
        ``share_before`` and ``change`` (NaN where fewer than `min_cell` wrote of it before), ``probability`` that the
        share rose, ``real`` (at least .975), ``stable`` (as in `Themes.table`). With many themes one in forty is
        called real by chance.

    Raises
    ------
    InvalidValue
        When the two times overlap.
    NoComments
        When in one of them fewer than `min_cell` people wrote in every language of the themes.
    """
    if before.frame["day"].max() >= now.frame["day"].min():
        raise InvalidValue(
            f"before: comments that end before {now.frame['day'].min().date()} are required, found some of "
            f"{before.frame['day'].max().date()}"
        )
    counts = [_people(themes, comments) for comments in (now, before)]
    rows = []
    for row in themes.table.itertuples():
        (n, of), (n_before, of_before) = (count.get((row.language, row.theme), (0, 0)) for count in counts)
        if n < themes.min_cell or of_before < themes.min_cell:
            continue
        low, high = share_limits(n, of)
        probability = _probability(n, of, n_before, of_before)
        told = n_before >= themes.min_cell
        share, earlier = n / of, n_before / of_before if told else np.nan
        so_many = float(n_before) if told else np.nan
        moved = (so_many, earlier, share - earlier, probability, probability >= REAL, row.stable)
        rows.append((row.language, row.theme, n, share, float(low), float(high), *moved))
    if not rows and all(of < themes.min_cell for count in counts for _, of in count.values()):
        raise NoComments(f"rising: fewer than {themes.min_cell} people wrote in one of the two times")
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("probability", ascending=False, kind="stable", ignore_index=True)


def _people(themes: Themes, comments: Comments) -> dict[tuple[str, str], tuple[int, int]]:
    """Language and theme → people who wrote of it, people who wrote in the language."""
    frame = comments.frame.assign(theme=assign(themes.models, comments))
    writers = frame.groupby("language")["person"].nunique()
    about = frame.groupby(["language", "theme"])["person"].nunique()
    return {
        (row.language, row.theme): (
            int(about.get((row.language, row.theme), 0)),
            int(writers.get(row.language, 0)),
        )
        for row in themes.table.itertuples()
    }


def _probability(some: int, of: int, some_before: int, of_before: int) -> float:
    """P(share now > share before): the mean of the earlier distribution function over quantiles of the later share."""
    from scipy.special import betainc, betaincinv

    middle = (np.arange(_STEPS) + 0.5) / _STEPS
    shares = betaincinv(some + 0.5, of - some + 0.5, middle)
    return float(betainc(some_before + 0.5, of_before - some_before + 0.5, shares).mean())
