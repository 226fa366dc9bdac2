"""Behaviour on a scale on which it and its doubt are near to normal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy.special import expit, logit, ndtri

from cxmodels.loyalty.errors import InvalidValue

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Array

Scale = Literal["logit", "log", "identity"]
"""Of chances; of counts and amounts (log of 1 + value); of what is near to normal itself."""
Kind = Literal["predicted", "measured"]
"""A forecast such as a chance to stay or P(alive); or a measurement with error such as a repurchase score."""
_CHANCES = (1e-6, 1 - 1e-6)


def on_scale(values: Array, scale: Scale) -> Array:
    """Values as they are compared.

    Raises
    ------
    InvalidValue
        When the scale is none, a chance lies outside 0 to 1, a count or amount below 0, or a value is not finite.
    """
    values = np.asarray(values, float)
    if scale not in get_args(Scale):
        raise InvalidValue(f"behaviour: scale must be one of {', '.join(get_args(Scale))}, found {scale!r}")
    low, high = {"logit": (0.0, 1.0), "log": (0.0, np.inf), "identity": (-np.inf, np.inf)}[scale]
    off = ~np.isfinite(values) | (values < low) | (values > high)
    if off.any():
        raise InvalidValue(
            f"behaviour: on the scale {scale!r} values are finite from {low:g} to {high:g}; {int(off.sum()):,} are "
            f"not, the first is {values[off.argmax()]:g}"
        )
    if scale == "logit":
        return np.asarray(logit(np.clip(values, *_CHANCES)))
    return np.log1p(values) if scale == "log" else values


def off_scale(value: float, scale: Scale) -> float:
    """The other way round."""
    if scale == "logit":
        return float(expit(value))
    return float(np.expm1(value)) if scale == "log" else value


def error_of(low: Array, high: Array, scale: Scale, level: float) -> Array:
    """Variance of the error from limits that hold the value with probability `level`.

    Raises
    ------
    InvalidValue
        As `on_scale`, when limits are the wrong way round, or the level is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise InvalidValue(f"behaviour: level must lie between 0 and 1, found {level}")
    width = on_scale(high, scale) - on_scale(low, scale)
    if (width < 0).any():
        raise InvalidValue(f"behaviour: low limits must not exceed high ones, found {int((width < 0).sum()):,} that do")
    return np.asarray((width / (2 * ndtri((1 + level) / 2))) ** 2)
