"""Parameters that are equal share a number, or a value."""

from __future__ import annotations

import math

from cxmodels.loyalty.errors import InvalidModel
from cxmodels.loyalty.syntax.automatic import Parameter
from cxmodels.loyalty.syntax.equalities import equality
from cxmodels.loyalty.syntax.expression import formula
from cxmodels.loyalty.syntax.group_equality import tie
from cxmodels.loyalty.syntax.path_model import PathModel


def numbered(rows: list[Parameter], model: PathModel) -> None:
    """Give each row its number: 0 where fixed, else from 1 as they come, the same for equal ones.

    A fixed parameter fixes those that are equal to it.

    Raises
    ------
    InvalidModel
        When two that are equal are fixed at different values.
    """
    same = _Classes(len(rows))
    labels: dict[str, int] = {}
    names: dict[str, int] = {}
    for at, row in enumerate(rows):
        if row.label:
            same.join(at, labels.setdefault(row.label, at))
        names[tie(row)] = at
    for at, row in enumerate(rows):
        if row.equal:
            same.join(at, names.get(row.equal, labels.get(row.equal, names.get(f"{row.equal}@{row.group}", at))))
    values: dict[int, float] = {}

    def fix(at: int, value: float) -> None:
        root = same.root(at)
        if values.setdefault(root, value) != value:
            told = rows[at].label or f"{rows[at].lhs} {rows[at].op} {rows[at].rhs}".strip()
            raise InvalidModel(f"{told!r} is fixed at {value:g} and equal to one that is fixed at {values[root]:g}")

    at_values: list[tuple[int, float]] = []
    equations = zip(*(model.table[column] for column in ("lhs", "op", "rhs")), strict=True)
    for left, right in ((left, right) for left, op, right in equations if op == "=="):
        # The text was refused where there is no such pair.
        one, other = equality(formula(left), formula(right)) or ("", "")
        if isinstance(other, str):
            same.join(labels[one], labels[other])
        else:
            at_values.append((labels[one], other))
    for at, value in [*((at, row.value) for at, row in enumerate(rows) if row.fixed), *at_values]:
        fix(at, value)
    numbers: dict[int, int] = {}
    for at, row in enumerate(rows):
        root = same.root(at)
        row.value = values.get(root, math.nan)
        row.free = 0 if root in values else numbers.setdefault(root, len(numbers) + 1)


class _Classes:
    """Sets of equal things, joined one by one (union–find)."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def root(self, at: int) -> int:
        """What stands for the set."""
        while self._above[at] != at:
            at = self._above[at]
        return at

    def join(self, one: int, other: int) -> None:
        """Make two sets one; the earlier stands for it."""
        low, high = sorted((self.root(one), self.root(other)))
        self._above[high] = low
