"""What a notebook shows on its page: the headline, key figures, notes; and what it leaves for the summary."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cxmodels.estimate import Change, Estimate
from cxmodels.look import bundle, dates, escape, numbers, prose
from cxmodels.report.sparkline import sparkline

if TYPE_CHECKING:
    import pandas as pd

    from cxmodels.verdict import Verdict


@dataclass(frozen=True)
class Shown:
    """Something a cell shows: HTML for the reader (none for what only the machine reads), words, data."""

    html: str | None
    text: str
    kind: str | None = None
    data: object = None

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        return bundle(self.html, self.text, self.kind, self.data)


def headline(title: str, lead: str, verdict: Verdict | None = None) -> Shown:
    """The page's first line, the finding, and what a reader should know if nothing else is read.

    Parameters
    ----------
    title
        The finding in one sentence. With a red verdict it is announced as not established.
    lead
        At most three sentences with the numbers; ``<b>`` and ``<i>`` are the only marks.
    verdict
        Whether the finding may be believed.
    """
    if verdict is not None and verdict.status == "red":
        title = f"Not established: {title}"
    html = f'<h2>{escape(title)}</h2><p class="lead">{prose(lead)}</p>'
    data = {"title": title, "lead": lead, "status": verdict.status if verdict else None}
    return Shown(html, f"{title}\n{re.sub('</?[bi]>', '', lead)}", "headline", data)


def note(text: str) -> Shown:
    """A remark that stands out: a limit, a warning. ``<b>`` and ``<i>`` are the only marks."""
    return Shown(f'<p class="note">{prose(text)}</p>', re.sub("</?[bi]>", "", text))


def sentence(text: str) -> Shown:
    """A plain remark. ``<b>`` and ``<i>`` are the only marks."""
    return Shown(f"<p>{prose(text)}</p>", re.sub("</?[bi]>", "", text))


def points(sentences: Iterable[str]) -> Shown:
    """A list of short sentences. ``<b>``, ``<i>`` and ``<q>`` (what somebody wrote) are the only marks."""
    kept = list(sentences)
    items = "".join(f"<li>{prose(line)}</li>" for line in kept)
    text = "\n".join(kept).replace("<q>", "“").replace("</q>", "”")
    return Shown(f'<ul class="plain">{items}</ul>', re.sub("</?[bi]>", "", text))


def columns(left: tuple[str, Shown], right: tuple[str, Shown]) -> Shown:
    """Two titled parts side by side on a wide page, one after the other on a narrow one."""
    html = "".join(f"<section><h2>{escape(title)}</h2>{shown.html or ''}</section>" for title, shown in (left, right))
    return Shown(
        f'<div class="two">{html}</div>', "\n".join(f"{title}\n{shown.text}" for title, shown in (left, right))
    )


@dataclass(frozen=True, eq=False)
class Card:
    """A key figure with its doubt, the month before and how it came here.

    Attributes
    ----------
    title
        What it is, in a few words.
    estimate
        This month's figure.
    history
        Months in order, the last one this month: columns ``month`` (``"2026-09"``), ``value``, ``low``, ``high``.
        None where none is kept, as of a counted number.
    better
        Which way is good news; None where neither is.
    why
        What moved it since the month before, in a sentence; empty where nobody knows.
    """

    title: str
    estimate: Estimate
    history: pd.DataFrame | None = None
    better: Literal["higher", "lower"] | None = None
    why: str = ""

    @property
    def change(self) -> Change | None:
        """What moved since the month before; None where there is none to compare with."""
        before = self.before
        return None if before is None else self.estimate.change_from(before[1])

    @property
    def before(self) -> tuple[str, Estimate] | None:
        """The last month before this one that has a figure."""
        rows = _history_rows(self.history)[:-1]
        if not rows:
            return None
        month, value, low, high = rows[-1]
        low, high = (math.nan if side is None else side for side in (low, high))
        return month, Estimate(value, low, high, self.estimate.unit, self.estimate.n)

    @property
    def mood(self) -> Literal["green", "red", "grey"]:
        """Green for a real move to the better, red for one to the worse, grey for anything else."""
        change = self.change
        if change is None or not change.real or self.better is None:
            return "grey"
        return "green" if (change.difference.value > 0) == (self.better == "higher") else "red"

    def html(self) -> str:
        """The card as one item of a list."""
        unit, parts = self.estimate.unit, [numbers.interval(self.estimate)]
        if self.before is not None:
            month, earlier = self.before
            parts.append(
                f"{dates.month(month, year=False)} {numbers.value(earlier.value, unit, True, self.estimate.value)}"
            )
        drawn = sparkline(_history_rows(self.history), self.title, unit, worse=self.mood == "red")
        told = "" if self.history is None else "no earlier month"
        told = told if self.change is None else numbers.told(self.change)
        chip = f'<span class="chip {self.mood}">{escape(told)}</span>' if told else ""
        return (
            f'<li><p class="name">{escape(self.title)}</p>'
            f'<p class="value">{escape(numbers.value(self.estimate.value, unit))}</p>'
            f'<p class="range">{escape(" · ".join(part for part in parts if part))}</p>{drawn}{chip}</li>'
        )

    def to_dict(self) -> dict[str, object]:
        """Plain data from which `from_dict` makes the card again."""
        return {
            "title": self.title,
            "better": self.better,
            **_figure(self.estimate),
            "history": [list(row) for row in _history_rows(self.history)],
            "why": self.why,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Card:
        """The card that `to_dict` wrote down."""
        import pandas as pd

        nan = {key: math.nan if data[key] is None else data[key] for key in ("value", "low", "high")}
        estimate = Estimate(**nan, unit=data["unit"], n=data["n"])  # type: ignore[arg-type]
        history = pd.DataFrame(data["history"], columns=["month", "value", "low", "high"]) if data["history"] else None
        return cls(str(data["title"]), estimate, history, data["better"], str(data["why"]))  # type: ignore[arg-type]


def cards(items: Iterable[Card]) -> Shown:
    """Key figures side by side."""
    kept = list(items)
    html = f'<ul class="cards">{"".join(card.html() for card in kept)}</ul>'
    words = (f"{card.title}: {numbers.value(card.estimate.value, card.estimate.unit)}" for card in kept)
    return Shown(html, "\n".join(words), "cards", [card.to_dict() for card in kept])


def record(estimates: Mapping[str, Estimate], history: Mapping[str, pd.DataFrame] | None = None) -> Shown:
    """Leave figures for `results.json` and the summary; nothing of it shows on the page.

    Parameters
    ----------
    estimates
        By name, for example ``"churn.rate_12m"``: the room, then what it is, then what splits it.
    history
        For some of these names, months in order, the last one this month: columns ``month``, ``value``,
        ``low``, ``high``.

    Raises
    ------
    ValueError
        When a name is not of that form, or `history` names a figure that is not recorded.
    """
    past = history or {}
    for name in estimates:
        if not _NAME.fullmatch(name):
            raise ValueError(f"record: a name is a room and what it is, like 'churn.rate_12m'; found {name!r}")
    if unknown := sorted(set(past) - set(estimates)):
        raise ValueError(f"record: history is kept for recorded figures only ({', '.join(estimates)}); found {unknown}")
    rows = []
    for name, estimate in sorted(estimates.items()):
        row: dict[str, object] = {"name": name, **_figure(estimate)}
        if name in past:
            row["history"] = [list(line) for line in _history_rows(past[name])]
        rows.append(row)
    return Shown(None, f"{len(rows)} figures recorded", "results", rows)


_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[^.\s\x00-\x1f](?:[^\x00-\x1f]*[^.\s\x00-\x1f])?)+")


def _figure(estimate: Estimate) -> dict[str, object]:
    return {
        "value": _round(estimate.value),
        "low": _round(estimate.low),
        "high": _round(estimate.high),
        "unit": estimate.unit,
        "n": int(estimate.n),
    }


def _round(value: float) -> float | None:
    """Ten significant digits, so that the last bits of a sum do not change a file; None for what is not a number."""
    return float(f"{value:.10g}") if math.isfinite(value) else None


def _history_rows(history: pd.DataFrame | None) -> list[tuple[str, float, float | None, float | None]]:
    """Months that have a figure: month, value, low, high."""
    if history is None:
        return []
    rows = []
    for month, *sides in history[["month", "value", "low", "high"]].itertuples(index=False, name=None):
        value, low, high = (_round(float(side)) for side in sides)
        if value is not None:
            rows.append((str(month), value, low, high))
    return rows
