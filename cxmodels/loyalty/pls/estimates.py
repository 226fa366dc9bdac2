"""The estimates of a partial least squares fit, one row a parameter of the model's text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.resampling import plain_shares, quantiles, spread
from cxmodels.loyalty.syntax.defined import evaluated

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array
    from cxmodels.loyalty.pls.bootstrap import Bootstrap
    from cxmodels.loyalty.pls.design import Design
    from cxmodels.loyalty.pls.statistics import Statistics
    from cxmodels.loyalty.syntax.path_model import PathModel

LEVEL = 0.95
"""Share of samples whose limits are to hold the truth."""


def estimates_table(model: PathModel, design: Design, found: Statistics, drawn: Bootstrap | None) -> pd.DataFrame:
    """``lhs, op, rhs, label, coef, se, low, high, std, std_low, std_high``; see `PlsFit.estimates`."""
    coef = _parameters(model, design, found)[1][0]
    known, values = _parameters(model, design, found if drawn is None else drawn.drawn)
    table = known.assign(coef=coef)
    if drawn is None:
        table[["se", "low", "high"]] = np.nan
    else:
        _, _, table["se"] = spread(values)
        table["low"], table["high"] = quantiles(values, plain_shares(values.shape[1], LEVEL))
    return table.assign(std=table["coef"], std_low=table["low"], std_high=table["high"])


def _parameters(model: PathModel, design: Design, found: Statistics) -> tuple[pd.DataFrame, Array]:
    """One row a parameter, ``lhs, op, rhs, label``, and their values (batch, rows)."""
    place = {name: number for number, name in enumerate(design.names)}
    rows: list[tuple[str, str, str]] = []
    values: list[Array] = []
    for construct in model.constructs:
        block = design.blocks[place[construct.name]]
        reflective = construct.kind == "reflective"
        source = found.loadings if reflective else found.weights
        rows += [(construct.name, "=~" if reflective else "<~", item) for item in construct.items]
        values += list(source[:, block].T)
    for source_name, target in model.paths:
        rows.append((target, "~", source_name))
        values.append(found.paths[:, place[target], place[source_name]])
    exogenous = [place[name] for name in design.names if name in model.exogenous]
    for one, first in enumerate(exogenous):
        for second in exogenous[one + 1 :]:
            rows.append((design.names[first], "~~", design.names[second]))
            values.append(found.correlations[:, first, second])
    written = model.table[model.table["label"] != ""]
    label_of = {(row.lhs, row.op, row.rhs): row.label for row in written.itertuples()}
    labels = [label_of.get(row, "") for row in rows]
    by_label = {label: value for label, value in zip(labels, values, strict=True) if label}
    for name, value in evaluated(model.defined, by_label).items():
        rows.append((name, ":=", next(each.expression for each in model.defined if each.name == name)))
        labels.append(name)
        values.append(value)
    frame = pd.DataFrame(rows, columns=["lhs", "op", "rhs"]).assign(label=labels)
    return frame, np.stack(values, axis=1)
