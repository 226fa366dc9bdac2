"""What stops a report. Every message says what, where, what is allowed and what was found."""

from __future__ import annotations


class ReportError(Exception):
    """A report was not published; `exit_code` is what the command returns."""

    exit_code = 1


class WrongUse(ReportError):
    """What was asked for cannot be done: an unknown notebook or parameter, a month without data, a wrong plan."""

    exit_code = 2


class NotPublished(ReportError):
    """Something failed on the way; the last good month stays as it was."""


class WrongInput(NotPublished):
    """A notebook found something wrong with the study: its settings, a model, the data they name."""

    exit_code = 2


class Busy(NotPublished):
    """Another process is publishing into the same folder."""


class Interrupted(NotPublished):
    """The run was asked to stop."""
