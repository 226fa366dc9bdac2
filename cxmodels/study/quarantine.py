"""The rows set aside, one line a reason, with nothing that could name a person."""

from __future__ import annotations

import sys

import ibis
import ibis.expr.types as ir

from cxmodels.study.casting import stripped
from cxmodels.study.checks import RAW
from cxmodels.study.engine import held
from cxmodels.study.privacy import pseudonyms
from cxmodels.study.sieve import Finding, Sieve
from cxmodels.study.terms import Column, TableContract

COLUMNS = {"table": "string", "row": "string", "column": "string", "value": "string", "reason": "string"}
HIDDEN = "(not shown)"
_LONGEST = 24


def set_aside(sieve: Sieve, findings: tuple[Finding, ...], secret: bytes) -> ir.Table:
    """Lines ``table, row, column, value, reason`` of one table.

    Parameters
    ----------
    sieve
        The table's checks.
    findings
        The reasons that were found in it.
    secret
        Key of the pseudonyms.

    Notes
    -----
    ``row`` is the key of the row, its parts joined by " / "; a part that could name a person is its pseudonym, a part
    that is missing is "?". ``value`` is a number, a date or a word of a known list as it stands; any other text only
    by its form ("99/99/9999", "aaaa"); what the contract calls personal never.
    """
    rows, names = sieve.flagged, []
    # Held by the engine: each reason reads the few bad rows, not the table again.
    rows = held(rows.filter(ibis.or_(*(rows[finding.flag] for finding in findings))))
    for place, name in enumerate(sieve.contract.key):
        names.append(f"row:{place}")
        text = rows[name].cast("string")
        rows = rows.mutate(**{names[-1]: text})
        if sieve.contract.column(name).personal:
            rows = pseudonyms(rows.rename({"id:row": names[-1]}), "id:row", names[-1], secret).drop("id:row")
    row = rows[names[0]].fill_null("?")
    for name in names[1:]:
        row = row + " / " + rows[name].fill_null("?")
    # Held again, so that the lines below repeat neither the checks nor the pseudonyms in the query.
    rows = held(rows.mutate(**{"row:": row}).drop(*names))
    lines = [
        rows.filter(rows[finding.flag]).select(
            table=ibis.literal(sieve.contract.name),
            row=ibis._["row:"],
            column=ibis.literal(finding.column),
            value=_shown(rows, sieve.contract, finding),
            reason=ibis.literal(finding.reason),
        )
        for finding in findings
    ]
    return ibis.union(*lines) if len(lines) > 1 else lines[0]


def _shown(rows: ir.Table, contract: TableContract, finding: Finding) -> ir.StringValue:
    column: Column = contract.column(finding.column)
    if finding.reason == "missing":
        return ibis.null("string")
    if column.personal:
        return ibis.literal(HIDDEN)
    if finding.reason == "wrong_type":
        return _form(rows[RAW + finding.column].cast("string"))
    value = rows[finding.column]
    if column.type == "float64":
        return ibis.cases(
            (value.cast("string").lower() == "nan", "NaN"),
            (value > sys.float_info.max, "infinity"),
            (value < -sys.float_info.max, "-infinity"),
            else_=value.cast("string"),
        )
    if column.type != "string":
        return value.cast("string")
    text = stripped(value)
    word = text.re_search(r"^[A-Za-z_][A-Za-z0-9_ -]{0,23}$")
    return word.ifelse(text, _form(text))


def _form(text: ir.StringValue) -> ir.StringValue:
    """Digits as 9 and letters as a: enough to see a comma for a point or a date the other way round."""
    short = stripped(text).substr(0, _LONGEST)
    return short.re_replace(r"[0-9]", "9").re_replace(r"[^0-9\s.,;:/+()_-]", "a")
