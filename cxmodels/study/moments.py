"""Moments as exact as they are written: sources often give a time to one thing and a day alone to what follows it."""

from __future__ import annotations

import ibis.expr.types as ir


def not_before(moment: ir.Value, other: ir.Value) -> ir.BooleanValue:
    """Whether `moment` is not before `other`; one that names its day alone (midnight) may lie at any time of that day.

    Parameters
    ----------
    moment, other
        Both dates, or both timestamps; null where either is.
    """
    if not moment.type().is_timestamp():
        return moment >= other
    alone = moment == moment.truncate("D")
    return (moment >= other) | (alone & (moment >= other.truncate("D")))
