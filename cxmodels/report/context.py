"""What a page says about itself beside its notebook: whose it is, of when, what stands next to it, what it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from cxmodels.language import ENGLISH


@dataclass(frozen=True)
class PageContext:
    """The frame of one page.

    Attributes
    ----------
    study
        The company's name.
    month
        The month reported, ``"2026-09"``.
    href
        The page's own file, for example ``"churn.html"``.
    pages
        Title and file of every page of the month, in the order of the navigation, this one included.
    previous, next
        The neighbouring months published, or None.
    as_of
        The day as known on which the data are read, ``"2026-09-30"``.
    customers, left_out
        Customers counted, and those left out for lack of consent; None where not known.
    data, code
        Hash of the data and of the code, short.
    clean
        Whether the code is as committed; None where that is not known.
    command
        What to type to make the page again.
    language
        What the page is written in.
    """

    study: str
    month: str
    href: str
    pages: tuple[tuple[str, str], ...]
    as_of: str
    command: str
    previous: str | None = None
    next: str | None = None
    customers: int | None = None
    left_out: int | None = None
    data: str = ""
    code: str = ""
    clean: bool | None = None
    language: str = ENGLISH

    @property
    def title(self) -> str:
        """What the navigation calls this page."""
        return next((title for title, href in self.pages if href == self.href), "")
