"""A figure drawn as lines and words of the page itself, so that it follows its colours and can be read by keyboard."""

from __future__ import annotations

from dataclasses import dataclass

from cxmodels.look.display import bundle, escape


@dataclass(frozen=True)
class Vector:
    """A drawing in SVG with its finding and its words.

    Attributes
    ----------
    svg
        One ``<svg>`` or several, of which the style sheet shows the one that fits the width. Colours are those of the
        page, such as ``var(--teal)``; each has its words, for who cannot see it.
    title
        The finding, in a sentence that claims no cause it cannot back.
    alt
        What the picture says; never empty.
    note
        How to read it. May be empty.
    """

    svg: str
    title: str
    alt: str
    note: str = ""

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError(f"Vector {self.title!r}: alt text is required, found none")

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        caption = f"<figcaption>{escape(self.note)}</figcaption>" if self.note else ""
        html = f"<figure><h3>{escape(self.title)}</h3>{self.svg}{caption}</figure>"
        return bundle(html, f"{self.title}\n{self.alt}")
