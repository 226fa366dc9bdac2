"""The first page of a month: what its notebooks found, what moved, who is concerned, whether to believe it.

It computes nothing: every number and every word of judgement is one a notebook of the month has said.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.look import dates, escape, numbers
from cxmodels.report.errors import WrongUse
from cxmodels.report.month import Month, Page, read_month
from cxmodels.report.page import Card, Shown, cards, columns, headline, note, points
from cxmodels.report.tables import chip, link, table
from cxmodels.report.worth import Action, as_table, by_worth

CARDS_SHOWN = 5
GROUPS_SHOWN = 6
ACTIONS_SHOWN = 3
DATA = "data_quality.html"
"""The page about the data, told last."""
RISK = "churn.rate_12m"
"""The figure whose groups say who is most at risk: ``churn.rate_12m.plan.Monthly``."""


@dataclass(frozen=True)
class Summary:
    """What a month says as a whole; each method is one part of the page.

    Attributes
    ----------
    month
        The pages of the month without the summary itself, the most telling first, the data last.
    left_out
        Title and reason of each page the month has not although it was asked for.
    not_good_for
        What the study says its data are not good for; may be empty.
    """

    month: Month
    left_out: tuple[tuple[str, str], ...] = ()
    not_good_for: str = ""

    def headline(self) -> Shown:
        """The finding of the first page with a real move (of the first page where none has), and of the last one."""
        telling = [page for page in self.month.pages if page.headline]
        if not telling:
            return headline("No page of this month has a finding", "Nothing was computed; see what is missing below.")
        first = next((page for page in telling if any(card.mood != "grey" for card in page.cards)), telling[0])
        rest = [page for page in telling if page is not first]
        sentences = [
            *_sentences(first.lead)[: 3 - min(1, len(rest))],
            *(_sentences(page.lead)[0] for page in rest[-1:]),
        ]
        return headline(str(first.headline), " ".join(sentences))

    def cards(self) -> Shown:
        """The first key figures of every page; of the data, where there is room, only how much could be used."""
        return cards(self._chosen) if self._chosen else note("No page of this month has a key figure.")

    def findings(self) -> Shown:
        """What to do and who is most at risk, beside what moved and what this month cannot tell."""
        right = [("What moved, and why", self.moved()), ("What this month cannot tell", self.untold())]
        left = [("Actions worth most", self.actions())] if self._actions else []
        left += [("Who is most at risk", self.at_risk())] if self._groups else []
        return columns(_stacked(left), _stacked(right)) if left else columns(*right)

    def actions(self) -> Shown:
        """The actions worth most of all pages, with money, its interval and how surely they pay."""
        if not self._actions:
            return note("No page of this month says what an action would be worth.")
        best = [action for action in by_worth(self._actions)[:ACTIONS_SHOWN] if action.worth.value > 0]
        if not best:
            return note("No action that a page of this month looked into is expected to pay.")
        return as_table((action, self._actions[action].href) for action in best)

    def at_risk(self) -> Shown:
        """The groups with the highest churn forecast, from what the churn page recorded."""
        found = self._groups
        if not found:
            return note("No page of this month has recorded a forecast by group.")
        rows = [
            {"group": _group(row["name"]), "leave_within_12_months": _estimate(row), "customers": row["n"]}
            for _, row in found[:GROUPS_SHOWN]
        ]
        left = f" {len(found) - GROUPS_SHOWN} more groups lie lower." if len(found) > GROUPS_SHOWN else ""
        shown = table(
            pd.DataFrame(rows), hint=f"A customer is in several groups.{left}",
            bars="leave_within_12_months",
        )  # fmt: skip
        more = f"<p>{link('Evidence and intervals of every group', found[0][0].href)}</p>"
        return Shown(f"{shown.html}{more}", shown.text)

    def moved(self) -> Shown:
        """Real moves and what moved them, then which of the figures shown above are within noise."""
        compared = [(card, card.change, card.before) for page in self.month.pages for card in page.cards]
        shown = {id(card) for card in self._chosen}
        moves, quiet, unshown = [], [], 0
        for card, change, before in compared:
            if change is None or before is None:
                continue
            if not change.real and id(card) not in shown:
                unshown += 1
                continue
            unit, difference = card.estimate.unit, change.difference
            earlier = f"{numbers.value(before[1].value, unit)} in {dates.month(before[0], year=False)}"
            if math.isnan(change.visible):
                quiet.append(f"<b>{card.title}</b>: {earlier}; {numbers.in_words(change)}.")
            elif change.real:
                verb = "rose" if difference.value > 0 else "fell"
                sure = "> .99" if change.probability > 0.995 else f"= {change.probability:.2f}".replace("0.", ".")
                now = numbers.value(card.estimate.value, unit)
                moves.append(f"<b>{card.title}</b> {verb} to {now} from {earlier} (P {sure}). {card.why}".strip())
            else:
                seen = numbers.value(change.visible, unit, bare=unit == "share")
                points_ = " points" if unit == "share" else ""
                quiet.append(
                    f"<b>{card.title}</b>: within noise, {earlier}; a move of {seen}{points_} would have shown."
                )
        if not moves and not quiet:
            return points(["No earlier month to compare with."])
        if unshown:
            quiet.append(f"{numbers.count(unshown)} further key figures of the pages are within noise.")
        return points([*(moves or ["No key figure has moved beyond noise."]), *quiet])

    def untold(self) -> Shown:
        """Pages left out and what they lack, answers to take with care, and what the data are not good for."""
        lines = [f"<b>{title}</b> is left out: {reason}." for title, reason in self.left_out]
        for page in self.month.pages:
            lines += [
                f"<b>{said['answer']}</b>, {said['word']}: {_first(said['why'])}"
                for said in page.verdicts
                if said["status"] != "green"
            ]
        if self.not_good_for:
            lines.append(f"<b>Not from these data:</b> {self.not_good_for}")
        return points(lines or ["Every planned page is here and every answer is established."])

    def beliefs(self) -> Shown:
        """The verdict of every answer with the link to its checks."""
        rows = [
            {
                "answer": link(said["answer"], f"{page.href}#verdict"),
                "verdict": chip(said["word"], said["status"]),
                "why": _briefly(said),
            }
            for page in self.month.pages
            for said in page.verdicts
        ]
        rows += [
            {"answer": title, "verdict": chip("left out", "grey"), "why": f"{reason[:1].upper()}{reason[1:]}."}
            for title, reason in self.left_out
        ]
        return (
            table(pd.DataFrame(rows, columns=["answer", "verdict", "why"]))
            if rows
            else note("No page of this month has a verdict.")
        )

    @cached_property
    def _chosen(self) -> list[Card]:
        """Key figures for the first screen, in the order of their pages."""
        answers = [page.cards for page in self.month.pages if page.href != DATA]
        data = [card for page in self.month.pages if page.href == DATA for card in page.cards]
        in_turn = [card for row in zip_longest(*answers) for card in row if card is not None]
        chosen = [*in_turn, *data[: 1 if in_turn else None]][:CARDS_SHOWN]
        order = [id(card) for page in self.month.pages for card in page.cards]
        return sorted(chosen, key=lambda card: order.index(id(card)))

    @property
    def _believed(self) -> list[Page]:
        """The pages whose finding is not refuted by its own checks."""
        return [page for page in self.month.pages if page.status != "red"]

    @property
    def _actions(self) -> dict[Action, Page]:
        """What may be done, and the page that says so; nothing of a page not to be believed."""
        return {action: page for page in self._believed for action in page.actions}

    @property
    def _groups(self) -> list[tuple[Page, Any]]:
        """Page and figure of every group's churn forecast, the highest first; none of a page not to be believed."""
        found = [
            (page, row)
            for page in self._believed
            for row in page.results
            if row["name"].startswith(f"{RISK}.") and row["value"] is not None
        ]
        return sorted(found, key=lambda one: (-one[1]["value"], one[1]["name"]))


