"""What is asked of one run, and what came of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from cxmodels.report.manifest import LeftOut


@dataclass(frozen=True)
class Request:
    """What is asked for.

    Attributes
    ----------
    study
        The study's folder, or its ``study.toml``.
    month
        ``"2026-09"``; empty: the last complete month the data cover.
    only
        Names of notebooks; empty: all. Those that wait for one of them (the summary) run too. The others stay as
        published, which is refused when what they rest on has changed since; one that was never published stays away.
    jobs
        How many notebooks run at a time; 0: as many as there are cores.
    force
        Run even what has not changed.
    parameters
        Texts like ``"churn.window_months=12"``.
    language
        What readers are spoken to in, ``"en"`` or ``"fr"``; empty: as the study says.
    """

    study: str
    month: str = ""
    only: tuple[str, ...] = ()
    jobs: int = 0
    force: bool = False
    parameters: tuple[str, ...] = ()
    language: str = ""

    @property
    def command(self) -> str:
        """The command line that asks for this."""
        words = ["cxmodels", "report", self.study]
        words += ["--month", self.month] if self.month else []
        words += ["--only", ",".join(self.only)] if self.only else []
        words += [word for text in self.parameters for word in ("-p", text)]
        words += ["--language", self.language] if self.language else []
        return shlex.join(words)


@dataclass(frozen=True)
class Published:
    """What came of it.

    Attributes
    ----------
    folder
        The published month.
    ran, kept
        Names of the notebooks that were executed now, and of those that had not changed.
    left_out
        Notebooks the month does not have, those withdrawn now or before among them.
    seconds
        How long it took.
    """

    folder: Path
    ran: tuple[str, ...]
    kept: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    seconds: float
