"""The path diagram: constructs as boxes, paths as wide as they are strong, with a halo of doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zlib import crc32

from cxmodels.look import Vector, numbers
from cxmodels.loyalty.effects.told import explained, in_words, last_construct
from cxmodels.loyalty.figures.layout import ranks
from cxmodels.loyalty.figures.strokes import drawn

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.loyalty.path_fit import PathFit

MOST_ACROSS = 5
"""Layers that find room beside each other on a page without shrinking their words beyond reading."""


def path_diagram(fit: PathFit, told: pd.DataFrame, *, believed: bool = True) -> Vector:
    """Draw a fitted path model.

    Parameters
    ----------
    fit
        Of any engine and one group.
    told
        From `told_paths`.
    believed
        Whether the verdict lets the fit be believed; where it does not, no path is drawn as a sure one.

    Returns
    -------
    Vector
        Inline SVG, from left to right where there is room, from top to bottom else. Each path can be reached by
        keyboard and says its sentence.
    """
    r2 = explained(fit)
    target = last_construct(fit.model)
    sure = int(told["clear"].sum())
    title = (
        f"{sure} of {len(told)} paths are told from nought; {numbers.share(r2[target], 0)} of the variance of "
        f"{in_words(target)} is explained"
    )
    if not believed:
        title = f"Not established: {len(told)} paths as they are printed, none of which should be acted on"
        told = told.assign(clear=False, sentence=[_printed(row) for row in told.itertuples()])
    alt = " ".join(told["sentence"])
    layers = max(ranks(fit.names, fit.model.paths).values()) + 1
    key = f"paths{crc32((title + alt).encode()):x}"
    boxes = {name: (in_words(name), f"R² {numbers.decimal(r2[name], 2)}" if name in r2 else "") for name in fit.names}
    parts = [drawn(told, boxes, f"{key}d", title, alt, down=True, only="" if layers > MOST_ACROSS else "narrow")]
    if layers <= MOST_ACROSS:
        parts.insert(0, drawn(told, boxes, f"{key}a", title, alt, down=False, only="broad"))
    colours = "Teal: clearly above nought; red: clearly below; grey and broken: the sign is not sure."
    note = (
        "Standardised paths with 95 % limits: a line is as wide as its path, its halo as wide as the limit further "
        f"from nought. {colours if believed else 'Grey and broken: not established.'} What goes together need not be "
        "cause and effect; the arrows are those of the theory."
    )
    return Vector("".join(parts), title, alt, note)


def _printed(row: Any) -> str:
    return (
        f"{in_words(row.source)} to {in_words(row.target)}: printed as {numbers.decimal(row.std, 2)}, not established."
    )
