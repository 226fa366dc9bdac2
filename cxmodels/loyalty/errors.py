"""What can be wrong with a path model, its answers or a fit, by name."""

from __future__ import annotations

from cxmodels.errors import NothingToTell
from cxmodels.study.errors import StudyError


class LoyaltyError(ValueError):
    """Something about the model text, the answers or the fit does not allow an answer."""


class ModelSyntaxError(LoyaltyError):
    """The model text cannot be read; the message names line, column and what was meant."""


class InvalidModel(LoyaltyError):
    """The text can be read, but is no path model: a cycle, a construct without items, an item twice."""


class InvalidAnswers(LoyaltyError):
    """The answers do not fit the model: an item is missing, constant, off its scale or never answered."""


class TooFewRespondents(LoyaltyError, NothingToTell):
    """There are fewer respondents than the model needs."""


class NotIdentified(LoyaltyError):
    """More than one set of parameters fits equally well."""


class NotConverged(LoyaltyError):
    """The search found no solution."""


class InvalidValue(LoyaltyError):
    """An option is not one of those allowed."""


class WrongSetting(LoyaltyError, StudyError):
    """What the settings say of loyalty does not fit the study: a model file, a construct, a survey."""


class NoModel(LoyaltyError, NothingToTell):
    """The study names no path model, or none of the engines finds a solution of it."""
