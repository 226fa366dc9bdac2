"""What can be wrong with a question about customer value, by name."""

from __future__ import annotations

from cxmodels.errors import NothingToTell


class ClvError(ValueError):
    """Something about the question or its counts does not allow an answer."""


class InvalidCounts(ClvError):
    """Counts that no customer can have: a recency beyond T, a negative frequency, a value that is not finite."""


class NoPurchases(ClvError, NothingToTell):
    """Nobody has bought anything."""


class NoRepeatPurchases(ClvError, NothingToTell):
    """Nobody has bought a second time, so neither a rate nor a dropout can be told."""


class NotConverged(ClvError):
    """No maximum was found."""


class UnknownColumn(ClvError):
    """A table of counts lacks a column it was said to have, or a group is no attribute of customers."""


class InvalidValue(ClvError):
    """An option lies outside of what it may be."""


class TooFewCustomers(ClvError, NothingToTell):
    """Fewer customers than a group must have to be told of."""


class NoModel(ClvError, NothingToTell):
    """No model could be fitted, so nothing can be said of what is to come."""


class NoMoney(ClvError, NothingToTell):
    """Nothing of what is to come can be told in money."""


class HugeAmount(ClvError):
    """An amount of money that is too large to be counted exactly, and to be one."""


def require_whole(where: str, **options: tuple[float, int]) -> None:
    """Refuse options that are no whole numbers from their least on.

    Parameters
    ----------
    where
        The function that was asked.
    options
        Name → what was given and the least that may be.

    Raises
    ------
    InvalidValue
        Naming the first that is none.
    """
    for name, (given, least) in options.items():
        if given < least or given != int(given):
            raise InvalidValue(f"{where}: {name} must be a whole number and at least {least}, found {given!r}")
