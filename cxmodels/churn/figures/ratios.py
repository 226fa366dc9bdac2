"""How a figure names a covariate's level, and marks a scale of ratios."""

from __future__ import annotations

from typing import Any


def named(row: Any) -> str:
    """``region Nord`` of a row with ``covariate`` and ``level``."""
    return f"{row.covariate.replace('_', ' ')} {row.level}"


def ratio_ticks(low: float, high: float) -> list[float]:
    """At most about five marks of a logarithmic scale of ratios."""
    fine = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.4, 2, 3, 5, 7, 10, 20, 50, 100]
    ticks = [tick for tick in fine if low <= tick <= high]
    coarse = (0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 50, 100)
    return ticks if len(ticks) <= 5 else [tick for tick in ticks if tick in coarse]
