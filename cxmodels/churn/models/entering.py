"""Which covariates a model is fitted with: those asked for, or those of the episodes that can enter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import pandas as pd

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.errors import AliasedColumns, Separation
from cxmodels.churn.models.estimable import asked_for, require_estimable, those_estimable


def fit_with[Fit](
    frame: pd.DataFrame,
    episodes: Episodes,
    covariates: Iterable[str] | None,
    model: str,
    fit: Callable[[tuple[str, ...], dict[str, str]], Fit],
    *,
    apart: Collection[str] = (),
    penalised: bool = False,
) -> Fit:
    """Call `fit` with the covariates to use and with those left out and why.

    Those asked for are all used, and each problem with them is an error. Without any, those of the episodes enter one
    after another, and one that cannot, on sight or once the fit finds it out, is left out. Those kept `apart` play
    another part in the model; `penalised` as for `require_estimable`.

    Raises
    ------
    UnknownCovariate, TooFewEvents, Separation, AliasedColumns
        For covariates asked for.
    """
    if covariates is not None:
        names = asked_for(episodes, covariates, model)
        require_estimable(frame, episodes, names, model, penalised=penalised)
        return fit(names, {})
    refused: dict[str, str] = {}
    while True:
        names, left_out = those_estimable(frame, episodes, model, refused={*refused, *apart}, penalised=penalised)
        try:
            return fit(names, left_out | refused)
        except (Separation, AliasedColumns) as problem:
            refused[problem.covariate] = str(problem)
