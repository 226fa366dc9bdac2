"""Everybody's segment, worked out by the engine from a model that is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.segments.errors import UnknownColumn
from cxmodels.segments.features.features import transformed
from cxmodels.segments.features.from_study import features_for
from cxmodels.segments.features.relation import MONTH
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.segments.clusters.model import SegmentModel
    from cxmodels.segments.features.features import Features
    from cxmodels.study.snapshot import Snapshot


@dataclass(frozen=True, eq=False)
class Assignment:
    """Who is in which segment on a day.

    Attributes
    ----------
    table
        An Ibis table, one row a customer: ``number``, that of `Snapshot.pseudonyms`; ``segment``, its number;
        ``certainty``, the probability that it belongs there.
    sizes
        One row a segment of the model: ``segment``, ``name``, ``customers``, ``share`` and the mean ``certainty``.
    model
        Which segments.
    as_of
        The day.
    customers
        How many rows `table` has.
    min_cell
        The fewest customers that may be told of.
    """

    table: ir.Table
    sizes: pd.DataFrame
    model: SegmentModel
    as_of: date
    customers: int
    min_cell: int = 1

    @property
    def since(self) -> date:
        """The first day whose orders, contacts and answers count."""
        return self.as_of - timedelta(days=round(self.model.window_months * MONTH) - 1)

    def shown(self, hidden: tuple[str, ...] = ()) -> pd.DataFrame:
        """`sizes` without the numbers of small segments, nor of those that would give them away.

        `hidden` names segments whose size must stay hidden, such as `Migration.hidden`.
        """
        must = np.append(self.sizes["name"].isin(hidden), False)
        away = hidden_cells(self.sizes["customers"], self.min_cell, hidden=must)[:-1]
        numbers = ["customers", "share", "certainty"]
        return self.sizes.assign(**{name: self.sizes[name].astype(float).mask(away) for name in numbers})


def assigned(model: SegmentModel, features: Features) -> Assignment:
    """Give every customer the segment whose centre is nearest.

    Parameters
    ----------
    model
        Of this or an earlier day.
    features
        With the features of the model, and the same window.

    Raises
    ------
    UnknownColumn
        When a feature of the model is not there; `customer_features` takes the names that must be.
    """
    from cxmodels.study.engine import held

    table = held(_nearest(model, _scaled(model, features)))
    found = (
        table.group_by("segment").agg(customers=table.count(), certainty=table.certainty.mean().round(9)).to_pandas()
    )
    sizes = pd.DataFrame({"segment": list(model.names), "name": list(model.names.values())})
    sizes = sizes.merge(found, how="left", on="segment").fillna({"customers": 0}).astype({"customers": "int64"})
    sizes.insert(3, "share", sizes["customers"] / max(features.customers, 1))
    return Assignment(table, sizes, model, features.as_of, features.customers, features.min_cell)


def assigned_on(snapshot: Snapshot, model: SegmentModel) -> Assignment:
    """`assigned` with the features that the model needs, as known on the day of a snapshot."""
    return assigned(model, features_for(snapshot, model.inputs, model.window_months))


def memberships(model: SegmentModel, features: Features) -> ir.Table:
    """The probability of each customer to belong to each segment.

    Returns
    -------
    ibis Table
        ``number``, ``segment`` (its number) and ``probability``, one row a customer and segment; they add up to 1 for
        each customer.

    Raises
    ------
    UnknownColumn
        As for `assigned`.
    """
    import ibis

    table = _with_odds(_scaled(model, features), model)
    total = _total(table, model)
    parts = [
        table.select("number", segment=ibis.literal(number, type="int64"), probability=table[_odds(number)] / total)
        for number in model.names
    ]
    return ibis.union(*parts)


def _scaled(model: SegmentModel, features: Features) -> ir.Table:
    """``number`` and the features as the model scales them."""
    if missing := [name for name in model.inputs if name not in features.names]:
        raise UnknownColumn(
            f"assigned: the model of {model.fitted_on} needs {', '.join(missing)}; "
            f"on {features.as_of} there are: {', '.join(features.names)}"
        )
    table = features.table
    scaled = {
        one.name: ((transformed(table[one.name], one.transform) - one.mean) / one.sd).fill_null(0.0)
        for one in model.features
    }
    return table.select("number", **scaled)


def _nearest(model: SegmentModel, table: ir.Table) -> ir.Table:
    """``number, segment, certainty``."""
    import ibis

    # |x − c|² is least where x·c − |c|²/2 is largest
    closeness = {
        _close(one.number): _linear(table, model, one.centre) - sum(value * value for value in one.centre) / 2
        for one in model.segments
    }
    table = _with_odds(table.mutate(**closeness), model)
    best = table.mutate(**{"best:": ibis.greatest(*(table[name] for name in closeness))})
    cases = [(best[_close(number)] == best["best:"], number) for number in model.names]
    best = best.mutate(segment=ibis.cases(*cases).cast("int64"))
    own = ibis.cases(*((best.segment == number, best[_odds(number)]) for number in model.names))
    return best.select("number", "segment", certainty=own / _total(best, model))


def _with_odds(table: ir.Table, model: SegmentModel) -> ir.Table:
    """With the odds of each segment against the likeliest."""
    import ibis

    logs = {_odds(one.number): _linear(table, model, one.slope) + one.intercept for one in model.segments}
    table = table.mutate(**logs)
    table = table.mutate(**{"likeliest:": ibis.greatest(*(table[name] for name in logs))})
    return table.mutate(**{name: (table[name] - table["likeliest:"]).exp() for name in logs})


def _linear(table: ir.Table, model: SegmentModel, slope: tuple[float, ...]) -> ir.FloatingValue:
    terms = [table[name] * value for name, value in zip(model.inputs, slope, strict=True)]
    return sum(terms[1:], terms[0])


def _total(table: ir.Table, model: SegmentModel) -> ir.FloatingValue:
    odds = [table[_odds(number)] for number in model.names]
    return sum(odds[1:], odds[0])


def _close(number: int) -> str:
    return f"closeness:{number}"


def _odds(number: int) -> str:
    return f"odds:{number}"
