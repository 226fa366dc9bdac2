"""A verdict: whether a model's answer may be believed, as named checks anyone can read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from cxmodels.look import numbers
from cxmodels.look.display import bundle, escape

Status = Literal["green", "amber", "red"]
WORDS: dict[Status, str] = {"green": "established", "amber": "with care", "red": "not established"}
_ORDER: tuple[Status, ...] = ("green", "amber", "red")


@dataclass(frozen=True)
class Check:
    """One named check of a fit.

    Attributes
    ----------
    name
        What was checked, in the field's words.
    found
        The value found, written for a reader.
    wanted
        The threshold, written for a reader.
    status
        ``"green"``, ``"amber"`` or ``"red"``.
    meaning
        What this says about the answer, in one sentence.
    """

    name: str
    found: str
    wanted: str
    status: Status
    meaning: str

    @classmethod
    def at_least(cls, name: str, value: float, green: float, amber: float, meaning: str, digits: int = 2) -> Check:
        """Green from `green` upwards, amber from `amber`, red below (and for NaN)."""
        status: Status = "green" if value >= green else "amber" if value >= amber else "red"
        return cls(name, _written(value, digits), f"at least {green:g}", status, meaning)

    @classmethod
    def at_most(cls, name: str, value: float, green: float, amber: float, meaning: str, digits: int = 2) -> Check:
        """Green up to `green`, amber up to `amber`, red above (and for NaN)."""
        status: Status = "green" if value <= green else "amber" if value <= amber else "red"
        return cls(name, _written(value, digits), f"at most {green:g}", status, meaning)


@dataclass(frozen=True)
class Verdict:
    """The checks of one answer and the word they add up to.

    Shown in a notebook it is a table; the page machine reads the same object to fill the summary.

    Parameters
    ----------
    answer
        The answer it judges, for example ``"Churn"``.
    checks
        At least one `Check`.
    """

    answer: str
    checks: tuple[Check, ...]

    def __post_init__(self) -> None:
        if not self.checks:
            raise ValueError(f"Verdict {self.answer!r}: at least one check is required, found none")

    @property
    def status(self) -> Status:
        """The worst status among the checks."""
        return max((check.status for check in self.checks), key=_ORDER.index)

    @property
    def word(self) -> str:
        """``"established"``, ``"with care"`` or ``"not established"``."""
        return WORDS[self.status]

    @property
    def why(self) -> str:
        """The meaning of the worst checks, or of all that hold when all do."""
        return " ".join(check.meaning for check in self.checks if check.status == self.status)

    def to_dict(self) -> dict[str, object]:
        """Plain data for `results` and the summary."""
        return {"answer": self.answer, "status": self.status, "word": self.word, "why": self.why}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, object]:
        rows = "".join(
            f"<tr><td>{escape(check.name)}</td>"
            f'<td><span class="chip {check.status}">{WORDS[check.status]}</span></td>'
            f'<td class="n">{escape(check.found)}</td><td class="n">{escape(check.wanted)}</td>'
            f"<td>{escape(check.meaning)}</td></tr>"
            for check in self.checks
        )
        html = (
            '<div class="scroll" id="verdict" tabindex="0" role="region" aria-label="Verdict"><table><thead><tr>'
            '<th>Check</th><th>Verdict</th><th class="n">Found</th><th class="n">Wanted</th><th>What it means</th>'
            f"</tr></thead><tbody>{rows}</tbody></table></div>"
        )
        text = f"{self.answer}: {self.word}. {self.why}"
        return bundle(html, text, kind="verdict", data=self.to_dict())


def _written(value: float, digits: int) -> str:
    return "unknown" if math.isnan(value) else numbers.decimal(value, digits)
