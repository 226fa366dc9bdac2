"""A research workbook for customer experience.

``import cxmodels as cx`` gives `cx.open_study`, the rooms `cx.feedback`, `cx.churn`, `cx.clv`, `cx.loyalty`,
`cx.segments`, `cx.report`, `cx.simulate`, `cx.look`, and the words they share, `cx.Estimate`, `cx.Verdict`, `cx.Check`,
`cx.NothingToTell`. A room loads when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxmodels import churn, clv, feedback, look, loyalty, report, segments, simulate, study
    from cxmodels.errors import NothingToTell
    from cxmodels.estimate import Estimate
    from cxmodels.study import Study
    from cxmodels.verdict import Check, Verdict

__all__ = [
    "Check",
    "Estimate",
    "NothingToTell",
    "Verdict",
    "churn",
    "clv",
    "feedback",
    "look",
    "loyalty",
    "open_study",
    "report",
    "segments",
    "simulate",
    "study",
]
__version__ = version("cxmodels")

_ROOMS = {"churn", "clv", "feedback", "look", "loyalty", "report", "segments", "simulate", "study"}
_WORDS = {"Estimate": "estimate", "NothingToTell": "errors", "Check": "verdict", "Verdict": "verdict"}


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"cxmodels.{name}")
    if name in _WORDS:
        return getattr(import_module(f"cxmodels.{_WORDS[name]}"), name)
    raise AttributeError(f"module 'cxmodels' has no attribute {name!r}; it has {', '.join(__all__)}")


def open_study(path: str | Path) -> Study:
    """Open a study folder; the demo company is made when it is asked for the first time.

    Parameters
    ----------
    path
        The folder that holds ``study.toml``, or the file itself. A relative path is looked for from the working
        directory upwards, so a notebook finds ``data/demo`` wherever it runs.

    Raises
    ------
    StudyError
        When there is no such study or its settings or tables are wrong; the message says where and what is allowed.
    """
    from cxmodels import simulate, study

    simulate.demo_on_first_use(path)
    return study.open_study(path)
