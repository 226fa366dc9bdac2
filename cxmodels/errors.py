"""What the errors of every room have in common: that this month has no answer, and how a page says so."""

from __future__ import annotations

from dataclasses import dataclass


class NothingToTell(ValueError):
    """The question is a good one, and the data of this day cannot answer it.

    More or other customers could: nobody is active, nobody bought twice, a group is too small to be told of. A
    published month goes without the page whose notebook raises it and gives the message as the reason, so that the
    message tells of no person. A mistake in a call or in the settings is another error and stops the month.
    """


@dataclass(frozen=True, eq=False)
class Told[T]:
    """A part of a page that not every study can tell, or why there is none.

    Attributes
    ----------
    found
        The part; None where it cannot be told.
    reason
        Why it cannot, in a sentence; empty where it can, or where nobody asked.
    """

    found: T | None
    reason: str = ""


def without_place(problem: str) -> str:
    """What an error says without the function it came from, for a page: ``fit_cox: no one left`` → ``no one left``."""
    place, colon, said = problem.partition(": ")
    return said if colon and place.isidentifier() else problem
