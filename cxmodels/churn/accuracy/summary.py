"""Every score of a model on customers it has not seen, in one row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxmodels.churn.accuracy.brier import brier_score, survival_of
from cxmodels.churn.accuracy.calibration import calibration, require_same_unit
from cxmodels.churn.accuracy.censoring import censoring
from cxmodels.churn.accuracy.concordance import concordance, uno_concordance
from cxmodels.churn.accuracy.roc import dynamic_auc
from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.models.model import Model
from cxmodels.churn.models.time_at_risk import with_time_at_risk


def accuracy(model: Model, held_out: Episodes, months: float = 12, tau: float | None = None) -> pd.Series:
    """Score a model on episodes it was not fitted to.

    Parameters
    ----------
    model
        A fitted model.
    held_out
        Episodes in the model's unit, with its covariates; their own censoring gives the weights.
    months
        Tenure at which AUC, Brier score and calibration are told, and by whose chance of leaving customers are ranked.
    tau
        Tenure in months up to which the scores over time reach. Default, and at most: `Censoring.tau`.

    Returns
    -------
    Series
        ``concordance`` (Harrell), ``uno`` (Uno's C up to tau), ``auc`` and ``brier`` at `months`, ``ibs`` (Brier score
        integrated over whole months from 1 to tau), ``mae`` (mean absolute error by decile at `months`), ``tau`` (in
        months).

    Raises
    ------
    UnseenLevel
        When the held-out episodes hold a level the model does not know.
    InvalidValue
        When they count tenure in another unit than the model.
    TooFewWatched
        When too few were watched for so long.
    """
    require_same_unit(model, held_out, "accuracy")
    month = held_out.month
    frame = with_time_at_risk(held_out.frame)
    entry, time, event, n = (frame[column].to_numpy(float) for column in ("entry", "exit", "event", "n"))
    watch = censoring(time, event, entry=entry, n=n)
    until = watch.tau if tau is None else min(watch.tau, tau * month)
    risk = model.cumulative_hazard(frame, np.full(len(frame), months * month))
    survival = survival_of(model, frame)
    at = np.array([months * month])
    whole_months = np.arange(1, np.floor(until / month) + 1) * month
    return pd.Series(
        {
            "concordance": concordance(time, event, risk, entry=entry, n=n),
            "uno": uno_concordance(time, event, risk, entry=entry, n=n, tau=until, censoring=watch).value,
            "auc": dynamic_auc(risk, time, event, at, entry=entry, n=n, censoring=watch).table["auc"].iloc[0],
            "brier": brier_score(survival, time, event, at, entry=entry, n=n, censoring=watch).integrated,
            "ibs": brier_score(survival, time, event, whole_months, entry=entry, n=n, censoring=watch).integrated,
            "mae": calibration(model, held_out, months).mean_absolute_error,
            "tau": until / month,
        }
    )
