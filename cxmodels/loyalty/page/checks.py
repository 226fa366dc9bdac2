"""Whether to believe the page of loyalty: each check with its threshold and what a failure means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.look import numbers
from cxmodels.loyalty.page.answer_checks import measured, non_response, respondents, told_apart
from cxmodels.loyalty.page.engine_checks import agreement, resampled, sampled, solution
from cxmodels.loyalty.page.engines import TITLES, Engines
from cxmodels.verdict import Check, Status, Verdict

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.fit_indices import FitIndices
    from cxmodels.loyalty.page.measures import Measures
    from cxmodels.loyalty.pls.predict import PlsPrediction

ANSWER = "Loyalty"


def judge(
    engines: Engines,
    told: pd.DataFrame,
    known: Measures,
) -> Verdict:
    """The verdict of the page: can the answers tell the model at all, does it fit, do others say the same.

    Parameters
    ----------
    engines
        From `fit_engines`.
    told
        From `told_paths`, of the fit that is used.
    known
        From `measures`; what it does not have is not judged.
    """
    checks = solution(engines)
    if known.htmt is not None:
        checks.append(told_apart(known.htmt))
    checks.append(_beyond_one(told))
    if known.reliability is not None:
        checks.append(measured(known.reliability))
    if known.indices is not None:
        checks.append(_fitted(known.indices))
    checks.append(agreement(engines))
    checks += [*resampled(engines), *sampled(engines)]
    if known.prediction is not None:
        checks.append(_predicted(known.prediction))
    checks += [*respondents(engines, told), non_response(known.rates), _asked(engines)]
    return Verdict(ANSWER, tuple(checks))


def _beyond_one(told: pd.DataFrame) -> Check:
    """A standardised path may lie beyond 1 where causes are nearly one; it then means next to nothing."""
    name, wanted = "Standardised paths beyond 1", "none"
    over = told[told["std"].abs() > 1]
    if not len(over):
        return Check(name, "none", wanted, "green", "Every path has a size that a share of a standard deviation can.")
    worst = over.loc[over["std"].abs().idxmax()]
    meaning = (
        f"{_path(worst)} is told as {numbers.decimal(worst['std'], 2)} standard deviations for one: what leads there "
        "is nearly the same thing, and the paths share it out at random."
    )
    return Check(name, f"{len(over)} of {len(told)}", wanted, "red", meaning)


def _fitted(indices: FitIndices) -> Check:
    """Cut-offs of Hu & Bentler (1999); poor from where MacCallum, Browne & Sugawara (1996) say so."""
    best, srmr = indices.best, indices.srmr
    good = best.cfi >= 0.95 and best.rmsea <= 0.06 and srmr <= 0.08
    poor = not (best.cfi >= 0.85 and best.rmsea <= 0.10 and srmr <= 0.10)
    status: Status = "red" if poor else "green" if good else "amber"
    meaning = {
        "green": "The model reproduces how the items go together.",
        "amber": "The model reproduces roughly how the items go together; what it leaves out is told below.",
        "red": "The model does not reproduce how the items go together: its paths are those of another model.",
    }[status]
    found = (
        f"CFI {numbers.decimal(best.cfi, 3)}, RMSEA {numbers.decimal(best.rmsea, 3)}, SRMR {numbers.decimal(srmr, 3)}"
    )
    return Check("Fit of the model", found, "CFI ≥ 0.95, RMSEA ≤ 0.06, SRMR ≤ 0.08", status, meaning)


def _predicted(prediction: PlsPrediction) -> Check:
    """Respondents the model has not seen: beside their mean, and beside a regression without any theory."""
    mean, linear = prediction.against_mean, prediction.against_linear
    q2 = float(prediction.items["q2"].median())
    status: Status = "red" if mean.high >= 0 else "amber" if linear.low > 0 else "green"
    meaning = {
        "green": "Answers of respondents it has not seen are predicted as well as by a regression without the theory.",
        "amber": "A regression without the theory predicts unseen answers better: the model leaves something out.",
        "red": "The model predicts unseen answers no better than their mean.",
    }[status]
    better = (prediction.items["rmse"] < prediction.items["linear_rmse"]).sum()
    found = f"Q² {numbers.decimal(q2, 2)} (median item); better for {better} of {len(prediction.items)} items"
    return Check("Prediction of unseen respondents", found, "above nought, and not beaten", status, meaning)


def _asked(engines: Engines) -> Check:
    """Whether the engine that was asked for could answer."""
    name, wanted = "Engine", TITLES[engines.asked]
    if engines.asked in engines.all:
        without = [f"{TITLES[other]}: {why}" for other, why in engines.why_not.items()]
        meaning = "The engine asked for found a solution."
        if without:
            meaning += f" Another did not ({'; '.join(without)})."
        return Check(name, engines.title, wanted, "amber" if without else "green", meaning)
    meaning = f"It has no solution ({engines.why_not[engines.asked]}), so another stands in."
    return Check(name, engines.title, wanted, "red", meaning)


def _path(row: pd.Series) -> str:
    return f"{row['source']} → {row['target']}".replace("_", " ")
