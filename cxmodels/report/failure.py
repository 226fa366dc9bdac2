"""The page that says why a month was not published: ``failures/YYYY-MM.html``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cxmodels import personal
from cxmodels.look.display import escape


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
    """

    where: str
    reason: str
    cell: int | None = None
    source: str = ""
    traceback: str = ""

    @property
    def sentence(self) -> str:
        """Where and why, personal data and secrets masked."""
        cell = "" if self.cell is None else f", cell {self.cell}"
        return personal.mask(f"{self.where}{cell}: {self.reason}")


def failure_page(study: str, month: str, failures: Sequence[Failure], command: str, when: str) -> str:
    """The page, self-contained; personal data and secrets in messages, code and tracebacks are masked.

    Parameters
    ----------
    study
        The study's name.
    command
        What tries again.
    when
        The time it happened, for a reader.
    """
    parts = []
    for failure in failures:
        cell = "" if failure.cell is None else f", cell {failure.cell}"
        parts.append(f"<h2>{escape(failure.where)}{cell}</h2><p>{_masked(failure.reason)}</p>")
        parts += [
            f'<h3>{title}</h3><pre tabindex="0">{_masked(text)}</pre>'
            for title, text in (("The cell", failure.source), ("What it raised", failure.traceback))
            if text
        ]
    return _PAGE.format(
        month=escape(month), study=escape(study), body="\n".join(parts), command=escape(command), when=escape(when)
    )


def _masked(text: str) -> str:
    return escape(personal.mask(text))


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{month} was not published · {study}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }}
pre {{ overflow: auto; padding: .8rem; border: 1px solid #8f98a6; font: .85rem/1.45 ui-monospace, monospace; }}
h1 {{ line-height: 1.2; }}
</style>
</head>
<body>
<main>
<p>{study} · {when}</p>
<h1>{month} was not published</h1>
<p>The last good month stays as it was. This page goes away when {month} is published.</p>
{body}
<h2>Try again</h2>
<pre tabindex="0">{command}</pre>
</main>
</body>
</html>
"""
