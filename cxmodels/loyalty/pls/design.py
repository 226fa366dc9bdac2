"""A path model as partial least squares sees it: blocks of items, modes, and who explains whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cxmodels.loyalty.errors import InvalidModel, InvalidValue

if TYPE_CHECKING:
    from cxmodels.loyalty.syntax.path_model import PathModel

Mode = Literal["A", "B"]
type Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Design:
    """What the algorithm needs of a model.

    Attributes
    ----------
    names
        Constructs, then items that stand for themselves in a regression; the order of every (names, names) matrix.
    items
        The items, block after block in the order of `names`; the order of weights and loadings.
    blocks
        Of each construct, where its items stand in `items`.
    modes
        Of each construct ``"A"`` (weights are covariances with the inner estimate) or ``"B"`` (regressions on it).
    factor
        (names,) whether a construct is a common factor of more than one item, which consistent PLS corrects.
    explained_by
        Of each construct, the places of those with a path to it.
    """

    names: tuple[str, ...]
    items: tuple[str, ...]
    blocks: tuple[slice, ...]
    modes: tuple[Mode, ...]
    factor: NDArray[np.bool_]
    explained_by: tuple[Indices, ...]

    @property
    def construct_of(self) -> Indices:
        """(items,) the place of each item's construct."""
        return np.repeat(np.arange(len(self.names)), self.sizes)

    @property
    def sizes(self) -> Indices:
        """(names,) how many items each construct has."""
        return np.array([block.stop - block.start for block in self.blocks], dtype=np.intp)

    @property
    def adjacent(self) -> NDArray[np.bool_]:
        """(names, names) which constructs a path joins, in either direction."""
        joined = np.zeros((len(self.names), len(self.names)), dtype=bool)
        for place, sources in enumerate(self.explained_by):
            joined[place, sources] = joined[sources, place] = True
        return joined

    @property
    def endogenous(self) -> Indices:
        """The places of the constructs that a path leads to."""
        return np.array([place for place, sources in enumerate(self.explained_by) if len(sources)], dtype=np.intp)

    @property
    def exogenous(self) -> Indices:
        """The places of the others."""
        return np.setdiff1d(np.arange(len(self.names)), self.endogenous)

    @property
    def order(self) -> Indices:
        """The places of all constructs, each after those that explain it."""
        placed: list[int] = []
        while len(placed) < len(self.names):
            placed += [
                place
                for place, sources in enumerate(self.explained_by)
                if place not in placed and set(sources.tolist()) <= set(placed)
            ]
        return np.array(placed, dtype=np.intp)

    def without_path(self, source: int, target: int) -> Design | None:
        """The design without one path; None where nothing would be left that explains `target`.

        A construct that no other path joins is left out with its items.
        """
        sources = [np.setdiff1d(s, [source]) if place == target else s for place, s in enumerate(self.explained_by)]
        if not len(sources[target]):
            return None
        joined = {place for place, s in enumerate(sources) if len(s)} | {int(one) for s in sources for one in s}
        kept = sorted(joined)
        blocks = [self.items[self.blocks[place]] for place in kept]
        return Design(
            tuple(self.names[place] for place in kept),
            tuple(item for block in blocks for item in block),
            slices([len(block) for block in blocks]),
            tuple(self.modes[place] for place in kept),
            self.factor[kept],
            tuple(np.array([kept.index(one) for one in sources[place]], dtype=np.intp) for place in kept),
        )


def design_of(model: PathModel, *, modes: Mapping[str, Mode] | None = None) -> Design:
    """The blocks and paths of a model.

    Parameters
    ----------
    model
        The model.
    modes
        Construct → ``"A"`` or ``"B"``, where it is not to be mode A for common factors (``=~``) and mode B for
        composites (``<~``).

    Raises
    ------
    InvalidModel
        When a construct is joined to no other, has a construct among its items, or the text holds a path or a loading
        at a value or two at the same one: there is no weight that partial least squares could hold fixed.
    InvalidValue
        When a mode is none, or of a construct that the model does not have.
    """
    asked = dict(modes or {})
    constructs = {each.name: each for each in model.constructs}
    if unknown := sorted(set(asked) - set(constructs)):
        raise InvalidValue(f"fit_pls: modes: the constructs are {', '.join(constructs)}; found {', '.join(unknown)}")
    if wrong := sorted({mode for mode in asked.values() if mode not in ("A", "B")}):
        raise InvalidValue(f"fit_pls: modes must be 'A' or 'B', found {', '.join(map(repr, wrong))}")
    _check_free(model)
    names = model.names
    blocks = [constructs[name].items if name in constructs else (name,) for name in names]
    for name, block in zip(names, blocks, strict=True):
        if higher := [item for item in block if item in constructs]:
            raise InvalidModel(
                f"fit_pls: {name}: partial least squares weighs items, found the construct {higher[0]}; measure "
                f"{name} by the items of its parts, or by items of its own and let its parts explain it "
                f"({name} ~ {' + '.join(block)})"
            )
    place = {name: number for number, name in enumerate(names)}
    kinds = [constructs[name].kind if name in constructs else "composite" for name in names]
    explained_by = tuple(
        np.array([place[source] for source, target in model.paths if target == name], dtype=np.intp) for name in names
    )
    joined = {name for path in model.paths for name in path}
    if alone := [name for name in names if name not in joined]:
        raise InvalidModel(
            f"fit_pls: {alone[0]}: partial least squares weighs items by the constructs that a path joins, found no "
            f"path from or to {', '.join(alone)}"
        )
    return Design(
        names,
        tuple(item for block in blocks for item in block),
        slices([len(block) for block in blocks]),
        tuple(asked.get(name, "B" if kind == "composite" else "A") for name, kind in zip(names, kinds, strict=True)),
        np.array([kind == "reflective" and len(block) > 1 for kind, block in zip(kinds, blocks, strict=True)]),
        explained_by,
    )


def not_held(model: PathModel) -> tuple[str, ...]:
    """What the text says and partial least squares does not know: covariances and intercepts, as ``lhs op rhs``."""
    beyond = model.table[model.table["op"].isin(["~~", "~1"])]
    return tuple(f"{row.lhs} {row.op} {row.rhs}".strip() for row in beyond.itertuples())


def _check_free(model: PathModel) -> None:
    """Refuse what is held at a value or equal; a loading of 1 only gives a construct its scale, which PLS has."""
    table = model.table
    free = table[table["op"].isin(["=~", "<~", "~"])]
    held = free[free["value"].notna() & ((free["value"] != 1) | (free["op"] == "~"))]
    for row in held.itertuples():
        raise InvalidModel(
            f"line {row.line}: partial least squares holds nothing fixed, found {row.lhs} {row.op} "
            f"{row.value:g}*{row.rhs}; leave the value or the path out"
        )
    labels = free.loc[free["label"] != "", "label"]
    equal = [f"the label {label!r} twice" for label in labels[labels.duplicated()]]
    equal += [f"equal({label!r})" for label in free.loc[free["equal"] != "", "equal"]]
    equal += [f"{row.lhs} == {row.rhs}" for row in table[table["op"] == "=="].itertuples()]
    if equal:
        raise InvalidModel(
            f"fit_pls: partial least squares holds nothing equal, found {equal[0]}; give each its own label"
        )


def slices(sizes: list[int]) -> tuple[slice, ...]:
    """Where blocks of these sizes stand, one after the other."""
    ends = np.cumsum(sizes).tolist()
    return tuple(slice(end - size, end) for end, size in zip(ends, sizes, strict=True))
