"""What can be wrong with a question about feedback, by name."""

from __future__ import annotations

from cxmodels.errors import NothingToTell


class FeedbackError(ValueError):
    """Something about the question or its answers does not allow an answer."""


class InvalidValue(FeedbackError):
    """An option is not one of those allowed."""


class InvalidCounts(FeedbackError):
    """Counts that no survey can have: negative, not finite, off their scale."""


class UnknownColumn(FeedbackError):
    """What answers are to be parted by is no column of responses, customers or the groups that were given."""


class UnknownMetric(FeedbackError):
    """The study has no question with this metric, or does not say which it is."""


class MixedKinds(FeedbackError):
    """Answers about the relation and answers about one contact would fall into one score."""


class NoScores(FeedbackError, NothingToTell):
    """Nobody gave such a score in this time."""


class NoInvitations(FeedbackError, NothingToTell):
    """Nobody was invited, so that who did not answer cannot be told."""


class TooFewCustomers(FeedbackError, NothingToTell):
    """Fewer customers answered than may be told of."""


class InvalidScores(FeedbackError):
    """A table of scores of customers lacks a column, or has a customer twice."""


class NoComments(FeedbackError, NothingToTell):
    """Nobody wrote a comment, or too few did in any language for themes."""


class AliasedDrivers(FeedbackError, NothingToTell):
    """A driver never varies or follows from the others, so that its part cannot be told from theirs."""


class TooFewAnswers(FeedbackError, NothingToTell):
    """Fewer answers hold the target and all of its drivers than a regression needs."""


class TooFewDepartures(FeedbackError, NothingToTell):
    """Too few customers left after an answer, or it is not known who left."""


class NoContacts(FeedbackError, NothingToTell):
    """No customer was met in this time."""


class NobodyToInvite(FeedbackError, NothingToTell):
    """No customer may be invited at present."""
