"""What the answers say of the constructs, and who gave them: told apart, measured, enough, representative."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.look import numbers
from cxmodels.loyalty.effects.told import in_words
from cxmodels.loyalty.path_fit import NORMAL_95
from cxmodels.loyalty.quality.htmt import LARGEST
from cxmodels.verdict import Check, Status

if TYPE_CHECKING:
    from cxmodels.loyalty.page.engines import Engines
    from cxmodels.loyalty.quality.htmt import Htmt
    from cxmodels.loyalty.quality.reliability import Reliability

POWER = 2.801585
"""Standard errors a path must be long to be told from nought in four of five samples (5 %, two-sided)."""


def told_apart(htmt: Htmt) -> Check:
    """Constructs whose items go together across as within are one; names the pairs."""
    name, wanted = "Constructs told apart (HTMT)", f"below {LARGEST:g}"
    above = htmt.above()
    largest = htmt.pairs.loc[htmt.pairs["htmt"].idxmax()]
    found = f"{numbers.decimal(largest['htmt'], 2)} at most ({_pair(largest)})"
    if len(above):
        pairs = "; ".join(f"{_pair(row)} {numbers.decimal(row['htmt'], 2)}" for _, row in above.iterrows())
        meaning = f"To the respondents these are hardly two things: {pairs}. Which of them matters cannot be said."
        return Check(name, found, wanted, "red", meaning)
    unsure = htmt.pairs[htmt.pairs["high"] >= LARGEST]
    if len(unsure):
        pairs = "; ".join(_pair(row) for _, row in unsure.iterrows())
        meaning = f"Other respondents might not tell these apart: {pairs}."
        return Check(name, found, wanted, "amber", meaning)
    return Check(name, found, wanted, "green", "Every construct’s items go together more than with any other’s.")


def measured(reliability: Reliability) -> Check:
    """Composite reliability; single items, which cannot tell it, are named."""
    table = reliability.constructs.dropna(subset=["rho_c"])
    name, wanted = "Reliability", "at least 0.7"
    if not len(table):
        return Check(name, "not known", wanted, "amber", "Single items cannot tell how reliable they are.")
    worst = table.loc[table["rho_c"].idxmin()]
    value = float(worst["rho_c"])
    status: Status = "green" if value >= 0.7 else "amber" if value >= 0.5 else "red"
    meaning = {
        "green": "The items of every construct measure one thing well.",
        "amber": f"The items of {in_words(worst['construct'])} measure it roughly, which widens what is told of it.",
        "red": f"The items of {in_words(worst['construct'])} have more error than meaning in them: what is told of it "
        "rests on the model, not on the answers.",
    }[status]
    single = sorted(set(reliability.constructs["construct"]) - set(table["construct"]))
    if single:
        meaning += f" Taken to be measured without error: {', '.join(map(in_words, single))}."
    found = f"{numbers.decimal(value, 2)} at least ({in_words(worst['construct'])})"
    return Check(name, found, wanted, status, meaning)


def respondents(engines: Engines, told: pd.DataFrame) -> list[Check]:
    """Respondents a parameter (Bentler & Chou 1987), and the smallest path that would have shown."""
    fit = engines.used if engines.ml is None else engines.ml
    parameters = int((fit.estimates["op"] != ":=").sum()) if engines.ml is None else len(engines.ml.theta)
    each = fit.n / parameters
    status: Status = "green" if each >= 10 else "amber" if each >= 2 else "red"
    meaning = {
        "green": "There are respondents enough for so many parameters.",
        "amber": "Few respondents for so many parameters: leave some out, or ask more.",
        "red": "Far too few respondents for so many parameters.",
    }[status]
    weighted = engines.ml is not None and round(fit.n) != sum(part.respondents for part in engines.ml.answers)
    found = f"{numbers.decimal(each)} ({numbers.count(fit.n)}{' effective' if weighted else ''} for {parameters})"
    checks = [Check("Respondents a parameter", found, "at least 10", status, meaning)]
    se = (told["high"] - told["low"]) / (2 * NORMAL_95)
    if se.notna().any():
        worst = told.loc[se.idxmax()]
        least = POWER * float(se.max())
        status = "green" if least <= 0.3 else "amber" if least <= 0.6 else "red"
        meaning = {
            "green": "Paths of a size that matters would have shown in four of five samples like this one.",
            "amber": "Middling paths may be there and not show.",
            "red": "Not even strong paths would show: that a path is not clear says nothing.",
        }[status]
        found = f"{numbers.decimal(least, 2)} ({in_words(worst['source'])} → {in_words(worst['target'])})"
        checks.append(Check("Smallest path that would show", found, "at most 0.30", status, meaning))
    return checks


def non_response(rates: pd.DataFrame | None) -> Check:
    """How many of those asked answered, and whether some groups did less; answers say nothing of who is silent."""
    name, wanted = "Who answered", "half of those asked, groups alike"
    if rates is None:
        meaning = "It is not known who was asked, so nothing can be said of those who did not answer."
        return Check(name, "not known", wanted, "amber", meaning)
    share = float(rates["share"].iloc[0])
    groups = rates.iloc[1:].dropna(subset=["ratio"])
    uneven = groups[(groups["ratio"] < 0.8) | (groups["ratio"] > 1.25)]
    found = f"{numbers.share(share, 0)} of {numbers.count(rates['invited'].iloc[0])} asked"
    if not share < 0.5 and not len(uneven):
        return Check(name, found, wanted, "green", "Most of those asked answered, in every group about as many.")
    meaning = "Most of those asked did not answer; the paths are those of who did." if share < 0.5 else ""
    if len(uneven):
        far = uneven.loc[np.log(uneven["ratio"]).abs().idxmax()]
        less = "less" if far["ratio"] < 1 else "more"
        meaning += (
            f" {in_words(str(far['attribute'])).capitalize()} {far['level']} answered {less} often "
            f"({numbers.share(far['share'], 0)})."
        )
    return Check(name, found, wanted, "amber", meaning.strip())


def _pair(row: pd.Series) -> str:
    return f"{in_words(row['left'])} and {in_words(row['right'])}"
