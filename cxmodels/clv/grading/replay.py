"""Which purchase model to use: each as it would have been fitted on an earlier day, graded on what came since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.clv.counts.from_frame import counted
from cxmodels.clv.counts.held_out import held_out
from cxmodels.clv.counts.purchases import PurchaseCounts, purchase_counts
from cxmodels.clv.counts.spend import counted_spend
from cxmodels.clv.errors import ClvError, InvalidValue
from cxmodels.clv.fits.fit import PurchaseFit
from cxmodels.clv.fits.purchases import fit_purchases
from cxmodels.clv.fits.spend import fit_spend
from cxmodels.clv.grading.grade import DRAWS, SEED, SIZE, Grade, grade
from cxmodels.clv.grading.prediction import Array
from cxmodels.clv.grading.scoring import nearest_of, point_errors
from cxmodels.clv.grading.spending import SpendGrade, grade_spend
from cxmodels.clv.models.named import purchase_model
from cxmodels.study.months import months_before

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

MODELS = ("bg_nbd", "mbg_nbd", "pareto_nbd")
"""Four parameters each, so that none is simpler than another; the first is used where nothing can be held out."""
NAIVE, AVERAGE = "naive", "average"
MOST_CUSTOMERS = 50_000
"""Where more were customers, so many of them are drawn: errors are then known to a hundredth of themselves or so."""
_LONGEST, _SHORTEST = 12, 28


@dataclass(frozen=True, eq=False)
class Replay:
    """Purchase models of an earlier day beside what came, and beside what needs no model.

    Attributes
    ----------
    table
        Tidy: ``kind`` (``"naive"``, ``"average"``, then the models); ``model``, as pages call it;
        ``total, total_error, mae, rmse, correlation`` as in `point_errors`; ``score``, the mean continuous ranked
        probability score (of one number: its mean absolute error); of models also ``difference`` from the best one's
        score, the ``se`` of it, ``as_good`` and ``used``; ``why_not`` where a model could not be fitted (every number
        NaN).
    grades
        Kind → what each model said and what came.
    chosen
        The kind of model to use.
    asked_for
        Whether it was asked for, rather than chosen for what it told.
    made_on, as_of
        The day whose knowledge they were fitted to, and the one they looked ahead to.
    customers, came
        How many had bought by then and are graded, and their purchases since.
    all_customers
        How many there were; more than `customers` where these were drawn from them.
    spent
        What they spent since, beside what the model to use and the Gamma-Gamma model say; None where no payments were
        known.
    """

    table: pd.DataFrame
    grades: Mapping[str, Grade]
    chosen: str
    made_on: date
    as_of: date
    customers: int
    came: int
    all_customers: int
    spent: SpendGrade | None = None
    asked_for: bool = False

    @property
    def used(self) -> Grade:
        """The grade of the model to use."""
        return self.grades[self.chosen]

    @property
    def as_good(self) -> tuple[str, ...]:
        """The models that are not really worse than the best one either, without the one used."""
        near = self.table.set_index("kind").loc[[*self.grades], "as_good"].astype(bool)
        return tuple(str(kind) for kind in near.index[near] if kind != self.chosen)

    @property
    def beside_naive(self) -> float:
        """Mean absolute error of the model used over that of the naive line; below 1 it is better."""
        mae = self.table.set_index("kind")["mae"]
        return float(mae[self.chosen] / mae[NAIVE]) if mae[NAIVE] > 0 else float("nan")

    @property
    def why(self) -> str:
        """Which model is used and why, in a sentence."""
        rows = self.table.set_index("kind")
        used, best = rows.loc[self.chosen], rows.loc[rows.loc[[*self.grades], "score"].idxmin()]
        if self.asked_for:
            said = f"{used['model']} is used because it was asked for"
            return f"{said}." if used["as_good"] else f"{said}; {best['model']} told what came really better."
        if len(self.grades) == 1:
            return f"{used['model']} is used: no other model was graded."
        if not self.as_good:
            return f"{used['model']} is used: it told what came really better than any other."
        others = " or ".join(str(rows.loc[kind, "model"]) for kind in self.as_good)
        return (
            f"{used['model']} is used: customer by customer chance cannot tell it from {others}, and its total came "
            "nearest."
        )


def hold_out_day(first: date, as_of: date) -> date:
    """The day from which to hold out: half of the history before `as_of`, and at most twelve months of it.

    Of 18 months from 1 January 1997 to 30 June 1998 it is 30 September 1997, as in the papers on CDNOW.
    """
    half = -(-(as_of - first).days // 2)
    return max(as_of - timedelta(days=half), months_before(as_of, _LONGEST))


def replay(
    snapshot: Snapshot,
    counts: PurchaseCounts | None = None,
    *,
    models: tuple[str, ...] = MODELS,
    use: str = "",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Replay | None:
    """Fit every model to what was known half of the history ago, at most a year, and grade it on what came.

    Parameters
    ----------
    snapshot
        The study as known on a day, with orders.
    counts
        Its purchase counts, if they are at hand: they say when the history begins.
    models
        Names.
    use
        The model to use, graded beside the others; empty: the one to be chosen.
    draws, seed
        Of every grade; see `grade`.

    Returns
    -------
    Replay or None
        None where there are no orders, the history is shorter than eight weeks, or fewer had bought twice by then
        than a group must have to be told of: the first of `models` is then used untested.

    Raises
    ------
    InvalidValue
        When there is no model of a name.
    """
    if "orders" not in snapshot.tables:
        return None
    known = purchase_counts(snapshot) if counts is None else counts
    if not len(known.frame):
        return None
    longest = float(known.in_unit("days").frame["T"].max())
    made_on = hold_out_day(snapshot.as_of - timedelta(days=round(longest)), snapshot.as_of)
    if (snapshot.as_of - made_on).days < _SHORTEST:
        return None
    known_then = held_out(snapshot, made_on)
    if known_then.frame.loc[known_then.frame["frequency"] > 0, "n"].sum() < known.min_cell:
        return None
    return compare(
        known_then.frame,
        made_on,
        snapshot.as_of,
        models=models,
        use=use,
        draws=draws,
        seed=seed,
        currency=known_then.currency,
    )


def compare(
    frame: pd.DataFrame,
    made_on: date,
    as_of: date,
    *,
    models: tuple[str, ...] = MODELS,
    use: str = "",
    draws: int = DRAWS,
    seed: int = SEED,
    currency: str = "",
) -> Replay | None:
    """Grade models on customers who were followed from one day to another.

    Parameters
    ----------
    frame
        ``frequency, recency, T`` (days) as of `made_on`, ``purchases`` since, ``n`` customers; for money ``payments``
        and ``total`` as of `made_on` and ``spent`` since; from `held_out`.
    made_on, as_of
        The days.
    models, use, draws, seed
        As for `replay`.
    currency
        What money is in.

    Notes
    -----
    The model to use is, of those whose continuous ranked probability score is not really worse than the best one's, the
    one whose total came nearest (see `nearest_of`). The naive line takes each customer to go on at the rate so far,
    x·t/T, and the average one takes all to buy at the rate of all (Wübben & Wangenheim 2008, J. Marketing 72, find such
    rules hard to beat).
    """
    ahead = float((as_of - made_on).days)
    by = ["frequency", "recency", "T", "purchases"]
    known = counted(frame.groupby(by[:3], as_index=False)["n"].sum(), n="n")
    drawn = _drawn(frame, seed)
    cells = drawn.groupby(by, as_index=False)["n"].sum()
    grades: dict[str, Grade] = {}
    refused: dict[str, str] = {}
    for name in dict.fromkeys((*models, *filter(None, (use,)))):
        try:
            fit = fit_purchases(known, name, size=SIZE)
        except InvalidValue:
            raise
        except ClvError as problem:
            refused[name] = str(problem)
        else:
            grades[name] = grade(fit, cells, made_on, as_of, draws=draws, seed=seed)
    if not grades:
        return None
    n, came = cells["n"].to_numpy(float), cells["purchases"].to_numpy(float)
    without = {"naive": ("Naive, x·t/T", _naive(cells, ahead)), "average": ("All alike", _average(cells, ahead))}
    table = pd.DataFrame(
        [{"kind": kind, "model": name, **point_errors(told, came, n)} for kind, (name, told) in without.items()]
        + [
            {"kind": name, "model": purchase_model(name).title}
            | (grades[name].errors if name in grades else {"why_not": refused[name]})
            for name in (*grades, *refused)
        ]
    )
    totals_off = {name: each.errors["total_error"] for name, each in grades.items()}
    scored = nearest_of(pd.DataFrame({name: each.scores for name, each in grades.items()}), n, totals_off)
    if use in grades:
        scored["used"] = scored.index == use
    table = table.merge(scored, how="left", left_on="kind", right_index=True)
    table["score"] = table["score"].where(~table["kind"].isin(without), table["mae"])
    table = table.assign(used=table["used"].eq(True), why_not=table["why_not"].fillna("") if "why_not" in table else "")
    chosen = str(scored.index[scored["used"]][0])
    return Replay(
        table=table,
        grades=grades,
        chosen=chosen,
        made_on=made_on,
        as_of=as_of,
        customers=int(n.sum()),
        came=int(n @ came),
        all_customers=known.customers,
        asked_for=use in grades,
        spent=_spent(grades[chosen].fit, frame, drawn, ahead, draws, seed, currency),
    )


def _spent(
    fit: PurchaseFit, frame: pd.DataFrame, drawn: pd.DataFrame, ahead: float, draws: int, seed: int, currency: str
) -> SpendGrade | None:
    """The grade of the money; the spend model is fitted to the payments of all."""
    if not {"payments", "total", "spent"} <= {*frame.columns}:
        return None
    try:
        spend = fit_spend(replace(counted_spend(frame, n="n"), currency=currency))
    except ClvError:
        return None
    return grade_spend(fit, spend, drawn, ahead, draws=draws, seed=seed)


def _naive(cells: pd.DataFrame, ahead: float) -> Array:
    so_far = cells["T"].to_numpy(float)
    return cells["frequency"].to_numpy(float) * ahead / np.where(so_far > 0, so_far, np.inf)


def _average(cells: pd.DataFrame, ahead: float) -> Array:
    n = cells["n"].to_numpy(float)
    so_far = n @ cells["T"].to_numpy(float)
    return np.full(len(cells), n @ cells["frequency"].to_numpy(float) * ahead / so_far if so_far > 0 else 0.0)


def _drawn(cells: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The cells with at most so many customers, drawn without putting back."""
    n = cells["n"].to_numpy(np.int64)
    if n.sum() <= MOST_CUSTOMERS:
        return cells
    chosen = np.random.default_rng(seed).choice(n.sum(), MOST_CUSTOMERS, replace=False)
    kept = np.bincount(np.searchsorted(n.cumsum(), chosen, side="right"), minlength=len(n))
    return cells.assign(n=kept)[kept > 0].reset_index(drop=True)
