"""What the notebooks of a month said: read from the executed notebooks, wherever the month is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxmodels.look import MIME
from cxmodels.report.page import Card
from cxmodels.report.worth import Action

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Page:
    """What one executed notebook said.

    Attributes
    ----------
    notebook
        Its name, for example ``"03_churn"``.
    headline, lead, status
        The finding, what to know if nothing else is read, and the colour of its verdict; None where the notebook
        has no headline (or no verdict with it).
    verdicts
        ``answer``, ``status``, ``word``, ``why`` of each verdict.
    cards
        Its key figures in the order shown.
    actions
        What it says may be done, those worth most first.
    results
        ``name``, ``value``, ``low``, ``high``, ``unit``, ``n`` and, where kept, ``history`` of each figure.
    """

    notebook: str
    headline: str | None
    lead: str | None
    status: str | None
    verdicts: tuple[Mapping[str, Any], ...]
    cards: tuple[Card, ...]
    actions: tuple[Action, ...]
    results: tuple[Mapping[str, Any], ...]

    @property
    def href(self) -> str:
        """The page it becomes: ``churn.html``."""
        return f"{self.notebook.split('_', 1)[-1]}.html"


@dataclass(frozen=True)
class Month:
    """A month's pages, in the order of their notebooks' names."""

    pages: tuple[Page, ...]

    @property
    def results(self) -> pd.DataFrame:
        """Every figure with its notebook, sorted by name."""
        import pandas as pd

        rows = [{**row, "notebook": page.notebook} for page in self.pages for row in page.results]
        columns = ["name", "value", "low", "high", "unit", "n", "history", "notebook"]
        return pd.DataFrame(rows, columns=columns).sort_values("name", ignore_index=True)

    @property
    def headlines(self) -> dict[str, str]:
        """The finding of each notebook that has one."""
        return {page.notebook: page.headline for page in self.pages if page.headline}

    @property
    def verdicts(self) -> pd.DataFrame:
        """Every verdict: ``notebook``, ``href``, ``answer``, ``status``, ``word``, ``why``."""
        import pandas as pd

        rows = [{"notebook": page.notebook, "href": page.href, **said} for page in self.pages for said in page.verdicts]
        return pd.DataFrame(rows, columns=["notebook", "href", "answer", "status", "word", "why"])


def read_month(folder: str | Path) -> Month:
    """Read the executed notebooks of a month.

    Parameters
    ----------
    folder
        A month's folder, published or being made; its notebooks lie in ``notebooks/``.

    Raises
    ------
    FileNotFoundError
        When the folder holds no executed notebook.
    """
    paths = sorted((Path(folder) / "notebooks").glob("*.ipynb"))
    if not paths:
        raise FileNotFoundError(f"{folder}: a month keeps its executed notebooks in notebooks/, found none")
    return Month(tuple(read_page(json.loads(path.read_text(encoding="utf-8")), path.stem) for path in paths))


def read_page(notebook: Mapping[str, Any], name: str) -> Page:
    """What an executed notebook said, from its outputs.

    Parameters
    ----------
    notebook
        The notebook as nbformat or JSON has it.
    name
        The name of its file without the ending.
    """
    said: dict[str, list[Any]] = {"headline": [], "verdict": [], "cards": [], "actions": [], "results": []}
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            message = output.get("data", {}).get(MIME)
            if message is not None and message["kind"] in said:
                said[message["kind"]].append(message["data"])
    first = said["headline"][0] if said["headline"] else {}
    return Page(
        name,
        first.get("title"),
        first.get("lead"),
        first.get("status"),
        tuple(said["verdict"]),
        tuple(Card.from_dict(card) for shown in said["cards"] for card in shown),
        tuple(Action.from_dict(action) for shown in said["actions"] for action in shown),
        tuple(row for rows in said["results"] for row in rows),
    )
