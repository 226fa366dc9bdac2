"""A figure that is complete without its page: the finding as title, the picture, what it shows in words."""

from __future__ import annotations

import base64
import functools
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from cxmodels import language
from cxmodels.language.drawing import reworded
from cxmodels.look.display import bundle, escape

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@dataclass(frozen=True)
class Figure:
    """A drawing with its finding and its words.

    Attributes
    ----------
    drawing
        The matplotlib figure.
    title
        The finding, in a sentence that claims no cause it cannot back.
    alt
        What the picture says, for who cannot see it; never empty.
    note
        How to read it: what the interval is, what was left out. May be empty.
    """

    drawing: Drawing
    title: str
    alt: str
    note: str = ""

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise ValueError(f"Figure {self.title!r}: alt text is required, found none")

    def webp(self) -> bytes:
        """The picture as WebP, without loss but for its shades: 128 of them look alike and take half the room."""
        from PIL import Image

        drawn, buffer = io.BytesIO(), io.BytesIO()
        with _house_style():
            self.drawing.savefig(drawn, format="png", pil_kwargs={"compress_level": 1})
        shades = (
            Image.open(drawn)
            .convert("RGBA")
            .quantize(_SHADES, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        )
        shades.convert("RGBA").save(buffer, format="webp", lossless=True)
        return buffer.getvalue()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        picture = self.webp()
        data = base64.b64encode(picture).decode()
        across, down = (round(pixels * _CSS_DPI / self.drawing.dpi) for pixels in _size(picture))
        caption = f"<figcaption>{escape(self.note)}</figcaption>" if self.note else ""
        html = (
            f'<figure><h3>{escape(self.title)}</h3><img alt="{escape(self.alt)}" width="{across}" height="{down}" '
            f'src="data:image/webp;base64,{data}">{caption}</figure>'
        )
        return bundle(html, f"{self.title}\n{self.alt}")


def styled[**P](draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the house style and the readers' language, and close the figure, so that a notebook shows it once."""

    @functools.wraps(draw)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        import matplotlib.pyplot as plt

        with _house_style():
            figure = draw(*args, **kwargs)
            if (spoken := language.spoken()) != language.ENGLISH:
                reworded(figure.drawing, language.translator(spoken))
        plt.close(figure.drawing)
        return figure

    return wrapper


_SHADES = 128
_CSS_DPI = 112
"""Pixels an inch of a drawing takes on a page: words of 10 points are then as large as those around it."""


def _house_style() -> AbstractContextManager[None]:
    # Needed when a figure is drawn and again when it is saved: the cut and the colours of the cycle are taken then.
    import matplotlib.pyplot as plt

    return plt.style.context(str(files("cxmodels.look") / "cx.mplstyle"))


def _size(picture: bytes) -> tuple[int, int]:
    from PIL import Image

    return Image.open(io.BytesIO(picture)).size
