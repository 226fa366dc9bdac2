"""What can be wrong with a churn question, by name."""

from __future__ import annotations


class ChurnError(ValueError):
    """Something about the question or its counts does not allow an answer."""


class UnknownCovariate(ChurnError):
    """A covariate is neither an attribute of customers nor a column of contracts."""


class LeakingCovariate(ChurnError):
    """A covariate is only known, or only takes its value, because the customer left."""


class TooManyLevels(ChurnError):
    """A covariate has more levels than a hazard ratio each can serve."""


class NobodyActive(ChurnError):
    """A forecast was asked for, and no contract runs on the day."""


class UnseenLevel(ChurnError):
    """A forecast was asked for a level the fit has never seen."""


class AliasedColumns(ChurnError):
    """Two covariates say the same thing, so that their hazard ratios cannot be told apart."""


class Separation(ChurnError):
    """A level whose hazard ratio has no finite estimate: nobody of it left, or never beside one of another level.

    `covariate` is the one it belongs to.
    """

    def __init__(self, message: str, covariate: str) -> None:
        super().__init__(message)
        self.covariate = covariate


class TooFewEvents(ChurnError):
    """Fewer departures than the hazard ratios asked for can rest on."""
