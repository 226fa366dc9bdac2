"""A text written for one group, where several are fitted by it: its labels hold within each, not between them."""

from __future__ import annotations

from cxmodels.loyalty.syntax.automatic import written
from cxmodels.loyalty.syntax.path_model import PathModel
from cxmodels.loyalty.syntax.printed import printed
from cxmodels.loyalty.syntax.tied import numbered


def of_each_group(model: PathModel) -> PathModel:
    """The model without labels: what they hold equal, or at a value, is said of the parameters themselves.

    A label names a parameter, for ``:=`` or for the reader. Fitted to several groups, it would hold the parameter
    equal in all of them. Quantities that ``:=`` defines are left out: they would be those of the first group. A text
    with values for each group, ``c()``, is meant for groups and stays as it is.
    """
    if model.table["group"].any():
        return model
    rows = written(model, "", 1)
    numbered(rows, model)
    first: dict[int, str] = {}
    for row in rows:
        first.setdefault(row.free, row.name)
    table = model.table[~model.table["op"].isin((":=", "=="))]
    return PathModel(
        printed(
            table.assign(
                label="",
                value=[row.value for row in rows],
                freed=[row.freed and not row.fixed for row in rows],
                equal=["" if row.fixed or first[row.free] == row.name else first[row.free] for row in rows],
            )
        )
    )
