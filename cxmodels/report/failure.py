"""The page that says why a month was not published: ``failures/YYYY-MM.html``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cxmodels import personal
from cxmodels.language import ENGLISH


@dataclass(frozen=True)
class Failure:
    """One thing that went wrong.

    Attributes
    ----------
    where
        The notebook's name in the plan, or the page or folder it happened to.
    reason
        One sentence.
    cell
        Number of the code cell, counted from 1; None where no cell is to blame.
    source, traceback
        The cell's code and what it raised; may be empty.
    wrong_input
        Whether the study is wrong, which who tries again has to mend first.
    """

    where: str
    reason: str
    cell: int | None = None
    source: str = ""
    traceback: str = ""
    wrong_input: bool = False

    @property
    def sentence(self) -> str:
        """Where and why, personal data and secrets masked."""
        return personal.mask(f"{self.place}: {self.reason}")

    @property
    def place(self) -> str:
        """Where, with the cell when one is to blame."""
        return self.where if self.cell is None else f"{self.where}, cell {self.cell}"


def failure_page(
    study: str, month: str, failures: Sequence[Failure], command: str, when: str, language: str = ENGLISH
) -> str:
    """The page, self-contained; personal data and secrets in messages, code and tracebacks are masked.

    Parameters
    ----------
    study
        The study's name.
    command
        What tries again.
    when
        The time it happened, for a reader.
    language
        What the page is to be written in; what the code says of its failure stays English.
    """
    from cxmodels.report.frame import frame

    told = [
        {
            "where": failure.place,
            "reason": personal.mask(failure.reason),
            "parts": [
                (title, personal.mask(text))
                for title, text in (("The cell", failure.source), ("What it raised", failure.traceback))
                if text
            ],
        }
        for failure in failures
    ]
    return frame("failure.html.j2", language, study=study, month=month, failures=told, command=command, when=when)
