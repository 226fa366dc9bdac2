"""Whether groups understand the items alike, so that their paths and means may be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.accepted import as_answers
from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.answers.moments import Moments, group_sizes
from cxmodels.loyalty.errors import InvalidValue, TooFewRespondents
from cxmodels.loyalty.ml.data import Missing, data_of
from cxmodels.loyalty.ml.fit import fit_table
from cxmodels.loyalty.ml.fit_indices import FitIndices, fit_indices
from cxmodels.loyalty.ml.freed import Cell, holm, score_tests
from cxmodels.loyalty.syntax.of_each_group import of_each_group
from cxmodels.loyalty.syntax.parameter_table import parameter_table

if TYPE_CHECKING:
    from cxmodels.loyalty.ml.ml_fit import MlFit
    from cxmodels.loyalty.syntax.path_model import PathModel

Level = Literal["configural", "metric", "scalar", "strict", "means"]
LADDER: Mapping[Level, tuple[str, ...]] = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
    "means": ("loadings", "intercepts", "residuals", "means"),
}
"""What is held equal on each level, by lavaan's words."""
LARGEST_LOSS = 0.01
"""Of CFI from one level to the next: Cheung & Rensvold (2002)."""
LEAST_CFI = 0.9
"""Below, the model itself does not fit the groups, and no level holds."""
_ALLOWS: Mapping[Level | None, str] = {
    None: "The model does not fit the groups each for itself: nothing of them can be compared.",
    "configural": "The groups share the constructs, but items weigh differently: paths and means cannot be compared.",
    "metric": "Items weigh alike: paths can be compared between the groups, means cannot.",
    "scalar": "Items weigh and start alike: paths and means of the constructs can be compared between the groups.",
    "strict": "Items weigh, start and scatter alike: paths, means and sums of items can be compared.",
    "means": "Items weigh, start and scatter alike, and the groups do not differ in the means of the constructs.",
}


@dataclass(frozen=True, eq=False)
class Invariance:
    """A ladder of models that hold more and more equal between groups.

    Attributes
    ----------
    by
        What parts the groups.
    groups
        Those compared.
    left_out
        Groups with too few respondents to be compared or shown.
    levels
        One row a level: ``level, parameters, chi_square, df, p, cfi, tli, rmsea, rmsea_low, rmsea_high, srmr, aic,
        bic``; ``delta_chi_square, delta_df, delta_p, delta_cfi, delta_rmsea`` against the level before; ``holds``.
        Scaled chi² and robust indices where the fits are robust.
    releases
        One row a parameter that a level is the first to hold equal: ``level, lhs, op, rhs, group, statistic, p,
        p_holm`` (for all of the level), ``change``: the score test of releasing it in that group and how far it would
        move. What breaks a level stands first. Of two groups the second is released.
    fits
        Level → fit.
    incomplete
        Respondents of these groups who were left out because they did not answer every item; none of them with
        ``missing="fiml"``, and of moments.
    """

    by: str
    groups: tuple[str, ...]
    left_out: tuple[str, ...]
    levels: pd.DataFrame
    releases: pd.DataFrame
    fits: Mapping[Level, MlFit] = field(repr=False)
    incomplete: int = 0

    @property
    def highest(self) -> Level | None:
        """The last level that holds, all before it holding too."""
        found: Level | None = None
        for level, holds in zip(LADDER, self.levels["holds"], strict=True):
            if not holds:
                break
            found = level
        return found

    @property
    def paths_comparable(self) -> bool:
        """Whether metric invariance holds."""
        return self.highest not in (None, "configural")

    @property
    def means_comparable(self) -> bool:
        """Whether scalar invariance holds."""
        return self.highest in ("scalar", "strict", "means")

    @property
    def in_words(self) -> str:
        """What may be compared, in one sentence."""
        return _ALLOWS[self.highest]

    def breaking(self, *, level: float = 0.05) -> pd.DataFrame:
        """The rows of `releases` of the first level that does not hold whose `p_holm` is below `level`."""
        levels = list(LADDER)
        reached = 0 if self.highest is None else levels.index(self.highest) + 1
        if reached == len(levels):
            return self.releases.iloc[:0]
        rows = self.releases[self.releases["level"] == levels[reached]]
        return rows[rows["p_holm"] < level].reset_index(drop=True)


def invariance(
    model: PathModel,
    data: pd.DataFrame | Answers | tuple[Moments, ...],
    by: str,
    *,
    partial: tuple[str, ...] = (),
    robust: bool = False,
    missing: Missing = "listwise",
) -> Invariance:
    """Climb the ladder of measurement invariance.

    Parameters
    ----------
    model
        Its items and constructs; without paths the ladder judges the measurement alone. Labels hold within each group,
        not between them; what ``:=`` defines is left out. A text with ``c()`` is taken as it is.
    data
        Respondents or answers with the attribute `by`, or the moments, means too, of each group.
    by
        The attribute that parts the groups.
    partial
        Parameters that stay free in each group on every level, such as ``"visual=~x2"`` or ``"x3~1"``: what
        `Invariance.breaking` names (Byrne, Shavelson & Muthén 1989). Two items a construct at least should stay equal.
    robust
        Robust standard errors, scaled chi² differences (Satorra & Bentler 2001) and robust indices.
    missing
        ``"listwise"`` leaves out who did not answer every item (`Invariance.incomplete`), ``"fiml"`` nobody; see
        `fit_ml`.

    Raises
    ------
    TooFewRespondents
        When fewer than two groups have more respondents than items and at least `Answers.min_cell`.
    InvalidValue
        When there are moments of fewer than two groups, or as for `fit_ml` and `parameter_table`.
    InvalidModel, InvalidAnswers, NotConverged, NotIdentified
        As for `fit_ml`.

    Notes
    -----
    Meredith (1993), Psychometrika 58; Vandenberg & Lance (2000). A level holds when CFI falls by no more than .01
    (Cheung & Rensvold 2002, Structural Equation Modeling 9: 233-255); the first when CFI is at least .9. The difference
    of chi² is told beside it: among many respondents it rejects trifles. With equal intercepts the means of the
    constructs are free from the second group on.
    """
    model = of_each_group(model)
    source, left_out, incomplete = _enough(model, data, by, missing)
    found = data_of(model, source, group=None if isinstance(source, tuple) else by, missing=missing)
    if len(found.groups) < 2:
        raise InvalidValue(f"invariance: two groups at least are compared, found {len(found.groups)}")
    fits: dict[Level, MlFit] = {}
    for level, equal in LADDER.items():
        table = parameter_table(model, groups=found.groups, equal=equal, partial=partial, means=True)
        fits[level] = fit_table(model, table, found, robust=robust, missing=missing)
    indices = {level: fit_indices(fit) for level, fit in fits.items()}
    return Invariance(by, found.groups, left_out, _levels(indices), _releases(fits), fits, incomplete)


