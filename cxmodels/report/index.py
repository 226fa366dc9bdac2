"""The list of months: newest first, each with its headline and key figures; what went wrong last is said on top."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxmodels.language import ENGLISH
from cxmodels.look import numbers
from cxmodels.report.frame import frame
from cxmodels.report.month import Page, read_month

SUMMARY = "summary"
"""What the notebook is called whose headline and key figures stand for a month."""


@dataclass(frozen=True)
class Listed:
    """A published month as the list shows it.

    Attributes
    ----------
    code
        ``"2026-09"``.
    headline
        What its summary found; its month's name stands alone where it has no summary.
    figures
        Title and written value of its key figures.
    left_out
        Notebooks it lacks and why, in words.
    """

    code: str
    headline: str
    figures: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, str], ...]


def index_page(folder: Path, study: str, language: str = ENGLISH) -> str:
    """The page that lists what is published in a report folder.

    Parameters
    ----------
    folder
        The report folder: months ``YYYY-MM`` and ``failures/``.
    study
        The company's name.
    language
        What the page is to be written in.
    """
    codes = sorted(
        (path.name for path in folder.iterdir() if path.is_dir() and _MONTH.fullmatch(path.name)), reverse=True
    )
    failures = sorted(
        (path.stem for path in (folder / "failures").glob("*.html") if _MONTH.fullmatch(path.stem)), reverse=True
    )
    months = [_listed(folder / code) for code in codes]
    return frame("months.html.j2", language, study=study, months=months, failures=failures)


_MONTH = re.compile(r"\d{4}-\d{2}")


def _listed(month: Path) -> Listed:
    pages = read_month(month).pages if any((month / "notebooks").glob("*.ipynb")) else ()
    summary = next((page for page in pages if page.notebook.endswith(SUMMARY)), None)
    told = summary or next((page for page in pages if page.headline), None)
    manifest = _manifest(month)
    left_out = tuple((entry["title"], entry["reason"]) for entry in manifest.get("left_out", ()))
    return Listed(month.name, (told.headline or "") if told else "", _figures(told), left_out)


def _figures(page: Page | None) -> tuple[tuple[str, str], ...]:
    cards = page.cards if page else ()
    return tuple((card.title, numbers.value(card.estimate.value, card.estimate.unit)) for card in cards)


def _manifest(month: Path) -> dict[str, Any]:
    try:
        return dict(json.loads((month / "manifest.json").read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
