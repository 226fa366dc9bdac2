"""The tables of the page of loyalty: engines side by side, measurement, fit, what moved, segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.look import numbers
from cxmodels.loyalty.customers.quadrants import TITLES as TITLES_OF_CLASSES
from cxmodels.loyalty.effects.told import capital, in_words
from cxmodels.loyalty.page.earlier import EFFECT, SCORE
from cxmodels.loyalty.page.engine_checks import paths_by_engine
from cxmodels.loyalty.page.engines import TITLES, Engines

if TYPE_CHECKING:
    from cxmodels.loyalty.customers.classes import LoyaltyClasses
    from cxmodels.loyalty.effects.segments import Segments
    from cxmodels.loyalty.ml.fit_indices import FitIndices
    from cxmodels.loyalty.ml.invariance import Invariance
    from cxmodels.loyalty.ml.modification import Modifications
    from cxmodels.loyalty.page.earlier import Earlier
    from cxmodels.loyalty.quality.htmt import Htmt
    from cxmodels.loyalty.quality.reliability import Reliability

MOST_ROWS = 8


def moved_table(past: Earlier, found: dict[str, Estimate], *, believed: bool = True) -> pd.DataFrame:
    """Scores and total effects, and whether they moved since the earliest month there is.

    Parameters
    ----------
    past, found
        From `earlier` and `estimates`.
    believed
        Whether the verdict lets the fit be believed; where it does not, no effect is told.
    """
    rows = []
    table = past.table if believed else past.table[past.table["what"] == SCORE]
    for row in table[table["month"] == table["month"].min()].itertuples():
        name = f"loyalty.{row.what}.{row.construct}"
        if name not in found:
            continue
        now = found[name]
        then = Estimate(row.value, row.low, row.high, row.unit, row.n)
        what, digits = {SCORE: ("score", 1), EFFECT: ("total effect", 2)}[row.what]
        rows.append(
            {
                "what": f"{capital(in_words(row.construct))}, {what}",
                "then": numbers.decimal(then.value, digits),
                "now": now,
                "change": _change(now, then, digits),
            }
        )
    return pd.DataFrame(rows)


def engine_table(engines: Engines) -> pd.DataFrame:
    """Every path by every engine: the standardised path and its 95 % limits."""
    rows = []
    for (source, target), each in paths_by_engine(engines).groupby(["source", "target"], sort=False):
        told = {
            TITLES[row.engine]: numbers.decimal(row.std, 2)
            if np.isnan(row.low)
            else f"{numbers.decimal(row.std, 2)} ({numbers.decimal(row.low, 2)} – {numbers.decimal(row.high, 2)})"
            for row in each.itertuples()
        }
        rows.append({"path": f"{capital(in_words(source))} → {in_words(target)}"} | told)
    return pd.DataFrame(rows)


def measurement_table(reliability: Reliability) -> pd.DataFrame:
    """Every item: its loading, its correlation with the other items, and its construct's reliability without it."""
    table = reliability.items
    return pd.DataFrame(
        {
            "item": table["item"],
            "construct": [capital(in_words(name)) for name in table["construct"]],
            "loading": table["loading"].map(_two),
            "correlation with the others": table["rest_correlation"].map(_two),
            "alpha without it": table["alpha_without"].map(_two),
        }
    )


def reliability_table(reliability: Reliability) -> pd.DataFrame:
    """Every construct: alpha with its limits, omega, composite reliability, average variance extracted."""
    return pd.DataFrame(
        [
            {
                "construct": capital(in_words(row.construct)),
                "items": str(row.items),
                "alpha": "–"
                if np.isnan(row.alpha)
                else f"{_two(row.alpha)} ({_two(row.alpha_low)} – {_two(row.alpha_high)})",
                "omega": _two(row.omega),
                "composite reliability": _two(row.rho_c),
                "variance extracted": _two(row.ave),
            }
            for row in reliability.constructs.itertuples()
        ]
    )


def htmt_table(htmt: Htmt) -> pd.DataFrame:
    """The pairs of constructs that are hardest to tell apart, hardest first."""
    table = htmt.pairs.sort_values("htmt", ascending=False).head(MOST_ROWS)
    return pd.DataFrame(
        {
            "pair": [f"{capital(in_words(row.left))} and {in_words(row.right)}" for row in table.itertuples()],
            "HTMT": table["htmt"].map(_two),
            "95 % limits": [f"{_two(row.low)} – {_two(row.high)}" for row in table.itertuples()],
        }
    )