def _enough(
    model: PathModel, data: pd.DataFrame | Answers | tuple[Moments, ...], by: str, missing: Missing
) -> tuple[Answers | tuple[Moments, ...], tuple[str, ...], int]:
    """The groups that are large enough, the names of the others, and how many of the former are not used."""
    if isinstance(data, tuple):
        return data, (), 0
    answers = as_answers(data, model.items) if isinstance(data, Answers) else answers_of(data, model.items, by=(by,))
    listwise = missing == "listwise"
    sizes = group_sizes(answers, by, listwise=listwise)
    enough = sizes["enough"]
    kept, small = tuple(sizes.loc[enough, "level"]), tuple(sizes.loc[~enough, "level"])
    if len(kept) < 2:
        raise TooFewRespondents(
            f"invariance: two groups of {by!r} with more respondents than the {len(model.items)} items, and no fewer "
            f"than {answers.min_cell}, are needed; found {len(kept)} of {len(sizes)}"
        )
    frame = answers.frame
    unused = int((sizes["n"] - sizes["complete"])[enough].sum()) if listwise else 0
    return replace(answers, frame=frame[frame[by].isin(kept)].reset_index(drop=True)), small, unused


def _levels(indices: Mapping[Level, FitIndices]) -> pd.DataFrame:
    rows = []
    before: FitIndices | None = None
    for level, now in indices.items():
        test, best = now.scaled or now.plain, now.best
        row: dict[str, object] = {
            "level": level,
            "parameters": now.parameters,
            "chi_square": test.chi_square,
            "df": now.df,
            "p": test.p,
            "cfi": best.cfi,
            "tli": best.tli,
            "rmsea": best.rmsea,
            "rmsea_low": best.rmsea_low,
            "rmsea_high": best.rmsea_high,
            "srmr": now.srmr,
            "aic": now.aic,
            "bic": now.bic,
        }
        if before is None:
            row |= dict.fromkeys(("delta_chi_square", "delta_df", "delta_p", "delta_cfi", "delta_rmsea"), np.nan)
            row["holds"] = best.cfi >= LEAST_CFI
        else:
            difference = _difference(before, now)
            row |= difference | {"holds": difference["delta_cfi"] >= -LARGEST_LOSS}
        rows.append(row)
        before = now
    return pd.DataFrame(rows)


def _difference(before: FitIndices, now: FitIndices) -> dict[str, float]:
    """Of two levels; a scaled difference that is no chi², because its scaling is not above 0, is NaN."""
    from scipy.special import chdtrc

    df = now.df - before.df
    difference = now.plain.chi_square - before.plain.chi_square
    if now.scaled is not None:
        scaling = (now.df * now.scaling - before.df * before.scaling) / df
        difference = difference / scaling if scaling > 0 else np.nan
    return {
        "delta_chi_square": difference,
        "delta_df": df,
        "delta_p": float(chdtrc(df, max(difference, 0.0))) if np.isfinite(difference) else np.nan,
        "delta_cfi": now.best.cfi - before.best.cfi,
        "delta_rmsea": now.best.rmsea - before.best.rmsea,
    }


def _releases(fits: Mapping[Level, MlFit]) -> pd.DataFrame:
    """Score tests of what each level is the first to hold equal."""
    return pd.concat([_released(level, fit) for level, fit in fits.items() if level != "configural"], ignore_index=True)


def _released(level: Level, fit: MlFit) -> pd.DataFrame:
    frame, items = fit.table.frame, frozenset(fit.model.items)
    intercept, observed = frame["op"] == "~1", frame["lhs"].isin(items)
    new = {
        "metric": frame["op"] == "=~",
        "scalar": intercept & observed,
        "strict": (frame["op"] == "~~") & (frame["lhs"] == frame["rhs"]) & observed & (frame["free"] > 0),
        "means": intercept & ~observed,
    }[level]
    others = fit.groups[1:] if len(fit.groups) == 2 else fit.groups
    rows = np.flatnonzero(new & frame["group"].isin(others))
    matrices = fit.matrices
    cells = [
        Cell(int(group), int(matrices.kind[at]), int(matrices.row[at]), int(matrices.column[at]))
        for group, at in matrices.of_row[rows]
    ]
    tests = score_tests(fit, cells)
    p = tests.p
    return (
        frame.iloc[rows][["lhs", "op", "rhs", "group"]]
        .assign(level=level, statistic=tests.statistic, p=p, p_holm=holm(p), change=tests.change)
        .sort_values("statistic", ascending=False, kind="stable")[
            ["level", "lhs", "op", "rhs", "group", "statistic", "p", "p_holm", "change"]
        ]
    )
