"""How numbers are written for readers: one way for every page. Narrow no-break spaces group and join."""

from __future__ import annotations

import math

from cxmodels.estimate import Change, Estimate

_SPACE = "\u202f"
_MINUS = "\u2212"
_JOINED = "\u2060"
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF"}


def _sign(text: str) -> str:
    return text.replace("-", _MINUS)


def count(value: float) -> str:
    """A whole number with grouped thousands: ``5 012``."""
    return _sign(f"{value:,.0f}".replace(",", _SPACE))


def share(value: float, digits: int = 1, percent: bool = True) -> str:
    """A share as percent: ``17.8 %``, or the bare number where the unit stands nearby.

    A part is never rounded to nothing or to all: it gets further digits, ``99.97 %``, up to four.
    """
    text = f"{100 * value:.{digits}f}"
    while 0 < value < 1 and float(text) in (0, 100) and digits < 4:
        digits += 1
        text = f"{100 * value:.{digits}f}"
    return _sign(text) + (f"{_SPACE}%" if percent else "")


def decimal(value: float, digits: int = 1) -> str:
    """A number with a fixed count of decimals: ``6.4``."""
    # z: what rounds to nought has no sign
    return _sign(f"{value:z,.{digits}f}".replace(",", _SPACE))


def money(value: float, currency: str, like: float | None = None) -> str:
    """An amount in the size a manager says it: ``€ 4.31 M``, ``€ 61.0 k``, ``−€ 12``.

    With `like`, the bare number in the size that amount is said in: ``4.12`` beside ``€ 4.31 M``.
    """
    model = abs(value if like is None else like)
    size, letter = next(((s, letter) for s, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if model >= s), (1, ""))
    digits = 0 if size == 1 else 2 if model / size < 10 else 1
    bare = _sign(f"{value / size:z,.{digits}f}".replace(",", _SPACE))
    if like is not None:
        return bare
    sign = _MINUS + _JOINED if bare.startswith(_MINUS) else ""
    amount = f"{_SYMBOLS.get(currency, currency)}{_SPACE}{bare.removeprefix(_MINUS)}"
    return sign + amount + (f"{_SPACE}{letter}" if letter else "")


def value(number: float, unit: str, bare: bool = False, like: float | None = None) -> str:
    """A number in its unit: shares as percent, counts whole, months to a tenth, currency codes as money.

    Effects, ratios and indices have no unit, and two decimals; scores from 0 to 100 have one.

    Bare, the unit stands nearby and is not repeated; an amount is then said in the size of `like`.
    """
    if math.isnan(number):
        return "–"
    if unit == "share":
        return share(number, percent=not bare)
    if unit in ("effect", "ratio", "index", "score"):
        return decimal(number, 1 if unit == "score" else 2)
    if unit in ("customers", "rows", "answers", "contracts", "orders", "purchases", "segments"):
        return count(number)
    if len(unit) == 3 and unit.isupper():
        return money(number, unit, like if bare else None)
    return decimal(number) if bare else f"{decimal(number)}{_SPACE}{unit}"


def signed(number: float, unit: str) -> str:
    """A difference in its unit with its sign, which no line break parts from it: ``+6.5 %``, ``−€ 14.2 k``."""
    size = value(abs(number), unit)
    if math.isnan(number) or not number:
        return size
    return ("+" if number > 0 else _MINUS) + ("" if size[0].isdigit() else _JOINED) + size


def interval(estimate: Estimate) -> str:
    """The interval of an estimate, without repeating the unit: ``16.9 – 18.7``; empty for a counted number.

    Where one side is not known, the other: ``≥ 16.9``.
    """
    if estimate.low == estimate.high:
        return ""
    low, high = (value(side, estimate.unit, True, estimate.value) for side in (estimate.low, estimate.high))
    if math.isnan(estimate.low) and math.isnan(estimate.high):
        return ""
    if math.isnan(estimate.high):
        return f"≥\u00a0{low}"
    if math.isnan(estimate.low):
        return f"≤\u00a0{high}"
    return f"{low} – {high}"


def told(change: Change) -> str:
    """A change in a few words: ``real fall, P = .98`` or ``within noise, sees ± 1.2``."""
    if math.isnan(change.visible):
        return "doubt not known"
    if change.real:
        direction = "rise" if change.difference.value > 0 else "fall"
        sure = "> .99" if change.probability > 0.995 else f"= {change.probability:.2f}".replace("0.", ".")
        return f"real {direction}, P {sure}"
    return f"within noise, sees ±\u00a0{value(change.visible, change.difference.unit, bare=True)}"


def in_words(change: Change) -> str:
    """A change in a sentence's end: ``a real fall (P = .98)`` or ``within noise; a move of 1.2 would have shown``."""
    said = told(change)
    if math.isnan(change.visible):
        return f"{said}, so no move can be told from noise"
    if change.real:
        direction, sure = said.split(", ")
        return f"a {direction} ({sure})"
    unit = change.difference.unit
    points = " points" if unit == "share" else ""
    return f"within noise; a move of {value(change.visible, unit, bare=True)}{points} would have shown"
