"""What the purchase model thinks of a customer: who still buys, by how often and how lately they bought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.look import Figure, numbers, palette, styled
from cxmodels.look.rows import WIDE

if TYPE_CHECKING:
    from cxmodels.clv.fits.fit import PurchaseFit

_REPEATS = (1, 2, 4, 8, 16)
_DRAWS = 200
_SHADES = ("#f4f1ea", "#5fa5a2")
"""Sand to a teal on which dark words are still read well."""


@styled
def who_still_buys(fit: PurchaseFit) -> Figure:
    """The chance that a customer still buys, by repeat purchases so far and months since the last.

    Of customers who came as long ago as half of those who bought again did, or longer.

    Parameters
    ----------
    fit
        From `fit_purchases`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.colors import LinearSegmentedColormap

    there, quiet, repeats = _axes(fit)
    chance = _p_alive(fit, there, quiet, repeats)
    once = float(_p_alive(fit, there, np.array([there]), (0,))[0, 0])
    shades = LinearSegmentedColormap.from_list("alive", _SHADES)
    drawing, ax = plt.subplots(figsize=(WIDE, 0.9 + 0.42 * len(repeats)))
    ax.imshow(chance, cmap=shades, vmin=0, vmax=1, aspect="auto", origin="lower")
    for row, column in np.ndindex(chance.shape):
        ax.text(column, row, _percent(float(chance[row, column])), ha="center", va="center", color=palette.INK)
    ax.set_xticks(range(len(quiet)), [f"{months:g}" for months in quiet])
    ax.set_yticks(range(len(repeats)), [str(count) for count in repeats])
    ax.set_xlabel("Months since the last purchase")
    ax.set_ylabel("Repeat purchases so far")
    ax.grid(visible=False)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    said = "; ".join(
        f"{_repeats(count)}: "
        + ", ".join(f"{_chance(p)} after {months:g}" for p, months in zip(row, quiet, strict=True))
        for count, row in zip(repeats, chance, strict=True)
    )
    alt = f"Chance that a customer of {there:g} months still buys, by months since the last purchase. {said}."
    note = (
        f"{fit.model.title}: chance in percent, mean of the posterior, for customers whose first purchase was "
        f"{there:g} months ago. Who used to buy often and has gone quiet is more likely gone than who always bought "
        f"seldom. Of those who came only that once, {_chance(once)} still buy by this model."
    )
    return Figure(drawing, _title(chance, quiet, repeats), alt, note)


def _axes(fit: PurchaseFit) -> tuple[float, np.ndarray, tuple[int, ...]]:
    """Months since the first purchase, months since the last, and counts of repeat purchases that occur."""
    frame = fit.counts.frame[fit.counts.frame["frequency"] > 0].sort_values("T")
    place = int(np.searchsorted(frame["n"].cumsum(), frame["n"].sum() / 2))
    there = max(float(np.floor(frame["T"].iloc[place] / fit.counts.month)), 1.0)
    step = next(step for step in (0.25, 0.5, 1, 2, 3, 4, 6, 12, 24, 60) if there / step <= 8)
    quiet = np.arange(0, there, step)
    often = frame.sort_values("frequency")
    most = int(often["frequency"].iloc[int(np.searchsorted(often["n"].cumsum(), 0.99 * often["n"].sum()))])
    return there, quiet, tuple(count for count in _REPEATS if count <= most)


def _p_alive(fit: PurchaseFit, there: float, quiet: np.ndarray, repeats: tuple[int, ...]) -> np.ndarray:
    """(repeats, quiet) mean over draws."""
    count, since = np.meshgrid(np.array(repeats, float), quiet, indexing="ij")
    month = fit.counts.month
    T = np.full(count.size, there * month)
    found = fit.model.p_alive(fit.posterior.thinned(_DRAWS), count.ravel(), T - since.ravel() * month, T)
    return np.asarray(found.mean(axis=0).reshape(count.shape))


def _percent(chance: float) -> str:
    return "< 1" if chance < 0.005 else f"{100 * chance:.0f}"


def _chance(chance: float) -> str:
    return "under 1\u202f%" if chance < 0.005 else numbers.share(chance, 0)


def _repeats(count: int) -> str:
    return f"{count} repeat purchase{'s' * (count != 1)}"


def _title(chance: np.ndarray, quiet: np.ndarray, repeats: tuple[int, ...]) -> str:
    column = len(quiet) // 2
    seldom, often = (_chance(chance[row, column]) for row in (0, -1))
    one = f"After {quiet[column]:g} quiet months the chance to still buy is {seldom} with {_repeats(repeats[0])}"
    return one if len(repeats) == 1 else f"{one}, {often} with {repeats[-1]}"
