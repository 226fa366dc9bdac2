"""Whether one factor, such as the way of asking, moves all answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.loyalty.answers.accepted import as_moments

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.answers.moments import Moments

LARGEST = 0.5
"""From here on the first component alone carries most of the variance."""


def single_factor_share(data: pd.DataFrame | Answers | Moments, items: Iterable[str]) -> float:
    """Share of the variance of standardised items that their first principal component carries.

    Harman's single-factor test, as Podsakoff, MacKenzie, Lee & Podsakoff (2003), Journal of Applied Psychology 88,
    describe it. A high share warns; a low one does not acquit.

    Raises
    ------
    InvalidAnswers, TooFewRespondents
        As for `as_moments`.
    """
    covariance = as_moments(data, items).covariance
    scale = np.sqrt(np.diag(covariance))
    return float(np.linalg.eigvalsh(covariance / np.outer(scale, scale))[-1] / len(scale))
