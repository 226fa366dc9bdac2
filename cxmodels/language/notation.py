"""Numbers, money, months and days as another language writes them, found in what was written in English."""

from __future__ import annotations

import re
from functools import cached_property

_THIN = "\u202f"
_SIGN = "[+\u2212±]?\u2060?"
_BARE = r"\d[\d\u202f]*(?:\.\d+)?"
_MONEY = re.compile(rf"({_SIGN})([€$£¥]|\b[A-Z]{{3}}){_THIN}({_SIGN}{_BARE})(?:{_THIN}([kMG])\b)?")
_DECIMAL = re.compile(r"(?<![\w.,/])(\d[\d\u202f]*)\.(\d+)(?![\w/]|\.\d)|(?<![\w.,/])\.(\d+)(?![\w/]|\.\d)")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?![\w,])")
_PERCENT = re.compile(r"(?<=\d)%")
_TO = re.compile(r"(?<=[\d%kMG€$£¥]) to (?=[+\u2212]?\u2060?[\d€$£¥.])")


class Notation:
    """How a language writes what English writes as ``€ 24.5 k``, ``P = .98`` and ``30 September 2026``.

    Parameters
    ----------
    language
        Other than English, such as ``"fr"``.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: str) -> str:
        """The text with its numbers and dates in the notation of the language; words stay as they are."""
        text = _MONEY.sub(self._money, text)
        text = _GROUPED.sub(lambda found: found[0].replace(",", _THIN), text)
        text = _DECIMAL.sub(lambda found: f"{found[1] or 0}{self._point}{found[2] or found[3]}", text)
        text = _TO.sub(" à ", text)
        text = _PERCENT.sub(f"{_THIN}%", text)
        return self._dates.sub(self._date, text)

    def _money(self, found: re.Match[str]) -> str:
        sign, currency, number, size = found.groups()
        unit = (
            f"{'Md' if size == 'G' else size or ''}{currency}"
            if len(currency) == 1
            else f"{size or ''}{_THIN}{currency}".strip()
        )
        return f"{sign.strip(chr(0x2060))}{number}{_THIN}{unit}"

    def _date(self, found: re.Match[str]) -> str:
        day, month, year = found["day"], found["month"], found["year"]
        name = self._names[month]
        first = f"{'1er' if day == '1' else day}\u00a0" if day else ""
        return f"{first}{name}{found['gap'] + year if year else ''}"

    @cached_property
    def _point(self) -> str:
        return str(_locale(self.language).number_symbols["latn"]["decimal"])

    @cached_property
    def _names(self) -> dict[str, str]:
        """Name of each month, whole and short, by its English name."""
        named: dict[str, str] = {}
        for width in ("abbreviated", "wide"):
            ours, theirs = (_locale(one).months["format"][width] for one in ("en", self.language))
            named |= {ours[number]: theirs[number] for number in ours}
        return named

    @cached_property
    def _dates(self) -> re.Pattern[str]:
        # "May" and "Mar" are more than months: a day, a year or nothing else has to stand beside them
        sure = sorted((name for name in self._names if name not in ("May", "Mar", "Jan", "Dec")), key=len, reverse=True)
        names = "|".join(map(re.escape, sure))
        unsure = r"May|Mar|Jan|Dec"
        dated = rf"(?P<month>(?:{names})\b|(?:{unsure})\b(?=\s\d{{4}}\b)|(?<=\d )(?:{unsure})\b|\A(?:{unsure})\Z)"
        return re.compile(rf"\b(?:(?P<day>\d{{1,2}})\s)?{dated}(?:(?P<gap>\s)(?P<year>\d{{4}})\b)?")


def _locale(language: str):  # type: ignore[no-untyped-def]
    from babel import Locale

    return Locale.parse(language)
