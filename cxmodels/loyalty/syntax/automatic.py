"""The parameters of one group: those a text writes down, and those that go without saying."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, product

from cxmodels.loyalty.errors import InvalidModel
from cxmodels.loyalty.syntax.path_model import PathModel

_AS_WRITTEN = ("lhs", "op", "rhs", "group", "label", "value", "start", "freed", "equal")


@dataclass
class Parameter:
    """A parameter while the table is made; `freed` and `equal` are as in the text, `free` is its number."""

    lhs: str
    op: str
    rhs: str
    group: str
    label: str = ""
    value: float = math.nan
    start: float = math.nan
    freed: bool = False
    equal: str = ""
    written: bool = False
    free: int = 0

    @property
    def fixed(self) -> bool:
        """Whether it has a value."""
        return not math.isnan(self.value)

    @property
    def name(self) -> str:
        """How ``equal("…")`` names it, which is read without blanks."""
        return "".join(f"{self.lhs}{self.op}{self.rhs}".split())


def written(model: PathModel, group: str, number: int) -> list[Parameter]:
    """What the text says of a group, the `number`-th."""
    columns = [model.table[column] for column in _AS_WRITTEN]
    return [
        Parameter(lhs, op, rhs, group, label, value, start, freed, equal, True)
        for lhs, op, rhs, of, label, value, start, freed, equal in zip(*columns, strict=True)
        if op not in (":=", "==") and of in (0, number)
    ]


def automatic(
    model: PathModel, own: list[Parameter], group: str, *, scaling: str, means: bool, covariances: str
) -> list[Parameter]:
    """What goes without saying: scales are set in `own`, and the other parameters returned."""
    roles = roles_of(model)
    _scale(model, own, scaling)
    added: list[Parameter] = []
    there = {_key(row.lhs, row.op, row.rhs) for row in own}

    def add(pairs: Iterable[tuple[str, str]], op: str, fixed: Mapping[str, float] | None = None) -> None:
        for lhs, rhs in pairs:
            if _key(lhs, op, rhs) not in there:
                there.add(_key(lhs, op, rhs))
                added.append(Parameter(lhs, op, rhs, group, value=(fixed or {}).get(lhs, math.nan)))

    nothing = dict.fromkeys([*roles.composites, *roles.alone], 0.0)
    unit = dict.fromkeys(roles.reflective, 1.0) if scaling == "variance" else {}
    names = [each.name for each in model.constructs]
    add(((name, name) for name in [*roles.effects, *names]), "~~", {**unit, **nothing})
    if covariances == "sem":
        add(combinations(roles.first, 2), "~~")
        add(combinations(roles.last, 2), "~~")
        add(product(roles.first, roles.composing), "~~")
    add(combinations_with_replacement(roles.causes, 2), "~~")
    if means or any(row.op == "~1" for row in own):
        add(((item, "") for item in [*roles.effects, *roles.causes]), "~1")
        add(((name, "") for name in names), "~1", dict.fromkeys(names, 0.0))
    return added


@dataclass(frozen=True)
class Roles:
    """Which part the variables of a model play.

    Attributes
    ----------
    reflective, composites
        Constructs by kind.
    composing
        Items of composites.
    alone
        What is the only item of its construct, and of no other.
    causes, effects
        Items that nothing explains, and the others.
    first, last
        Constructs that nothing explains, and constructs and items that explain nothing.
    """

    reflective: list[str]
    composites: list[str]
    composing: list[str]
    alone: list[str]
    causes: list[str]
    effects: list[str]
    first: list[str]
    last: list[str]


def roles_of(model: PathModel) -> Roles:
    """Find them; raise `InvalidModel` where a path leads to a composite."""
    reflective = [each for each in model.constructs if each.kind == "reflective"]
    composites = [each for each in model.constructs if each.kind == "composite"]
    names = [each.name for each in reflective]
    measured = Counter(item for each in reflective for item in each.items)
    composing = dict.fromkeys(item for each in composites for item in each.items)
    targets, sources = {target for _, target in model.paths}, {source for source, _ in model.paths}
    for each in composites:
        if each.name in targets:
            raise InvalidModel(
                f"{each.name!r} is composed of its items (<~) and a path leads to it: only partial least squares fits "
                f"that; measure it by its items: {each.name} =~ …"
            )
    explaining = [item for item in model.items if item in {*model.names, *composing}]
    causes = [item for item in explaining if item not in measured and item not in targets]
    effects = [item for item in model.items if item not in causes]
    return Roles(
        names,
        [each.name for each in composites],
        list(composing),
        [each.items[0] for each in reflective if len(each.items) == 1 and measured[each.items[0]] == 1],
        causes,
        effects,
        [name for name in names if name not in targets and name not in measured],
        [name for name in [*names, *effects] if name in targets - sources and name not in measured],
    )


def _scale(model: PathModel, own: list[Parameter], scaling: str) -> None:
    """Fix the first loading, or the first weight of a composite, to 1 unless the text frees it."""
    for construct in model.constructs:
        rows = [row for row in own if row.op in ("=~", "<~") and row.lhs == construct.name]
        composite = construct.kind == "composite"
        wanted = not any(row.fixed for row in rows) if composite else scaling == "marker"
        if wanted and not rows[0].freed and not rows[0].fixed:
            rows[0].value = 1.0


def _key(lhs: str, op: str, rhs: str) -> tuple[str, str, str]:
    one, other = sorted((lhs, rhs)) if op == "~~" else (lhs, rhs)
    return one, op, other
