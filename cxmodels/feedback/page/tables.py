"""The tables of the page of feedback: scores, groups, themes, quotes, the call list in totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.counts.metrics import METRICS
from cxmodels.feedback.drivers.labels import label
from cxmodels.feedback.loop.call_list import EVERY_REASON
from cxmodels.feedback.loop.follow_up import EVERYONE
from cxmodels.feedback.page.words import name_of, plain
from cxmodels.look import numbers

if TYPE_CHECKING:
    from cxmodels.feedback.drivers.driver_weights import DriverWeights
    from cxmodels.feedback.loop.call_list import CallList
    from cxmodels.feedback.loop.follow_up import FollowUp
    from cxmodels.feedback.loop.leaving import LeavingEffect
    from cxmodels.feedback.page.heard import Heard
    from cxmodels.feedback.page.where import Where
    from cxmodels.feedback.verbatims.themes import Themes
    from cxmodels.feedback.weights.response_weights import ResponseWeights

MOST_THEMES = 8
"""Of a language, those written of by most."""
_LANGUAGES = {"fr": "French", "en": "English"}


def score_rows(heard: Heard) -> pd.DataFrame:
    """Every score: this month's, that of twelve months, without weights, and how many answered."""
    return _told_columns(
        [
            {
                "score": name_of(score),
                "this month": score.month,
                "twelve months": score.year,
                "without weights": score.raw if score.weighted else None,
                "answers, this month": None if score.month is None else score.month.n,
                "answers, twelve months": score.year.n,
            }
            for score in heard.scores
        ]
    )


def group_rows(where: Where, kind: str) -> pd.DataFrame:
    """The lowest and the highest group of each attribute, pooled, and how surely they are that."""
    rows = []
    for one in where.told(kind):
        told = one.table.dropna(subset="worst")
        if len(told) < 2:
            continue
        low, high = told.loc[told["worst"].idxmax()], told.loc[told["best"].idxmax()]
        rows.append(
            {
                "by": plain(one.by),
                "lowest": str(low[one.by]),
                "its score": _pooled(low, one.unit),
                "P(lowest)": _probability(low["worst"]),
                "highest": str(high[one.by]),
                "score of the highest": _pooled(high, one.unit),
                "groups": len(told),
            }
        )
    return _cells(rows)


def theme_rows(themes: Themes, currency: str, most: int = MOST_THEMES) -> pd.DataFrame:
    """The themes most write of in each language, with who writes, how they score, and what is at stake."""
    net = bool(themes.metric) and METRICS[themes.metric].net
    unit = "points" if net else "share"
    rows = []
    for row in themes.table.groupby("language", sort=False).head(most).itertuples():
        rows.append(
            {
                "theme": row.theme if row.stable else f"{row.theme} *",
                "language": _LANGUAGES[row.language],
                "share of those who wrote": Estimate(row.share, row.low, row.high, "share", int(row.customers)),
                "score": _told(row.score, row.score_low, row.score_high, unit, row.scored),
                "value of them": _counted(row.value, currency, row.customers),
                "value of the unhappy among them": _counted(row.value_at_stake, currency, row.customers),
            }
        )
    return _told_columns(rows)


def rising_rows(found: pd.DataFrame) -> pd.DataFrame:
    """Themes that more write of than before, the surest first; those that rose with a probability of .8 or more."""
    risen = found[found["probability"] >= 0.8]
    return _cells(
        [
            {
                "theme": row.theme if row.stable else f"{row.theme} *",
                "language": _LANGUAGES[row.language],
                "share now": Estimate(row.share, row.low, row.high, "share", int(row.customers)),
                "share before": _counted(row.share_before, "share", row.customers_before),
                "P(rose)": _probability(row.probability),
            }
            for row in risen.itertuples()
        ]
    )


def quoted(quotes: pd.DataFrame, themes: Themes, most: int = MOST_THEMES) -> list[str]:
    """A line a theme with what was written of it, masked; the themes of `theme_rows`."""
    shown = themes.table.groupby("language", sort=False).head(most)
    told = set(zip(shown["language"], shown["theme"], strict=True))
    return [
        f"<b>{theme}</b>: {' · '.join(f'<q>{_unmarked(quote)}</q>' for quote in part['quote'])}"
        for (language, theme), part in quotes.groupby(["language", "theme"], sort=False)
        if (language, theme) in told
    ]


