"""The notebook of feedback run cell by cell in this process: what each cell shows, without starting a kernel."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from cxmodels.look import MIME


def shown(notebook: Path, **parameters: Any) -> list[dict[str, Any]]:
    """Return the bundle of whatever a cell shows, in order, the parameters set after the cell that declares them."""
    cells = [cell for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]
    known: dict[str, Any] = {}
    found = []
    for cell in cells:
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if isinstance(body[-1], ast.Expr) else None
        exec(compile(ast.Module(body, []), cell["id"], "exec"), known)
        if "parameters" in cell["metadata"].get("tags", ()):
            known |= parameters
        told = eval(compile(ast.Expression(last.value), cell["id"], "eval"), known) if last is not None else None
        if told is not None:
            found.append(told._repr_mimebundle_())
    return found


def said(bundles: list[dict[str, Any]], kind: str) -> Any:
    """Return the data that the cells left for the machine under a kind."""
    return next(bundle[MIME]["data"] for bundle in bundles if bundle.get(MIME, {}).get("kind") == kind)


def words(bundles: list[dict[str, Any]]) -> str:
    """Return the text of all that is shown."""
    return "\n".join(bundle["text/plain"] for bundle in bundles)
