"""What goes with leaving sooner, in plain words: one sentence a covariate, the widest difference first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cxmodels.churn.forecasts.watched import stays
from cxmodels.churn.models.cox import CoxFit
from cxmodels.look import numbers

MOST_LEVELS = 3
"""Levels a sentence names; the forest plot has them all."""


def drivers(fit: CoxFit) -> list[str]:
    """One sentence a covariate that clearly goes with leaving, and one for those that do not.

    A level is named where its 95 % interval leaves out 1. A number is told as the upper quartile of customers beside
    the lower. ``<b>`` is the only mark.
    """
    frame, clear, unclear = fit.coefficients, [], []
    for name in dict.fromkeys(frame["term"]):
        part = _large_enough(fit, frame[frame["term"] == name])
        if not len(part):
            continue
        words = name.replace("_", " ")
        told = _levels(fit, part) if name in fit.levels else _number(fit, part.iloc[0])
        if told is None:
            unclear.append(words)
        else:
            clear.append((told[0], f"<b>{words.capitalize()}</b>: {told[1]}."))
    said = [text for _, text in sorted(clear, key=lambda one: -one[0])]
    if unclear:
        said.append(f"No clear difference by {_listed(unclear)}, all else equal.")
    return said


def _large_enough(fit: CoxFit, part: pd.DataFrame) -> pd.DataFrame:
    """The levels that are not too small to be shown; a number as it is."""
    if part["term"].iloc[0] not in fit.levels:
        return part
    sizes = [stays(fit.episodes, row.term, row.level) for row in part.itertuples()]
    return part[np.array(sizes) >= fit.episodes.min_cell]


def _levels(fit: CoxFit, part: pd.DataFrame) -> tuple[float, str] | None:
    clear = part[(part["low"] > 1) | (part["high"] < 1)]
    if not len(clear):
        return None
    order = np.log(clear["hazard_ratio"]).abs().sort_values(ascending=False).index
    named = [clear.loc[i] for i in order[:MOST_LEVELS]]
    against = fit.reference[str(named[0]["term"])]
    said = ", ".join(f"{row['level']} {'' if i else 'leaves '}{_often(row)}" for i, row in enumerate(named))
    return float(np.abs(np.log(named[0]["hazard_ratio"]))), f"beside {against} and at equal tenure, {said}"


def _number(fit: CoxFit, row: Any) -> tuple[float, str] | None:
    frame = fit.episodes.frame
    value, n = frame[row.term].to_numpy(float), frame["n"].to_numpy(float)
    order = np.argsort(value)
    share = n[order].cumsum() / n.sum()
    lower, upper = (float(value[order][np.searchsorted(share, at)]) for at in (0.25, 0.75))
    if upper <= lower or row.low <= 1 <= row.high:
        return None
    step, reach = upper - lower, float(ndtri(0.975)) * row.se
    ratio, low, high = (float(np.exp(step * (row.coef + side * reach))) for side in (0, -1, 1))
    told = pd.Series({"hazard_ratio": ratio, "low": low, "high": high})
    words = f"beside {numbers.decimal(lower)} and at equal tenure, {numbers.decimal(upper)} leaves {_often(told)}"
    return abs(float(np.log(ratio))), f"{words} (lower and upper quartile)"


def _often(row: Any) -> str:
    """``"43 % less often (35 – 51)"``; beyond a doubling ``"2.4 times as often (1.9 – 3.1)"``."""
    ratio, low, high = (float(row[key]) for key in ("hazard_ratio", "low", "high"))
    if ratio >= 2:
        return f"{ratio:.1f} times as often ({low:.1f} – {high:.1f})"
    if ratio > 1:
        return f"{numbers.share(ratio - 1, 0)} more often ({100 * (low - 1):.0f} – {100 * (high - 1):.0f})"
    return f"{numbers.share(1 - ratio, 0)} less often ({100 * (1 - high):.0f} – {100 * (1 - low):.0f})"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
