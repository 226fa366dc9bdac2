"""What a month leaves for those after it, such as a model to go on with: in its executed notebook, and on no page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cxmodels.look import MIME
from cxmodels.report.folder import ReportFolder
from cxmodels.report.page import Shown

if TYPE_CHECKING:
    from cxmodels.study.study import Study

_KIND = "left"


def leave(name: str, data: Any) -> Shown:
    """Leave something for later months, or for this one when it is run again; nothing of it shows on the page.

    It is there for them once the month is published: one that fails leaves nothing.

    Parameters
    ----------
    name
        What it is called.
    data
        As JSON has it; nothing of a single customer.
    """
    return Shown(None, f"left for later months: {name}", _KIND, {"name": name, "data": data})


def left(study: Study, name: str) -> dict[str, Any]:
    """What the published months of a study have left under a name: month ``"2026-08"`` → data, the oldest first."""
    reports = ReportFolder(study.root / study.settings.report.folder)
    found: dict[str, Any] = {}
    for month in reports.months():
        for path in sorted((reports.month(month) / "notebooks").glob("*.ipynb")):
            text = path.read_text(encoding="utf-8")
            if f'"kind": "{_KIND}"' in text:
                said = {one["name"]: one["data"] for one in _said(json.loads(text))}
                found |= {month: said[name]} if name in said else {}
    return found


def _said(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    messages = [output.get("data", {}).get(MIME, {}) for output in outputs]
    return [message["data"] for message in messages if message.get("kind") == _KIND]