def rate_rows(weights: ResponseWeights) -> pd.DataFrame:
    """Shares of invitations that were answered, by what is known of the invited."""
    return _cells(
        [
            {
                "by": plain(row.variable),
                "level": plain(str(row.level)),
                "invited": int(row.invited),
                "answered": int(row.answered),
                "share": Estimate.exact(float(row.rate), "share", int(row.invited)),
            }
            for row in weights.rates.itertuples()
        ]
    )


def driver_rows(drivers: DriverWeights) -> pd.DataFrame:
    """Drivers as a statistician reads them: correlation, LMG and Johnson's weight, and how surely each is the first."""
    n = drivers.responses
    return _cells(
        [
            {
                "driver": label(row.driver),
                "correlation": numbers.decimal(row.correlation, 2),
                "LMG": _told(row.lmg, min(row.lmg_low, row.lmg), max(row.lmg_high, row.lmg), "share", n),
                "relative weight": _told(
                    row.weight, min(row.weight_low, row.weight), max(row.weight_high, row.weight), "share", n
                ),
                "P(first)": _probability(row.first),
            }
            for row in drivers.table.itertuples()
        ]
    )


def call_rows(calls: CallList, currency: str) -> pd.DataFrame:
    """Who is on the call list, in totals."""
    rows = []
    for row in calls.totals.itertuples(index=False):
        said: dict[str, Any] = {"why": row.why, "customers": _count(row.customers)}
        if "money_at_risk" in calls.totals:
            said["money at risk"] = _counted(row.money_at_risk, currency, row.customers)
        rows.append(said)
    return _cells(rows)


def left_out_rows(calls: CallList) -> pd.DataFrame:
    """Who is not on the call list, and why; reasons that hold for nobody are left out."""
    found = calls.left_out
    found = found[found["customers"].isna() | (found["customers"] > 0)]
    words = {EVERY_REASON: "Total"}
    return _cells(
        [
            {"left out because": words.get(row.reason, row.reason), "customers": _or_hidden(row.customers)}
            for row in found.itertuples()
        ]
    )


def follow_up_rows(found: FollowUp) -> pd.DataFrame:
    """How many answers of detractors were followed up, and after how many days half were reached and closed."""
    words = {"opened": "Follow-up opened", "contacted": "Customer reached"}
    rows = [
        {
            "what": words[row.what] + (" at all" if pd.isna(row.within_days) else f" within {row.within_days} days"),
            "share or days": row.share,
            "of": row.share.n,
        }
        for row in found.shares.itertuples()
    ]
    steps = {"contact": "Days until half are reached", "close": "Days until half are closed"}
    rows += [
        {
            "what": steps[row.step] if row.team == EVERYONE else f"{steps[row.step]}, {row.team}",
            "share or days": row.median,
            "of": row.n,
        }
        for row in found.times.itertuples()
    ]
    return _cells(rows)


def state_rows(effect: LeavingEffect) -> pd.DataFrame:
    """Customers, months and departures of detractors before and after a contact."""
    rows = [
        {
            "state": row.state,
            "customers": _count(row.customers),
            "months": None if pd.isna(row.months) else numbers.count(row.months),
            "departures": _count(row.departures),
        }
        for row in effect.states.itertuples()
    ]
    return _cells(rows)


def _cells(rows: list[dict[str, Any]]) -> pd.DataFrame:
    # whole numbers stay whole beside what is missing
    table = pd.DataFrame(rows, dtype=object)
    return table.where(table.notna(), None)


def _told_columns(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Without columns of which nothing is known."""
    table = _cells(rows)
    return table.drop(columns=[name for name in table.columns if table[name].isna().all()])


def _pooled(row: pd.Series, unit: str) -> Estimate:
    return Estimate(float(row["value"]), float(row["low"]), float(row["high"]), unit, int(row["n"]))


def _told(value: float, low: float, high: float, unit: str, n: float) -> Estimate | None:
    return None if pd.isna(value) else Estimate(float(value), float(low), float(high), unit, int(n))


def _counted(value: Any, unit: str, n: Any) -> Estimate | None:
    return None if pd.isna(value) or pd.isna(n) else Estimate.exact(float(value), unit, int(n))


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _or_hidden(value: Any) -> int | str:
    """A number of customers, where it may be told."""
    return "not told" if pd.isna(value) else int(value)


def _unmarked(quote: str) -> str:
    """What a customer wrote, without what would be a mark on the page."""
    return quote.replace("<", "‹").replace(">", "›")


def _probability(value: float) -> str:
    return "> .99" if value > 0.995 else "< .01" if value < 0.005 else f"{value:.2f}".removeprefix("0")
