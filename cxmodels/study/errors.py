"""What can be wrong with a study. Every message says what, where, what is allowed and what was found."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class StudyError(ValueError):
    """Something in a study stops the work; the message is written for the person who can mend it."""


class SettingsError(StudyError):
    """``study.toml`` is missing, not TOML, or says something that is not allowed."""


class SourceError(StudyError):
    """A table cannot be read as the settings say: file, column, type, SQL or connection."""


class MissingTable(StudyError, AttributeError):
    """A table was asked for that this study does not have."""


class NothingToCompute(StudyError):
    """Not one usable row is left where one is needed."""


def nearest(found: str, known: Iterable[str]) -> str:
    """``"; did you mean 'customer_id'?"`` when a known name resembles the one found, else an empty string."""
    by_lower = {name.lower(): name for name in known}
    close = get_close_matches(found.lower(), by_lower, n=1, cutoff=0.6)
    return f"; did you mean {by_lower[close[0]]!r}?" if close else ""


def listed(problems: Iterable[str], where: object) -> str:
    """All problems of one place as one message."""
    lines = list(problems)
    if len(lines) == 1:
        return f"{where}: {lines[0]}"
    return "\n".join([f"{where}: {len(lines)} problems", *(f"  - {line}".replace("\n", "\n  ") for line in lines)])
