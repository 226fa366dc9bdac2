"""What can be wrong with a churn question, by name."""

from __future__ import annotations

from cxmodels.errors import NothingToTell


class ChurnError(ValueError):
    """Something about the question or its counts does not allow an answer."""


class UnknownCovariate(ChurnError):
    """A covariate is neither an attribute of customers nor a column of contracts."""


class LeakingCovariate(ChurnError):
    """A covariate is only known, or only takes its value, because the customer left."""


class TooManyLevels(ChurnError):
    """A covariate has more levels than a hazard ratio each can serve."""


class NobodyActive(ChurnError, NothingToTell):
    """A forecast was asked for, and no contract runs on the day."""


class UnseenLevel(ChurnError):
    """A forecast was asked for a level the fit has never seen."""


class AliasedColumns(ChurnError):
    """Two covariates say the same thing, so that their hazard ratios cannot be told apart.

    `covariate` is the one that adds nothing to those before it, where that is known.
    """

    def __init__(self, message: str, covariate: str = "") -> None:
        super().__init__(message)
        self.covariate = covariate


class Separation(ChurnError):
    """A level whose hazard ratio has no finite estimate: nobody of it left, or never beside one of another level.

    `covariate` is the one it belongs to.
    """

    def __init__(self, message: str, covariate: str) -> None:
        super().__init__(message)
        self.covariate = covariate


class TooFewEvents(ChurnError, NothingToTell):
    """Fewer departures than the hazard ratios asked for can rest on."""


class UnknownColumn(ChurnError):
    """A table of episodes lacks a column it was said to have."""


class NoEpisodes(ChurnError, NothingToTell):
    """There is no time at risk to count."""


class InvalidValue(ChurnError):
    """A number is missing or not finite, or a mark of departure or a count is none."""


class InvalidTimes(ChurnError):
    """A time at risk is negative, or ends before or when it begins."""


class UnknownCause(ChurnError):
    """Nobody left for the cause asked for."""


class NotInMonths(ChurnError):
    """A model of months was given tenure in days, or parts of months."""


class NotConverged(ChurnError):
    """A model's likelihood has no maximum that could be reached with these counts."""


class TooFewCustomers(ChurnError, NothingToTell):
    """Fewer customers than a group must have to be told of."""


class TooFewWatched(ChurnError, NothingToTell):
    """A score was asked for at tenures that nobody, or too few, were watched for."""


class NoInactivityRule(ChurnError, NothingToTell):
    """Nothing tells after how many quiet days a customer has left."""
