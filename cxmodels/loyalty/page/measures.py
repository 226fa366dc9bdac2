"""Everything the page asks of a fitted model beside its paths; what cannot be told is None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cxmodels.loyalty.answers.response_rates import response_rates
from cxmodels.loyalty.effects.drivers import drivers_of_construct
from cxmodels.loyalty.effects.importance import ImportancePerformance, importance_performance
from cxmodels.loyalty.effects.told import last_construct
from cxmodels.loyalty.errors import LoyaltyError
from cxmodels.loyalty.ml.fit_indices import FitIndices, fit_indices
from cxmodels.loyalty.ml.modification import Modifications, modification_indices
from cxmodels.loyalty.pls.predict import PlsPrediction, predict_items
from cxmodels.loyalty.quality.htmt import Htmt, htmt
from cxmodels.loyalty.quality.reliability import Reliability, reliability
from cxmodels.relative_importance import Drivers
from cxmodels.study.errors import MissingTable

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.answers import Answers
    from cxmodels.loyalty.page.engines import Engines
    from cxmodels.study.snapshot import Snapshot

BOOTSTRAPS, REPEATS = 1_000, 3


@dataclass(frozen=True, eq=False)
class Measures:
    """What is known of a fit beside its paths.

    Attributes
    ----------
    htmt, reliability
        Of the constructs, in the answers and by the fit that is used.
    indices, modifications
        Of the fit by maximum likelihood.
    prediction
        Of the fit by partial least squares.
    importance, drivers
        Of the last construct of the model.
    rates
        Who was asked and who answered.
    """

    htmt: Htmt | None = None
    reliability: Reliability | None = None
    indices: FitIndices | None = None
    modifications: Modifications | None = None
    prediction: PlsPrediction | None = None
    importance: ImportancePerformance | None = None
    drivers: Drivers | None = None
    rates: pd.DataFrame | None = None


def measures(snapshot: Snapshot, engines: Engines, answers: Answers) -> Measures:
    """Work out what can be known of a fit.

    Parameters
    ----------
    snapshot, engines, answers
        The study on a day, the fits, and what they are of.
    """
    used, ml, pls = engines.used, engines.ml, engines.pls
    target = last_construct(used.model)
    return Measures(
        htmt=_told(lambda: htmt(used.model, answers, bootstraps=BOOTSTRAPS)),
        reliability=_told(lambda: reliability(used, answers)),
        indices=_told(lambda: fit_indices(ml)) if ml is not None else None,
        modifications=_told(lambda: modification_indices(ml)) if ml is not None else None,
        prediction=_told(lambda: predict_items(pls, answers, repeats=REPEATS)) if pls is not None else None,
        importance=_told(lambda: importance_performance(used, answers, target)),
        drivers=_told(lambda: drivers_of_construct(used, target)),
        rates=_told(lambda: response_rates(snapshot, answers.survey, answers.by)),
    )


def _told[T](work: Callable[[], T]) -> T | None:
    try:
        return work()
    except (LoyaltyError, MissingTable):
        return None
