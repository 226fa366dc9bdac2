"""What ``==`` says of labels: that two are equal, or that one has a value."""

from __future__ import annotations

from collections.abc import Mapping

from cxmodels.loyalty.syntax.expression import Expression

_ROUNDING = 1e-12


def equality(left: Expression, right: Expression) -> tuple[str, str] | tuple[str, float] | None:
    """Two labels that are equal, or a label and its value; None where it comes down to neither.

    Linear forms are read: ``a == b``, ``a - b == 0``, ``2*a == 1``.
    """
    form = _linear(Expression("-", (left, right)))
    if form is None:
        return None
    factors = {label: factor for label, factor in form.items() if label and abs(factor) > _ROUNDING}
    constant = form.get("", 0.0)
    if len(factors) == 1:
        ((label, factor),) = factors.items()
        return label, -constant / factor + 0.0
    if len(factors) == 2 and abs(sum(factors.values())) < _ROUNDING and abs(constant) < _ROUNDING:
        one, other = factors
        return one, other
    return None


def _linear(of: Expression) -> dict[str, float] | None:
    """Factor of each label, the constant under ``""``; None where the formula is not linear."""
    if not of.labels:
        return {"": float(of.value({}))}
    if isinstance(of.says, str) and not of.of:
        return {of.says: 1.0}
    parts = [_linear(part) for part in of.of]
    if any(part is None for part in parts):
        return None
    first, *others = [part for part in parts if part is not None]
    if of.says == "+":
        return _sum(first, others[0], 1.0)
    if of.says == "-":
        return _sum(first, others[0], -1.0) if others else _sum({}, first, -1.0)
    if of.says == "*" and not of.of[0].labels:
        return _sum({}, others[0], first[""])
    if of.says == "*" and not of.of[1].labels:
        return _sum({}, first, others[0][""])
    if of.says == "/" and not of.of[1].labels and others[0][""]:
        return _sum({}, first, 1 / others[0][""])
    return None


def _sum(one: Mapping[str, float], other: Mapping[str, float], times: float) -> dict[str, float]:
    return {label: one.get(label, 0.0) + times * other.get(label, 0.0) for label in {**one, **other}}