def fit_table(indices: FitIndices) -> pd.DataFrame:
    """The fit of the model in one row a measure, robust where there is such."""
    best, test = indices.best, indices.scaled or indices.plain
    limits = f"({numbers.decimal(best.rmsea_low, 3)} – {numbers.decimal(best.rmsea_high, 3)}, 90 %)"
    told = [
        ("χ²", f"{numbers.decimal(test.chi_square, 1)} with {indices.df} degrees of freedom, p {_p(test.p)}"),
        ("CFI", numbers.decimal(best.cfi, 3)),
        ("TLI", numbers.decimal(best.tli, 3)),
        ("RMSEA", f"{numbers.decimal(best.rmsea, 3)} {limits}"),
        ("SRMR", numbers.decimal(indices.srmr, 3)),
        ("AIC", numbers.decimal(indices.aic, 1)),
        ("BIC", numbers.decimal(indices.bic, 1)),
    ]
    return pd.DataFrame(told, columns=["measure", "value"])


def modification_table(found: Modifications) -> pd.DataFrame:
    """What the model leaves out, the largest first: parameters whose test holds for as many as are tried."""
    table = found.table[found.table["p_holm"] < 0.05].head(MOST_ROWS)
    return pd.DataFrame(
        [
            {
                "what is not in the model": f"{row.lhs} {row.op} {row.rhs}",
                "χ² would fall by": numbers.decimal(row.mi, 1),
                "standardised it would be": _two(row.sepc_all),
                "p, for all tried": _p(row.p_holm),
            }
            for row in table.itertuples()
        ]
    )


def class_table(classes: LoyaltyClasses, currency: str) -> pd.DataFrame:
    """The classes of loyalty: share of the customers, and what they are worth where that is known."""
    rows = []
    for row in classes.shown().dropna(subset=["share"]).itertuples():
        told: dict[str, Any] = {
            "class": TITLES_OF_CLASSES[row.quadrant],
            "customers": Estimate(row.share, row.low, row.high, "share", classes.customers),
        }
        if "value" in classes.shares.columns:
            low, high = min(row.value_low, row.value), max(row.value_high, row.value)
            told["value a customer"] = Estimate(row.value, low, high, currency, classes.customers)
            told["share of value"] = numbers.share(row.value_share, 0)
        rows.append(told)
    return pd.DataFrame(rows)


def segment_table(segments: Segments) -> pd.DataFrame:
    """Differences between segments that are more than noise, or that nothing is."""
    table = segments.differences
    unit = "difference" if segments.standardised else "difference in points"
    return pd.DataFrame(
        [
            {
                "path": f"{capital(in_words(row.source))} → {in_words(row.target)}",
                "segments": f"{row.first} less {row.second}",
                unit: f"{_two(row.difference)} ({_two(row.low)} – {_two(row.high)})",
                "p, for all compared": _p(row.q),
            }
            for row in table[table["verdict"] == "differs"].sort_values("q").head(MOST_ROWS).itertuples()
        ]
    )


def invariance_table(ladder: Invariance) -> pd.DataFrame:
    """The ladder of measurement invariance, a row a level."""
    return pd.DataFrame(
        [
            {
                "held equal": row.level,
                "test (χ²)": numbers.decimal(row.chi_square, 1),
                "degrees of freedom": str(row.df),
                "CFI": numbers.decimal(row.cfi, 3),
                "loss of CFI": "–" if np.isnan(row.delta_cfi) else numbers.decimal(-row.delta_cfi, 3),
                "RMSEA": numbers.decimal(row.rmsea, 3),
                "holds": "yes" if row.holds else "no",
            }
            for row in ladder.levels.itertuples()
        ]
    )


def _change(now: Estimate, then: Estimate, digits: int) -> str:
    change = now.change_from(then)
    # of the figures as they are shown, so that a reader finds the same
    moved = round(round(now.value, digits) - round(then.value, digits), digits)
    size = numbers.decimal(abs(moved), digits)
    sign = "" if not moved else "+" if moved > 0 else "−"
    return f"{sign}{size}, {'real' if change.real else 'noise'}"


def _two(value: float) -> str:
    return "–" if np.isnan(value) else numbers.decimal(value, 2)


def _p(value: float) -> str:
    return "–" if np.isnan(value) else "< 0.001" if value < 0.001 else numbers.decimal(value, 3)
