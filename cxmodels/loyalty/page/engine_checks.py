"""What the fits say of themselves and of each other: identified, admissible, drawn well, in agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cxmodels.look import numbers
from cxmodels.loyalty.effects.told import listed
from cxmodels.loyalty.ml.identification import ILL
from cxmodels.loyalty.page.engines import TITLES, Engines
from cxmodels.verdict import Check, Status

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.ml_fit import MlFit

APART = 0.2
"""Difference of two engines' standardised paths from which on it matters which one is believed."""


def solution(engines: Engines) -> list[Check]:
    """Whether the answers tell the parameters apart, and whether the solution could be that of real constructs."""
    fit = engines.ml
    if fit is None:
        why = engines.why_not.get("ml", "")
        composites = any(construct.kind == "composite" for construct in engines.used.model.constructs)
        meaning = (
            "Constructs that are made of their items have no error to tell apart; partial least squares always has an "
            "answer, which says nothing of whether it is the only one."
            if composites
            else f"No maximum of the likelihood: {why}. That another engine prints paths does not make them known."
        )
        return [Check("Identification", "not known", "at most 10 000", "amber" if composites else "red", meaning)]
    return [_identified(fit), _admissible(fit)]


def _identified(fit: MlFit) -> Check:
    told = fit.identification
    condition = told.condition
    found = f"condition number {_count(condition)}"
    if told.rank < told.parameters:
        found += f"; {told.rank} of {told.parameters} parameters told apart"
    status: Status = "green" if told.identified else "red"
    meaning = "Each parameter shows in the answers apart from the others."
    if not told.identified:
        meaning = (
            f"The answers cannot tell apart {listed([_plain(name) for name in told.weakest])}: quite other values "
            "would fit nearly as well, and standard errors are of no use."
        )
    return Check("Identification", found, f"condition number at most {numbers.count(ILL)}", status, meaning)


def _admissible(fit: MlFit) -> Check:
    told = fit.identification
    status: Status = "green" if told.admissible else "red"
    found, meaning = "none", "Every variance and correlation is one that constructs can have."
    if told.negative_variances:
        found = f"{len(told.negative_variances)} negative"
        meaning = f"Negative variances (Heywood cases), which nothing real has: {', '.join(told.negative_variances)}."
    elif told.indefinite:
        found = "correlations beyond 1"
        meaning = "The correlations of the constructs are those of no constructs that could exist."
    return Check("Impossible variances", found, "none", status, meaning)


def resampled(engines: Engines) -> list[Check]:
    """Bootstraps that failed, or that give what cannot be."""
    fits = {name: fit for name in ("pls", "consistent") if (fit := getattr(engines, name)) and fit.bootstrap}
    if not fits:
        return []
    failed = max(float(fit.bootstrap.drawn.failed.mean()) for fit in fits.values())
    impossible = max(float((~fit.bootstrap.drawn.admissible).mean()) for fit in fits.values())
    worst = max(failed, impossible)
    # What partial least squares cannot do speaks against the page only where the page tells it: a correction for
    # unreliability that goes beyond 1 in some samples is common with few items.
    told = engines.used.engine == "pls"
    status: Status = "green" if worst <= 0.1 else "red" if told and worst > 0.5 else "amber"
    meaning = {
        "green": "Other respondents like these would have led to a solution as well.",
        "amber": "Other samples of such respondents have no possible solution by partial least squares: its limits are "
        "rough.",
        "red": "Most other samples of such respondents have no possible solution: this one is luck.",
    }[status]
    found = f"{numbers.share(failed)} failed, {numbers.share(impossible)} impossible"
    return [Check("Bootstraps", found, f"at most {numbers.share(0.1, 0)}", status, meaning)]


def sampled(engines: Engines) -> list[Check]:
    """Whether the draws of the posterior may be believed."""
    fit = engines.bayes
    if fit is None:
        return []
    good = fit.r_hat <= 1.01 and fit.ess >= 400 and not fit.divergences
    status: Status = "green" if good else "amber" if fit.r_hat <= 1.05 and fit.ess >= 100 else "red"
    meaning = {
        "green": "All chains found the same posterior.",
        "amber": "The chains agree but for some places they could not explore well: widen what you conclude.",
        "red": "The chains do not agree: the posterior’s limits are not to be believed.",
    }[status]
    found = (
        f"r̂ {numbers.decimal(fit.r_hat, 3)}, {numbers.count(fit.ess)} effective draws, divergences: {fit.divergences}"
    )
    return [Check("Draws of the posterior", found, "r̂ ≤ 1.01, at least 400 draws, no divergence", status, meaning)]


def paths_by_engine(engines: Engines) -> pd.DataFrame:
    """One row a path and engine: ``source, target, engine, std, low, high``."""
    rows = [
        (row.rhs, row.lhs, name, row.std, row.std_low, row.std_high)
        for name, fit in engines.all.items()
        for row in _regressions(fit).itertuples()
    ]
    return pd.DataFrame(rows, columns=["source", "target", "engine", "std", "low", "high"])


def agreement(engines: Engines) -> Check:
    """Sign of every engine that has one; size of those that estimate the same: not scores as they are."""
    name, wanted = "Engines agree", f"no sure opposites, less than {APART:g} apart"
    table = paths_by_engine(engines)
    if table["engine"].nunique() < 2:
        return Check(name, "one engine alone", wanted, "amber", "No other engine has a solution to compare with.")
    table["sign"] = np.where(table["low"] > 0, 1, np.where(table["high"] < 0, -1, 0))
    pairs = table.groupby(["source", "target"], sort=False)
    against = [pair for pair, rows in pairs if {1, -1} <= set(rows["sign"])]
    opposite = sum(bool(rows["std"].min() < 0 < rows["std"].max()) for _, rows in pairs)
    latent = table[table["engine"] != "pls"] if table["engine"].nunique() > 2 else table
    spread = latent.groupby(["source", "target"], sort=False)["std"].agg(lambda each: each.max() - each.min())
    furthest = spread.idxmax()
    meaning = "Engines that work quite differently say the same of every path."
    status: Status = "green"
    if against:
        status = "red"
        meaning = f"Of {_arrow(against[0])} one engine is sure that it is positive and another that it is negative."
    elif spread.max() >= APART:
        status = "red" if spread.max() >= 1 else "amber"
        rows = latent.set_index(["source", "target"]).loc[[furthest]]
        said = ", ".join(f"{TITLES[row.engine]} {numbers.decimal(row.std, 2)}" for row in rows.itertuples())
        meaning = f"Of {_arrow(furthest)} the engines do not say the same: {said}."
    found = (
        f"opposite signs: {opposite} of {len(pairs)} paths, {len(against)} of them surely; at most "
        f"{numbers.decimal(spread.max(), 2)} apart"
    )
    return Check(name, found, wanted, status, meaning)


def _regressions(fit: Any) -> pd.DataFrame:
    table: pd.DataFrame = fit.estimates
    return table[table["op"] == "~"]


def _arrow(pair: tuple[str, str]) -> str:
    return " → ".join(pair).replace("_", " ")


def _plain(parameter: str) -> str:
    """``Value ~ Quality`` the way its arrow points; others as they are."""
    left, tilde, right = parameter.partition(" ~ ")
    return _arrow((right, left)) if tilde else parameter


def _count(value: float) -> str:
    return numbers.count(float(f"{value:.2g}")) if np.isfinite(value) else "infinite"
