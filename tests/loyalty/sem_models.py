"""Models with published or well-known answers, the moments they are fitted to, and what lavaan makes of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.moments import Moments
from cxmodels.loyalty.syntax.path_model import PathModel

HERE = Path(__file__).parent

ABILITIES = PathModel("""
visual  =~ x1 + x2 + x3
textual =~ x4 + x5 + x6
speed   =~ x7 + x8 + x9
""")
"""Nine tests of pupils of two schools: Holzinger & Swineford (1939)."""

DEMOCRACY = """
ind60 =~ x1 + x2 + x3
dem60 =~ y1 + {a}y2 + {b}y3 + {c}y4
dem65 =~ y5 + {a}y6 + {b}y7 + {c}y8
dem60 ~ a1*ind60
dem65 ~ c1*ind60 + b1*dem60
y1 ~~ y5
y2 ~~ y4 + y6
y3 ~~ y7
y4 ~~ y8
y6 ~~ y8
ind := a1*b1
tot := c1 + a1*b1
"""
POLITICAL_DEMOCRACY = PathModel(DEMOCRACY.format(a="", b="", c=""))
EQUAL_LOADINGS = PathModel(DEMOCRACY.format(a="a*", b="b*", c="c*"))
"""Industrialisation and democracy: Bollen (1989), Structural Equations with Latent Variables."""

COMPACT = PathModel("""
Image        =~ IMAG1 + IMAG2 + IMAG4 + IMAG5
Value        =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty      =~ CUSL1 + CUSL3
Value        ~ iv*Image
Satisfaction ~ is*Image + vs*Value
Loyalty      ~ il*Image + sl*Satisfaction
ind_sat     := is*sl
ind_val_sat := iv*vs*sl
ind         := is*sl + iv*vs*sl
tot         := il + is*sl + iv*vs*sl
""")
"""An identified part of the customer satisfaction index, on the mobi survey."""

MEDIATION = PathModel("""
Image        =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty      =~ CUSL1 + CUSL2 + CUSL3
Satisfaction ~ a*Image
Loyalty      ~ b*Satisfaction + c*Image
ind := a*b
tot := c + a*b
""")

ECSI = PathModel("""
Image        =~ IMAG1:IMAG5
Expectation  =~ CUEX1:CUEX3
Quality      =~ PERQ1:PERQ7
Value        =~ PERV1 + PERV2
Satisfaction =~ CUSA1:CUSA3
Complaints   =~ CUSCO
Loyalty      =~ CUSL1:CUSL3
Expectation  ~ Image
Quality      ~ Expectation
Value        ~ Expectation + Quality
Satisfaction ~ Image + Expectation + Quality + Value
Complaints   ~ Satisfaction
Loyalty      ~ Image + Satisfaction + Complaints
""")
"""The whole index: Tenenhaus et al. (2005); not identified in practice on the mobi survey."""

BANK = PathModel("""
IMAG =~ imag1:imag5
EXPE =~ expe1:expe5
QUAL =~ qual1:qual5
VAL  =~ val1:val4
SAT  =~ sat1:sat4
LOY  =~ loy1:loy4
EXPE ~ IMAG
QUAL ~ EXPE
VAL  ~ EXPE + QUAL
SAT  ~ IMAG + EXPE + QUAL + VAL
LOY  ~ IMAG + SAT
""")
"""The same of a credit institution without complaints, as the R package plspm has it; no better identified."""


def moments_in(name: str, group: str = "") -> Moments:
    """Return moments from a file of this folder, of everybody or of one group."""
    table = pd.read_csv(HERE / f"{name}_moments.csv", keep_default_na=False)
    own = table[table["group"] == group]
    items = tuple(own["item"])
    return Moments(
        items, float(own["n"].iloc[0]), own[list(items)].to_numpy(float), own["mean"].to_numpy(float), group=group
    )


def democracy_with_fourth_moments() -> Moments:
    """Return the moments of political_democracy, and the fourth ones: of four items each, in the order of the items."""
    known = moments_in("political_democracy")
    p = len(known.items)
    listed = pd.read_csv(HERE / "political_democracy_fourth.csv")["moment"]
    of_four = dict(zip(combinations_with_replacement(range(p), 4), listed, strict=True))
    pairs = list(zip(*np.tril_indices(p), strict=True))
    products = np.array([[of_four[tuple(sorted((*one, *other)))] for other in pairs] for one in pairs])
    covariances = known.covariance[np.tril_indices(p)]
    return replace(known, fourth=products - np.outer(covariances, covariances))


def lavaan(case: str) -> pd.DataFrame:
    """Return what lavaan 0.6-14 estimates: ``lhs, op, rhs, group, est, se, std``; NaN where it tells nothing."""
    table = pd.read_csv(HERE / "lavaan_estimates.csv", keep_default_na=False)
    own = table[table["case"] == case].drop(columns="case")
    return own.assign(**{name: pd.to_numeric(own[name], errors="coerce") for name in ("est", "se", "std")})


def beside(estimates: pd.DataFrame, case: str) -> pd.DataFrame:
    """Return the estimates with lavaan's in the columns est, lavaan_se and lavaan_std, row by row."""
    theirs = lavaan(case).rename(columns={"se": "lavaan_se", "std": "lavaan_std"})
    both = _keyed(estimates).merge(_keyed(theirs), on="key", validate="one_to_one")
    assert len(both) == len(theirs) == len(estimates)
    return both


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    group = table["group"] if "group" in table else pd.Series("", index=table.index)
    names = [
        " ".join((op, *(sorted((lhs, rhs)) if op == "~~" else (lhs, "" if op == ":=" else rhs)), of))
        for lhs, op, rhs, of in zip(table["lhs"], table["op"], table["rhs"], group, strict=True)
    ]
    return table.assign(key=names).drop(columns=["lhs", "op", "rhs", "group"], errors="ignore")


def some_missing(frame: pd.DataFrame, items: tuple[str, ...]) -> pd.DataFrame:
    """Return the answers without one in seventeen: of respondent i (from 1) item j where 17 divides 7 i + 13 j."""
    row, column = np.ogrid[1 : len(frame) + 1, 1 : len(items) + 1]
    return frame[list(items)].astype(float).mask((row * 7 + column * 13) % 17 == 0)