def summarise(study: str, month: str = "", pages: str = "") -> Summary:
    """Gather what the notebooks of a month said.

    Parameters
    ----------
    study
        The study folder.
    month
        ``"2026-09"``; empty: the last month published.
    pages
        The folder of the month; empty: where the study publishes.

    Raises
    ------
    WrongUse
        When that month has not been published; the message says which are.
    """
    from cxmodels.study.config import load_settings
    from cxmodels.study.study import project_root

    settings = load_settings(study)
    reports = project_root(settings.folder) / settings.report.folder
    folder = Path(pages) if pages else _published(reports, month, study)
    found = [page for page in read_month(folder).pages if page.href != "summary.html"]
    made = _manifest(folder)
    left_out = tuple(
        (entry["title"], entry["reason"])
        for entry in made.get("left_out", ())
        if entry.get("lacks") or entry.get("withdrawn")
    )
    ordered = sorted(found, key=lambda page: page.href == DATA)
    return Summary(Month(tuple(ordered)), left_out, settings.study.not_good_for)


def _published(reports: Path, month: str, study: str) -> Path:
    known = sorted(path.name for path in reports.glob("????-??") if path.is_dir())
    if month in known or (known and not month):
        return reports / (month or known[-1])
    told = ", ".join(known) or "none"
    raise WrongUse(
        f"{reports}: the summary reads a published month; published are {told}, found {month or 'no month'}. "
        f"Publish it first: cxmodels report {study}" + (f" --month {month}" if month else "")
    )


def _manifest(folder: Path) -> dict[str, Any]:
    file = folder / "manifest.json"
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _sentences(lead: str | None) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[<A-Z0-9])", lead or "")


def _first(why: str) -> str:
    """The first of the reasons; the others stand in full below it."""
    told = _sentences(why)
    return why if len(told) < 3 else f"{told[0]} {len(told) - 1} more reasons below."


def _briefly(said: Any) -> str:
    """Why, in full where something does not hold, else the first two of the checks that do."""
    told = _sentences(said["why"])
    return (
        str(said["why"])
        if said["status"] != "green" or len(told) < 4
        else f"{' '.join(told[:2])} {len(told) - 2} more hold."
    )


def _stacked(parts: list[tuple[str, Shown]]) -> tuple[str, Shown]:
    """Titled parts as one: the first title names it, the others stand within."""
    (title, first), *rest = parts
    html = "".join(f"<h2>{escape(words)}</h2>{shown.html}" for words, shown in rest)
    return title, Shown(f"{first.html}{html}", "\n".join([first.text, *(f"{t}\n{shown.text}" for t, shown in rest)]))


def _group(name: str) -> str:
    covariate, _, level = name.removeprefix(f"{RISK}.").partition(".")
    words = covariate.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]}: {level}"


def _estimate(row: Any) -> Estimate:
    low, high = (row["value"] if row[side] is None else row[side] for side in ("low", "high"))
    return Estimate(row["value"], low, high, row["unit"], row["n"])
