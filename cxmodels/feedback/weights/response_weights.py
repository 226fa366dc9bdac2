"""What each answer stands for: weights of respondents against those who were invited and did not answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.feedback.counts.metrics import first_asked, metric_of
from cxmodels.feedback.errors import NoInvitations, NoScores
from cxmodels.feedback.weights.calibration import Array, calibrate, levels
from cxmodels.feedback.weights.invited import HABITS, checked, invited

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot

FELT, KNOWN = "felt", "known"
SUREST = 0.15
"""The largest standard error, in log-odds for a standard deviation of what is felt, with which its slope is used."""
_BAND = 1.959963984540054
_FEWEST, _NONE = 30, -1
_MEASURES = {"companion": "other questions", "own": "own score"}


@dataclass(frozen=True, eq=False)
class ResponseWeights:
    """Weights of the answers to invitations, as known on a day.

    Attributes
    ----------
    table, weaker, stronger
        Ibis tables ``response_id`` and ``weight`` (mean 1) for ``score_counts(weights=...)``: the weights, and those at
        either end of the 95 % interval of `slope`.
    basis
        ``"felt"``: answering is allowed to depend on how respondents feel; ``"known"``: on what is known of the
        invited alone, since how it depends on feeling could not be told from these answers.
    measure
        What feeling is measured by, by survey: ``"other questions"`` or ``"own score"``, which weighs too strongly.
    slope, slope_se
        Log-odds of answering for a standard deviation more of what is felt (``"known"``: of past scores), and its
        standard error.
    invited, answered
        Invitations that were delivered, and answered.
    design_effect
        n Σw²/(Σw)² over the answers (Kish 1965).
    trimmed
        Share of answers whose weight was cut.
    rates
        Answer rates by what is known: ``variable``, ``level``, ``invited``, ``answered``, ``rate``, without levels of
        fewer than ``min_cell`` answers, and another where one alone could be computed back.
    """

    table: ir.Table
    weaker: ir.Table
    stronger: ir.Table
    basis: str
    measure: dict[str, str]
    slope: float
    slope_se: float
    invited: int
    answered: int
    design_effect: float
    trimmed: float
    rates: pd.DataFrame

    @property
    def rate(self) -> float:
        """Share of the invitations that were answered."""
        return self.answered / self.invited


def response_weights(
    snapshot: Snapshot, metric: str | None = None, *, attributes: str | Iterable[str] = ()
) -> ResponseWeights:
    """Weigh answers so that they stand for everybody who was invited.

    Who is content answers more readily, and not only as far as is known of them beforehand. So that answering may
    depend on how a customer feels when asked, it is measured in the answers by the other questions, and weights are
    sought that make respondents agree with all invited in what is known, among it the scores they gave before. All
    surveys and all time up to the snapshot are used together; the weights then serve any month.

    Parameters
    ----------
    snapshot
        A snapshot with invitations, responses and answers.
    metric
        Whose score is to be weighted. Default: nps, or where the study does not ask it the first of csat, ces and cxi.
    attributes
        Attributes of customers that answering may depend on.

    Returns
    -------
    ResponseWeights
        Answers of nobody, and answers that no invitation came before, have no weight.

    Raises
    ------
    NoInvitations
        When nobody was invited to a survey that was answered.
    NoScores
        When fewer than 30 invitations were answered.
    UnknownColumn
        When an attribute is none.
    UnknownMetric
        When the study has no such question, or asks none of the metrics.
    MissingTable
        When the study lacks invitations, responses or answers.

    Notes
    -----
    `calibrate` says how, with 1/p trimmed at 5 times the median. Known: survey, attributes, whether the customer
    answered any, none or had no invitation before. Instrument: the mean of past scores, drawn to the mean by n/(n + 1).
    Feeling is standardised within a survey; without other questions it is the score itself, whose own chance is then
    taken for feeling. Where the slope is less sure than ±.15, answering is taken to depend on what is known, past
    scores among it.
    """
    names = checked(snapshot, attributes)
    wanted = first_asked(snapshot) if metric is None else metric_of(metric)
    table = invited(snapshot, wanted, names)
    keys = ["survey", *(f"by{at}" for at in range(len(names))), "habit", "past", "scores", "companion", "own"]
    rows = table.mutate(said=table.response_id.notnull())
    counted = rows.group_by([*keys, "said"]).agg(n=rows.count()).to_pandas().astype(dict.fromkeys(_MEASURES, float))
    cells = _usable(counted, snapshot).sort_values([*keys, "said"], ignore_index=True)
    n, said = cells["n"].to_numpy(float), cells["said"].to_numpy(bool)
    least = float(snapshot.settings.privacy.min_cell)
    known = levels(cells, keys[: len(names) + 2], np.where(said, n, 0), least)
    past = _past(cells)
    felt, measure = _felt(cells)
    found, basis = calibrate(known, felt, past, n, said), FELT
    if found is None or not found.slope_se <= SUREST:
        found, felt, basis = calibrate(known, past, past, n, said), past, KNOWN
    if found is None:
        raise NoScores("response_weights: no weights make those who answered agree with those who were invited")
    ends = (found.slope + sign * _BAND * found.slope_se for sign in (-1, 1))
    others = (calibrate(known, felt, past, n, said, slope=slope) or found for slope in ends)
    chosen, weaker, stronger = (_joined(table, cells, keys, each.weights) for each in (found, *others))
    w, respondents = found.weights[said], n[said]
    return ResponseWeights(
        table=chosen,
        weaker=weaker,
        stronger=stronger,
        basis=basis,
        measure=measure,
        slope=found.slope,
        slope_se=found.slope_se,
        invited=int(n.sum()),
        answered=int(respondents.sum()),
        design_effect=float(respondents.sum() * (respondents @ w**2) / (respondents @ w) ** 2),
        trimmed=found.trimmed,
        rates=_rates(cells, dict(zip(keys, ("survey", *names, "habit"), strict=False)), least),
    )


def _usable(counted: pd.DataFrame, snapshot: Snapshot) -> pd.DataFrame:
    """Cells of the surveys that somebody answered."""
    said = counted[counted["said"]]
    kept = counted[counted["survey"].isin(said["survey"])]
    if counted.empty or kept.empty:
        raise NoInvitations(f"response_weights: no invitation had been answered by {snapshot.as_of}")
    answered, asked = int(said["n"].sum()), int(kept["n"].sum())
    if answered < _FEWEST or answered == asked:
        raise NoScores(
            f"response_weights: at least {_FEWEST} answers and an invitation without one are required, found "
            f"{answered:,} answers to {asked:,} invitations"
        )
    return kept


def _past(cells: pd.DataFrame) -> Array:
    """(cells,) mean of past scores about that of everybody with one, drawn to it where they are few; 0 without one."""
    scores, mean, n = (cells[name].to_numpy(float) for name in ("scores", "past", "n"))
    has = scores > 0
    centre = np.average(mean[has], weights=n[has]) if has.any() else 0.0
    drawn = np.where(has, (mean - centre) * scores / (scores + 1), 0.0)
    spread = np.sqrt(np.average(drawn[has] ** 2, weights=n[has])) if has.any() else 0.0
    return drawn / spread if spread > 0 else drawn


def _felt(cells: pd.DataFrame) -> tuple[Array, dict[str, str]]:
    """(cells,) what respondents feel, standardised within the survey, 0 where not known; what it is measured by."""
    felt, measure = np.zeros(len(cells)), {}
    for survey, rows in cells[cells["said"]].groupby("survey"):
        name = "companion" if rows["companion"].notna().any() else "own"
        at = rows.index[rows[name].notna()]
        measure[str(survey)] = _MEASURES[name]
        if len(at):
            value, n = rows.loc[at, name].to_numpy(float), rows.loc[at, "n"].to_numpy(float)
            centre = np.average(value, weights=n)
            spread = np.sqrt(np.average((value - centre) ** 2, weights=n))
            felt[at] = (value - centre) / spread if spread > 0 else 0.0
    return felt, measure


def _joined(table: ir.Table, cells: pd.DataFrame, keys: list[str], weights: Array) -> ir.Table:
    """``response_id`` and ``weight``, mean 1, of every answer."""
    import ibis

    said = cells["said"].to_numpy(bool)
    n = cells["n"].to_numpy(float)[said]
    given = cells.loc[said, keys].assign(weight=weights[said] * n.sum() / (n @ weights[said]))
    # NaN is a value to an engine, not told is none: both sides say -1
    codes = [*_MEASURES]
    given[codes] = given[codes].fillna(_NONE).astype("int64")
    own = ibis.memtable(given.rename(columns={name: f"cell:{name}" for name in keys}))
    rows = table.filter(table.response_id.notnull())
    rows = rows.mutate(**{name: rows[name].fill_null(_NONE) for name in codes})
    return rows.inner_join(own, [rows[name] == own[f"cell:{name}"] for name in keys]).select("response_id", "weight")


def _rates(cells: pd.DataFrame, names: dict[str, str], least: float) -> pd.DataFrame:
    found = []
    for key, name in names.items():
        level = cells[key].map(dict(enumerate(HABITS))) if name == "habit" else cells[key]
        counted = cells.assign(variable=name, level=level, answered=cells["n"] * cells["said"])
        sums = counted.groupby(["variable", "level"], as_index=False)[["n", "answered"]].sum()
        found.append(_without_few(sums, least))
    rates = pd.concat(found, ignore_index=True).rename(columns={"n": "invited"})
    return rates.assign(rate=rates["answered"] / rates["invited"])


def _without_few(levels: pd.DataFrame, least: float) -> pd.DataFrame:
    """The levels but those of few answers, which together are not few either: the sum of all levels is known."""
    by_size = levels.sort_values("answered", kind="stable")
    few = int((by_size["answered"] < least).sum())
    while few and few < len(by_size) and (few < 2 or by_size["answered"].iloc[:few].sum() < least):
        few += 1
    return by_size.iloc[few:].sort_index()
