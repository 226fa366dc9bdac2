"""Labels beside the ends of curves: moved apart where they would overlap."""

from __future__ import annotations

from itertools import pairwise


def apart(heights: list[float], least: float) -> list[float]:
    """Heights of labels moved up just enough not to overlap."""
    out = [float(height) for height in heights]
    order = sorted(range(len(out)), key=out.__getitem__)
    for below, above in pairwise(order):
        out[above] = max(out[above], out[below] + least)
    return out
