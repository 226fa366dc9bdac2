"""Columns as they come, turned into the types of the contract; equal on every engine.

Engines differ in what text they take for a number or a date, so the form of a text is decided here by a pattern and
the engine's own cast only ever sees text of that form.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from cxmodels.study.terms import ColumnType

_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_DAY = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_MOMENT = rf"^{_DAY}([ T]{_TIME}Z?)?$"
_NOT_FINITE = {"nan": "nan", "inf": "inf", "+inf": "inf", "infinity": "inf", "-inf": "-inf", "-infinity": "-inf"}
_YES = ("true", "t", "yes", "y", "1", "oui")
_NO = ("false", "f", "no", "n", "0", "non")


def filled(value: ir.Value) -> ir.BooleanValue:
    """Whether there is a value: not null and, for text, not blank."""
    if value.type().is_string():
        return value.re_search(r"\S").fill_null(False)
    return value.notnull()


def stripped(value: ir.StringValue) -> ir.StringValue:
    """The text without blanks around it; Ibis' own ``strip`` also takes the letters v and f away on Spark."""
    return value.re_replace(r"^\s+|\s+$", "")


def as_type(value: ir.Value, wanted: ColumnType) -> ir.Value:
    """`value` as the contract wants it; null where it cannot be read as that.

    Numbers are written with a point, dates as 2026-09-30, timestamps as 2026-09-30 18:05:00 (or with a T, or without
    the time), yes and no as true/false, yes/no, oui/non or 1/0. Blank text is null.

    Parameters
    ----------
    value
        A column of any type.
    wanted
        A type of the contract.
    """
    found = value.type()
    if found.is_string():
        return _from_text(value, wanted)
    if wanted == "string":
        return value.cast("string")
    if wanted == "float64" and (found.is_numeric()):
        return value if found.is_float64() else value.cast("float64")
    if wanted == "date" and (found.is_date() or found.is_timestamp()):
        return value if found.is_date() else value.date()
    if wanted == "timestamp" and (found.is_date() or found.is_timestamp()):
        return value if found.is_timestamp() else value.cast("timestamp")
    if wanted == "boolean":
        return value if found.is_boolean() else _from_text(value.cast("string"), wanted)
    return _from_text(value.cast("string"), wanted)


def _from_text(value: ir.StringValue, wanted: ColumnType) -> ir.Value:
    if wanted == "string":
        # Nearly every text starts with more than a blank; only the others are worth trimming.
        return ibis.cases((value >= "!", value), (filled(value), value), else_=ibis.null("string"))
    text = stripped(value)
    if wanted == "float64":
        special = ibis.cases(
            *((text.lower() == word, ibis.literal(float(number))) for word, number in _NOT_FINITE.items()),
            else_=ibis.null("float64"),
        )
        return text.re_search(_NUMBER).ifelse(text, ibis.null("string")).try_cast("float64").coalesce(special)
    if wanted == "boolean":
        lower = text.lower()
        return ibis.cases((lower.isin(_YES), True), (lower.isin(_NO), False), else_=ibis.null("boolean"))
    moment = text.re_search(_MOMENT).ifelse(text, ibis.null("string"))
    if wanted == "date":
        return moment.substr(0, 10).try_cast("date")
    return moment.replace("T", " ").replace("Z", "").try_cast("timestamp")
