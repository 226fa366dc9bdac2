"""What is known of each stay: columns of the contract, attributes of the customer, histories that change with time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.histories import split
from cxmodels.churn.counts.leakage import KEYS, OUTCOMES, grows_with_tenure
from cxmodels.churn.counts.levels import UNKNOWN
from cxmodels.churn.counts.placed import stays_of
from cxmodels.churn.errors import InvalidValue, UnknownCovariate

if TYPE_CHECKING:
    import ibis.expr.types as ir

MOST_MISSING = 0.05
"""A number may be missing for at most this share of the stays; the median of the others then stands in for it."""
_PLACED = {"started", "joined", "until", "stay_ended", "outcome", "cause", "customer"}
_DATED = ("_recorded_on", "_on")


@dataclass(frozen=True)
class Attributed:
    """Stays with their covariates as the study has them.

    Attributes
    ----------
    table
        The stays, the covariates not yet text or number.
    names
        The covariates.
    numeric
        Those that are numbers: of a floating or a decimal type.
    recorded
        Covariate → column of `table` with the day on which its value was recorded, where the study says it.
    """

    table: ir.Table
    names: tuple[str, ...]
    numeric: tuple[str, ...]
    recorded: dict[str, str]


def with_covariates(
    snapshot: Any,
    covariates: Iterable[str],
    time_varying: Iterable[str] = (),
    inactivity_days: int | None = None,
) -> ir.Table:
    """Stays with every covariate as text or number, in parts where one changes with time.

    Parameters
    ----------
    snapshot
        The study as known on a day.
    covariates, time_varying
        As for `episodes`.
    inactivity_days
        As for `leaving`.

    Returns
    -------
    ibis Table
        `stays_of` with the covariates; ``final`` says whether a row is the last of its contract.

    Raises
    ------
    UnknownCovariate
        When a covariate is in no table.
    InvalidValue
        When a number is infinite, or missing for more than 5 % of the stays.
    """
    return split(snapshot, typed(attributed(snapshot, tuple(covariates), inactivity_days)), tuple(time_varying))


def as_counted(snapshot: Any, known: Episodes) -> ir.Table:
    """`with_covariates` by the same covariates and the same rule of leaving as `known` was counted, maybe elsewhen."""
    static = tuple(name for name in known.covariates if name not in known.time_varying)
    return with_covariates(snapshot, static, known.time_varying, known.inactivity_days)


def attributed(snapshot: Any, covariates: tuple[str, ...], inactivity_days: int | None = None) -> Attributed:
    """Find every covariate among the columns of contracts (or first orders) and the attributes of customers."""
    table = stays_of(snapshot, inactivity_days)
    columns = list(table.columns)
    attributes = [name for name in covariates if name not in columns or name in _PLACED]
    recorded: dict[str, str] = {}
    if attributes:
        if "customers" not in snapshot.tables:
            raise UnknownCovariate(_unknown(attributes[0], columns))
        customers = snapshot.numbered("customers")
        for name in attributes:
            if name not in customers.columns or name in _PLACED:
                raise UnknownCovariate(_unknown(name, [*columns, *customers.columns]))
            for dated in (name + ending for ending in _DATED):
                if dated in customers.columns and customers[dated].type().is_temporal():
                    recorded[name] = f"recorded:{dated}"
        dates = {column: customers[column.removeprefix("recorded:")].cast("date") for column in recorded.values()}
        people = customers.select("customer", *attributes, **dates)
        table = table.left_join(people, "customer").select(*columns, *attributes, *dates)
    numeric = tuple(name for name in covariates if is_measured(table, name))
    return Attributed(table, covariates, numeric, recorded)


def typed(found: Attributed) -> ir.Table:
    """The stays with categories as text, ``"unknown"`` where missing, and numbers, the median where missing."""
    import ibis

    table = found.table
    text = {name: table[name].cast("string").fill_null(UNKNOWN) for name in found.names if name not in found.numeric}
    numbers = {name: number(table, name) for name in found.numeric}
    if numbers:
        asked: dict[str, Any] = {"rows": table.count()}
        for i, value in enumerate(numbers.values()):
            asked |= {f"missing_{i}": value.isnull().sum(), f"median_{i}": value.median()}
            asked[f"infinite_{i}"] = value.isinf().sum()
        seen = table.aggregate(**asked).execute().iloc[0].fillna(0)
        for i, (name, value) in enumerate(numbers.items()):
            _refuse_gaps(name, int(seen["rows"]), int(seen[f"missing_{i}"]), int(seen[f"infinite_{i}"]))
            if seen[f"missing_{i}"]:
                numbers[name] = value.fill_null(float(seen[f"median_{i}"]))
    return table.mutate(**text, **numbers, final=ibis.literal(True))


def number(table: ir.Table, name: str) -> ir.Value:
    """A column as a number, null where it is missing."""
    import ibis

    value = table[name].cast("float64")
    return ibis.ifelse(value.isnan(), ibis.null("float64"), value)


def is_measured(table: ir.Table, name: str) -> bool:
    """Whether a column enters a model as a number: codes and counts are whole numbers and stay levels."""
    kind = table[name].type()
    return bool(kind.is_floating() or kind.is_decimal())


def _refuse_gaps(name: str, rows: int, missing: int, infinite: int) -> None:
    if infinite:
        raise InvalidValue(
            f"churn covariate {name!r} is infinite in {infinite:,} of {rows:,} stays; a finite number is required: "
            "mend it in the study's SQL"
        )
    if missing > MOST_MISSING * rows:
        raise InvalidValue(
            f"churn covariate {name!r} is missing in {missing:,} of {rows:,} stays ({missing / rows:.0%}), at most "
            f"{MOST_MISSING:.0%} are allowed to be filled with the median; cut it into bands in the study's SQL, where "
            "a missing one is a level of its own"
        )


def _unknown(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    refused = KEYS | _PLACED | OUTCOMES.keys()
    usable = sorted({column for column in known if column not in refused and not grows_with_tenure(column)})
    there = f"; there are: {', '.join(usable)}"
    return f"churn covariate {name!r} is no column of contracts and no attribute of customers{hint}{there}"
