"""Attributes whose values, whatever the column is called, point to one person."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from cxmodels.study.casting import stripped

FEW = 3
"""So many values that look like an address or a number of a person are an accident; more are what the column holds."""
FEWEST_ROWS = 50
"""Below so many rows, a column of distinct values says nothing."""
NEARLY_UNIQUE = 0.95
"""Share of distinct values from which a column names the row it stands in."""

# Read by DuckDB (RE2) and by Spark (Java) alike.
_LOOKS = {
    "e-mail addresses": r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$",
    "phone numbers": r"^(\+|00)[1-9][0-9 .()-]{7,18}$|^0[1-9]([ .-]?[0-9]{2}){4}$",
    "IBANs": r"^[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?([A-Z0-9]{4} ?){2,7}[A-Z0-9]{0,4}$",
}


def personal_values(table: ir.Table, attributes: tuple[str, ...]) -> dict[str, str]:
    """Attributes that must not pass, with the reason.

    A text that holds e-mail addresses, phone numbers or IBANs in more than a few rows, and a text or whole number
    that is different in nearly every row, whatever type the whole numbers have. One query for all attributes.
    """
    asked: dict[str, ir.Value] = {}
    for name in attributes:
        value = table[name]
        if value.type().is_string():
            for look, pattern in _LOOKS.items():
                asked[f"{name}:{look}"] = stripped(value).re_search(pattern).fill_null(False).sum()
        if value.type().is_string() or value.type().is_integer() or value.type().is_floating():
            asked[f"{name}:distinct"] = value.nunique()
            asked[f"{name}:there"] = value.count()
        if value.type().is_floating():
            # An account number read from a text file is such a number; a measured one has decimals.
            # An engine that floors to a whole number stops at an infinite one; whoever uses the column refuses that.
            finite = ibis.ifelse(value.isinf(), ibis.null(value.type()), value)
            asked[f"{name}:measured"] = (finite != finite.floor()).sum()
    if not asked:
        return {}
    found = {key: int(count or 0) for key, count in table.aggregate(**asked).to_pyarrow().to_pylist()[0].items()}
    reasons: dict[str, str] = {}
    for name in attributes:
        looks_like = next((look for look in _LOOKS if found.get(f"{name}:{look}", 0) > FEW), None)
        there = found.get(f"{name}:there", 0)
        if looks_like:
            reasons[name] = f"holds {looks_like}"
        elif found.get(f"{name}:measured"):
            continue
        elif there >= FEWEST_ROWS and found[f"{name}:distinct"] >= NEARLY_UNIQUE * there:
            reasons[name] = "nearly every row has another value"
    return reasons
