"""``results.json``: every figure a month's notebooks recorded, in one sorted list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cxmodels.look.display import MIME
from cxmodels.report.errors import NotPublished

if TYPE_CHECKING:
    from nbformat import NotebookNode


def collect(notebooks: Mapping[str, NotebookNode]) -> list[dict[str, Any]]:
    """The figures recorded in executed notebooks.

    Parameters
    ----------
    notebooks
        Executed notebooks by their name in the plan.

    Returns
    -------
    list
        Sorted by name; each figure with ``name``, ``value``, ``low``, ``high``, ``unit``, ``n``, ``notebook`` and,
        where there is one, ``history``. A number that cannot be known is None.

    Raises
    ------
    NotPublished
        When a name is recorded twice.
    """
    found: dict[str, dict[str, Any]] = {}
    for notebook, executed in notebooks.items():
        for figure in _recorded(executed):
            name = figure["name"]
            if name in found:
                both = f"{found[name]['notebook']} and {notebook}"
                raise NotPublished(f"results: a figure is recorded once, found {name!r} twice (in {both})")
            history = {"history": figure["history"]} if "history" in figure else {}
            found[name] = {key: figure[key] for key in _KEYS} | {"notebook": notebook} | history
    return [found[name] for name in sorted(found)]


def as_json(content: object) -> str:
    """The text of a JSON file people also read; the same content gives the same bytes."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


_KEYS = ("name", "value", "low", "high", "unit", "n")


def _recorded(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            said = output.get("data", {}).get(MIME, {})
            if said.get("kind") == "results":
                yield from said["data"]
