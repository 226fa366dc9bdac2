"""What a study knows of its customers' behaviour: who stays, who buys again, or what respondents say they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cxmodels.loyalty.customers.behaviour import Kind, Scale
from cxmodels.loyalty.effects.told import in_words
from cxmodels.loyalty.errors import InvalidAnswers

if TYPE_CHECKING:
    import ibis.expr.types as ir

STAY, PURCHASES = "stay", "purchases_"
_BUYING = ("fewer than half of them will make", "more than half of them will make")
_STAYING = ("likelier to leave than half of them", "less likely to leave than half of them")


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Behaviour that is set beside an attitude.

    Attributes
    ----------
    noun, low, high
        What it is, and in words how the lower and the upper half of customers stand beside each other: the classes are
        parted at the median, which says nothing of how much of it there is.
    scale, kind, level
        As for `classes_of`.
    table, column
        One row a customer: ``customer`` (pseudonym), `column` and its limits; None where it is a construct.
    construct
        The construct whose items say what the respondent does; empty where there is a table.
    """

    noun: str
    low: str
    high: str
    scale: Scale
    kind: Kind
    level: float
    table: ir.Table | None = None
    column: str = ""
    construct: str = ""


def chance_to_stay(leaving: ir.Table, column: str = "churn_12m") -> Behaviour:
    """One less the chance of leaving.

    Parameters
    ----------
    leaving
        One row a customer: ``customer`` (pseudonym) and `column`, with its limits where they are known.
    column
        The chance of leaving.

    Raises
    ------
    InvalidAnswers
        When there is no such column.
    """
    if column not in leaving.columns:
        raise InvalidAnswers(f"chance_to_stay: the table lacks {column!r}; it has: {', '.join(leaving.columns)}")
    limits = {
        f"{STAY}_{side}": 1 - leaving[f"{column}_{other}"]
        for side, other in (("low", "high"), ("high", "low"))
        if f"{column}_{other}" in leaving.columns
    }
    table = leaving.select("customer", **{STAY: 1 - leaving[column]}, **limits)
    return Behaviour("chance to stay", *_STAYING, "logit", "predicted", 0.95, table, STAY)


def coming_purchases(scores: ir.Table) -> Behaviour:
    """Purchases to expect, with the limits that hold 90 % of what may come.

    Parameters
    ----------
    scores
        One row a customer: ``customer`` (pseudonym) and ``purchases_36m``, or of as many months, with its limits.

    Raises
    ------
    InvalidAnswers
        When there is no such column.

    Notes
    -----
    Not the chance to be a customer still: it is 1 for who bought once and never came back (Fader, Hardie & Lee 2005).
    """
    named = [name for name in scores.columns if name.startswith(PURCHASES) and name.endswith("m")]
    if not named:
        raise InvalidAnswers(
            f"coming_purchases: the table lacks a column of purchases; it has: {', '.join(scores.columns)}"
        )
    months = named[0].removeprefix(PURCHASES).removesuffix("m")
    noun = f"purchases of the next {months} months"
    return Behaviour(noun, *_BUYING, "log", "predicted", 0.9, scores, named[0])


def stated_behaviour(construct: str) -> Behaviour:
    """What respondents say of their own behaviour."""
    return Behaviour(
        f"stated {in_words(construct)}", "lower half", "upper half", "identity", "measured", 0.95, construct=construct
    )
