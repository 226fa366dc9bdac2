"""What can be wrong with a question about segments, by name."""

from __future__ import annotations

from cxmodels.errors import NothingToTell


class SegmentsError(ValueError):
    """Something about the question or the customers does not allow an answer."""


class InvalidValue(SegmentsError):
    """An option is not one of those allowed."""


class UnknownColumn(SegmentsError):
    """A feature that is needed is not there."""


class InvalidModel(SegmentsError):
    """A kept model cannot be read: it is not of this form, or somebody changed it."""


class NoBehaviour(SegmentsError, NothingToTell):
    """Nothing tells one customer from another: nobody is here, or all do the same."""


class TooFewCustomers(SegmentsError, NothingToTell):
    """Fewer customers than a segment must have to be told of."""
