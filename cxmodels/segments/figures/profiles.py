"""How each segment differs from the others, a dot for each feature and segment."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE
from cxmodels.segments.profiles.profile import MIX, NUMBER

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.segments.profiles.profile import Profile

FARTHEST = 3.0
"""Standard deviations from which a dot grows no further."""
_LARGEST = 150


@styled
def segment_profiles(found: Profile, *, most: int = 16) -> Figure:
    """Hedges' g of each feature (rows) in each segment (columns): teal above the others, vermilion below.

    Parameters
    ----------
    found
        From `profile`.
    most
        Features drawn, those that differ most.

    Raises
    ------
    ValueError
        When nothing may be told of any segment.
    """
    import matplotlib.pyplot as plt

    rows = found.differences[(found.differences["kind"] == NUMBER) & found.differences["effect"].notna()]
    if rows.empty:
        raise ValueError("segment_profiles: no segment is large enough to be told of")
    table = rows.pivot(index="feature", columns="segment", values="effect")
    told = rows.pivot(index="feature", columns="segment", values="told")
    kept = set(table.abs().max(axis=1).sort_values(ascending=False, kind="stable").index[:most])
    features = [name for name in dict.fromkeys(rows["feature"]) if name in kept]
    segments = list(table.columns)
    drawing, ax = plt.subplots(figsize=(WIDE - 1.6, 0.9 + 0.3 * len(features)))
    for y, feature in enumerate(features):
        for x, segment in enumerate(segments):
            g = table.loc[feature, segment]
            if np.isnan(g):
                continue
            colour = palette.GREY if not told.loc[feature, segment] else palette.TEAL if g > 0 else palette.RED
            size = _LARGEST * min(abs(g), FARTHEST) / FARTHEST
            # below is hollow as well, so that grey print tells it from above
            face = colour if g > 0 else "white"
            ax.scatter([x], [y], s=max(size, 4), facecolor=face, edgecolor=colour, linewidth=1.4, zorder=3)
    ax.set_yticks(range(len(features)), [name.replace("_", " ") for name in features], color=palette.INK)
    ax.set_xticks(range(len(segments)), [str(segment) for segment in segments], color=palette.INK)
    ax.set_xlim(-0.6, len(segments) - 0.4)
    ax.set_ylim(len(features) - 0.4, -0.6)
    ax.grid(visible=True, axis="y")
    ax.grid(visible=False, axis="x")
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    names = rows.drop_duplicates("segment").set_index("segment")["name"]
    keys = [line for segment in segments for line in _key(f"{segment}  {names[segment]}")]
    ax.annotate(
        "\n".join(keys), (0, 0), xycoords="axes fraction", xytext=(-95, -10), textcoords="offset points", va="top",
        fontsize=9.5, color=palette.SOFT, annotation_clip=False,
    )  # fmt: skip
    said = []
    for segment in segments:
        own = rows[rows["segment"] == segment].sort_values("strength", ascending=False, kind="stable").head(3)
        each = (f"{row.feature.replace('_', ' ')} {numbers.decimal(row.effect)}" for row in own.itertuples())
        said.append(f"{names[segment]}: {', '.join(each)}")
    note = (
        "Filled: above all other customers; hollow: below; the larger, the farther, to "
        f"{numbers.decimal(FARTHEST, 0)} standard deviations (Hedges' g). Grey: small, or not told from chance. "
        "Segments were made by most of these features: they differ in them by design."
    )
    left = table.shape[0] - len(features)
    if left:
        note += f" {left} that differ less are left out."
    if found.hidden:
        note += f" Segments too small to be told of are left out ({len(found.hidden)})."
    return Figure(drawing, _title(found), f"Farthest from the others in standard deviations. {'; '.join(said)}.", note)


def _key(line: str) -> list[str]:
    return textwrap.wrap(line, 58, subsequent_indent="    ")


def _title(found: Profile) -> str:
    apart = found.distinguishing(1)
    apart = apart[apart["kind"] == NUMBER]
    if apart.empty:
        return "No segment differs from the others by more than a little"
    row = apart.loc[apart["strength"].idxmax()]
    inside, outside = (_amount(row, side) for side in ("inside", "outside"))
    by = row["feature"].replace("_", " ").replace(": ", " ")
    return f"“{row['name']}” stand out most, by {by}: {inside}, elsewhere {outside}"


def _amount(row: pd.Series, side: str) -> str:
    """A mean in the feature's own unit."""
    if row["unit"] == MIX:
        return f"{numbers.share(row[side], 0)} of orders"
    return f"{numbers.decimal(row[side])} {row['unit']}".strip()
