"""What every page of a report has around it: head, look, header, footer, and the links between months."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import jinja2

from cxmodels.language import language_of, markup, page
from cxmodels.look import dates, escape, numbers, style

TEMPLATES = Path(str(files("cxmodels.report") / "templates"))


def frame(template: str, language: str, **values: object) -> str:
    """A page from one of the templates, with the look in its head.

    Parameters
    ----------
    template
        A file in ``templates/`` that extends ``frame.html.j2``.
    language
        What the page is to be written in.
    values
        What the template names.
    """
    return page(_environment().get_template(template).render(**LOOK, **values), language)


def months_nav(previous: str | None, current: str, next: str | None) -> str:
    """The links to the neighbouring months of a page, between marks by which `restamp` finds them again.

    Parameters
    ----------
    previous, current, next
        Months as ``"2026-09"``; None where no such month is published.
    """
    parts = [
        _month_link(previous, "‹ {}") if previous else "",
        f"<span>{dates.month(current)}</span>",
        _month_link(next, "{} ›") if next else "",
        '<a href="../index.html">all months</a>',
    ]
    return f"<!--months-->{' · '.join(part for part in parts if part)}<!--/months-->"


def restamp(old: str, previous: str | None, current: str, next: str | None) -> str:
    """A published page with its links to the neighbouring months made anew; all else stays byte for byte."""
    links = markup(months_nav(previous, current, next), language_of(old))
    return re.sub("<!--months-->.*?<!--/months-->", lambda _: links, old, flags=re.DOTALL)


def _month_link(month: str, words: str) -> str:
    return f'<a href="../{escape(month)}/index.html">{words.format(dates.month(month))}</a>'


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(FILTERS)
    return environment


FILTERS = {"month_name": dates.month, "day_name": dates.day, "count": numbers.count}
LOOK = {
    "page_css": (TEMPLATES / "page.css").read_text(encoding="utf-8"),
    "parts_css": style("parts"),
}
