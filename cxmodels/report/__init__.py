"""From notebooks to a published month: what a notebook shows, how it becomes a page, what may be published.

A name is loaded when it is first used, so that a mistyped parameter is told before anything heavy is imported.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxmodels.report.attachments import attach
    from cxmodels.report.carried import leave, left
    from cxmodels.report.month import read_month
    from cxmodels.report.page import Card, cards, columns, headline, note, points, record, sentence
    from cxmodels.report.tables import table
    from cxmodels.report.worth import Action, actions

__all__ = [
    "Action",
    "Card",
    "actions",
    "attach",
    "cards",
    "columns",
    "headline",
    "leave",
    "left",
    "note",
    "points",
    "read_month",
    "record",
    "sentence",
    "table",
]

_HOME = {
    "Action": "worth",
    "actions": "worth",
    "attach": "attachments",
    "leave": "carried",
    "left": "carried",
    "read_month": "month",
    "table": "tables",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'cxmodels.report' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"cxmodels.report.{_HOME.get(name, 'page')}"), name)
