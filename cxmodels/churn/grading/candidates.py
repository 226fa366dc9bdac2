"""The kinds of model that may be used, in order of simplicity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cxmodels.churn.counts.episodes import Episodes, Unit
from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.errors import ChurnError
from cxmodels.churn.grading.past import cox
from cxmodels.churn.models.cox import fit_cox
from cxmodels.churn.models.model import Model
from cxmodels.churn.models.stratification import stratify_where_needed
from cxmodels.churn.models.tenure_only import fit_tenure

YARDSTICK = "tenure only"
"""The kind that knows nothing of a customer but the tenure: what every other has to beat."""


@dataclass(frozen=True)
class Candidate:
    """A kind of model that may be used: its name, the unit of tenure it needs, and how it is fitted."""

    kind: str
    unit: Unit
    fit: Callable[[Episodes], Model]

    def refit(self, known: Episodes, snapshot: Any) -> Model:
        """This kind of model fitted to today's counts; Cox's where these do not allow it.

        Parameters
        ----------
        known
            Today's counts.
        snapshot
            Where they come from: a model of months has them counted once more in months.

        Raises
        ------
        ChurnError
            Where Cox's model cannot be fitted either.
        """
        counts = known
        try:
            if self.unit != known.unit:
                static = [name for name in known.covariates if name not in known.time_varying]
                counts = episodes(
                    snapshot,
                    known.window_months,
                    static,
                    unit=self.unit,
                    time_varying=known.time_varying,
                    held_months=known.held_months,
                )
            return self.fit(counts)
        except ChurnError:
            return fit_cox(known)


def _cox(known: Episodes) -> Model:
    return fit_cox(known)


def _stratified(known: Episodes) -> Model:
    fit = fit_cox(known)
    stratified = stratify_where_needed(fit)
    if stratified is fit:
        raise _NotNeeded("no hazard ratio clearly changes with tenure, or too few left for a baseline each")
    return stratified


def _grouped(known: Episodes) -> Model:
    from cxmodels.churn.models.grouped import fit_grouped

    return fit_grouped(known)


def _weibull(known: Episodes) -> Model:
    from cxmodels.churn.models.parametric import fit_parametric

    return fit_parametric(known, "weibull")


def _log_normal(known: Episodes) -> Model:
    from cxmodels.churn.models.parametric import fit_parametric

    return fit_parametric(known, "log_normal")


def _boosted(known: Episodes) -> Model:
    from cxmodels.churn.models.boosted import fit_boosted

    return fit_boosted(known)


class _NotNeeded(ChurnError):
    """A candidate would be the same model as a simpler one."""


CANDIDATES = (
    Candidate(YARDSTICK, "days", fit_tenure),
    Candidate("cox", "days", _cox),
    Candidate("cox stratified", "days", _stratified),
    Candidate("grouped", "months", _grouped),
    Candidate("weibull", "months", _weibull),
    Candidate("log-normal", "months", _log_normal),
    Candidate("boosted", "days", _boosted),
)
"""In order of simplicity, after the yardstick: what a reader has to understand and a month can rest on."""
UNCHALLENGED = Candidate("cox, stratified where needed", "days", cox)
"""What is used where no earlier day can tell which kind is best."""
