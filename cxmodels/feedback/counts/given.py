"""Score counts from plain numbers: a published table, a frame, another system."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxmodels.feedback.counts.metrics import Metric, metric_of
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.errors import InvalidCounts, NoScores, UnknownColumn
from cxmodels.study.errors import nearest

_TYPICAL = {-1: 0.0, 0: 7.0, 1: 10.0}


def given_counts(detractors: int, passives: int, promoters: int) -> ScoreCounts:
    """Counts of the recommendation question from how many were against, neither and for, each answer of a customer.

    The scores themselves are not known; 0, 7 and 10 stand for them.

    Raises
    ------
    InvalidCounts
        When a number is negative or not whole.
    NoScores
        When all are 0.
    """
    given = {-1: detractors, 0: passives, 1: promoters}
    frame = pd.DataFrame({"score": [_TYPICAL[mark] for mark in given], "n": list(given.values())})
    return counts_of(frame, "nps")


def counts_of(
    frame: pd.DataFrame,
    metric: str,
    *,
    by: str | tuple[str, ...] = (),
    weight: str | None = None,
    scale: tuple[float, float] | None = None,
) -> ScoreCounts:
    """Counts from a table of scores.

    Parameters
    ----------
    frame
        ``score``; ``n``, how many gave it (default 1); for cxi also ``item``. An answer is one customer's.
    metric
        ``"nps"``, ``"csat"``, ``"ces"`` or ``"cxi"``.
    by
        Columns to part the answers by.
    weight
        Column of the weight of one such answer. Default: 1.
    scale
        Lowest and highest score. Default: nps 0 to 10, csat and cxi 1 to 5, ces 1 to 7.

    Raises
    ------
    UnknownColumn
        When a column is not there.
    InvalidCounts
        When a score is off the scale, a number negative, missing or not whole, or a weight negative.
    NoScores
        When there is no answer.

    Notes
    -----
    Who answered which questions of cxi is not known to such a table. All are taken as asked of the same people, whose
    answers go the same way: the interval is then as wide as it can be.
    """
    wanted = metric_of(metric)
    low, high = scale or wanted.scale
    names = (by,) if isinstance(by, str) else tuple(by)
    rows = _rows(frame, wanted, names, weight, low, high)
    keys = [*names, "item", "score", "mark"]
    rows["total"] = rows["weight"] * rows["n"]
    cells = rows.groupby(keys, as_index=False)[["n", "total"]].sum().rename(columns={"total": "weight"})
    cells.insert(len(keys) + 1, "customers", cells["n"])
    return ScoreCounts(cells, _totals(rows, names), metric, low, high, by=names, weighted=weight is not None)


def _rows(
    frame: pd.DataFrame, metric: Metric, names: tuple[str, ...], weight: str | None, low: float, high: float
) -> pd.DataFrame:
    several = ("item",) if len(metric.of) > 1 else ()
    for name in ("score", *several, *names, *([weight] if weight else [])):
        if name not in frame:
            raise UnknownColumn(
                f"counts_of: {name!r} is no column of the table{nearest(name, map(str, frame.columns))}; there are: "
                f"{', '.join(map(str, frame.columns))}"
            )
    rows = frame[[*names, "score"]].astype({"score": float})
    rows["item"] = frame["item"] if several else metric.name
    rows["n"] = frame.get("n", 1)
    rows["weight"] = frame[weight].astype(float) if weight else 1.0
    n = rows["n"].to_numpy(float)
    if not (np.isfinite(n) & (n >= 0) & (n == np.floor(n))).all():
        raise InvalidCounts(f"counts_of: n must be whole numbers of 0 or more, found {rows['n'].tolist()[:10]}")
    if not (np.isfinite(rows["weight"]) & (rows["weight"] >= 0)).all():
        raise InvalidCounts("counts_of: weights must be finite and 0 or more")
    if not rows["score"].between(low, high).all():
        off = rows.loc[~rows["score"].between(low, high), "score"].iloc[0]
        raise InvalidCounts(f"counts_of: scores for {metric.name} lie from {low:g} to {high:g}, found {off:g}")
    rows = rows[(rows["n"] > 0) & (rows["weight"] > 0)].astype({"n": "int64"})
    if rows.empty:
        raise NoScores("counts_of: the table holds no answer")
    return rows.assign(mark=metric.marks(rows["score"], low, high))


def _totals(rows: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    questions = rows["item"].nunique()
    w, n = rows["weight"], rows["n"] / questions
    sums = {
        "n": rows["n"], "responses": n, "customers": n, "weight": n * w, "weight_squares": n * w**2,
        "marks": n * w * rows["mark"], "marks_squares": n * (w * rows["mark"]) ** 2,
        "marks_weights": n * w**2 * rows["mark"],
    }  # fmt: skip
    table = rows[list(names)].assign(**sums)
    found = table.groupby(list(names), as_index=False).sum() if names else table.sum().to_frame().T
    people = found[["responses", "customers"]].round()
    return found.assign(**people).astype(dict.fromkeys(["n", "responses", "customers"], "int64"))
