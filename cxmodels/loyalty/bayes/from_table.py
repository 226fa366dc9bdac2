"""From the parameter table of a model to the free entries of its matrices."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from cxmodels.loyalty.bayes.correlations import Correlations
from cxmodels.loyalty.bayes.structure import Anchor, Cells, Place, Structure, Told
from cxmodels.loyalty.errors import InvalidModel

if TYPE_CHECKING:
    from cxmodels.loyalty.syntax.parameter_table import ParameterTable
    from cxmodels.loyalty.syntax.path_model import PathModel

_WHERE = "fit_bayes"
type Key = tuple[str, int]
type Cell = tuple[int, int, Key]


def structure_of(model: PathModel, table: ParameterTable) -> Structure:
    """The free entries of a model's matrices.

    Parameters
    ----------
    model
        The model.
    table
        Its parameters, of one group.

    Raises
    ------
    InvalidModel
        When it says something that has no place here: a composite, a fixed path or covariance other than zero, a
        fixed mean, labels shared by parameters of different kinds or units, a construct with two scales or none.
    """
    return _Reading(model, table).structure()


class _Reading:
    """The cells of a model, collected row by row."""

    def __init__(self, model: PathModel, table: ParameterTable) -> None:
        composites = [construct.name for construct in model.constructs if construct.kind == "composite"]
        if composites:
            raise InvalidModel(f"{_WHERE}: {composites[0]} is a composite (<~), which the engine pls fits")
        self.items = model.items
        self.latents = _causes_first(
            model.names,
            [*model.paths, *((each.name, item) for each in model.constructs for item in each.items)],
        )
        self.constructs = {construct.name for construct in model.constructs}
        self.rows = [row for row in table.frame.itertuples(index=False) if row.op in ("=~", "~", "~~", "~1")]
        self.cells: dict[Place, list[Cell]] = {"loading": [], "path": [], "residual": [], "disturbance": []}
        self.fixed_variances = np.zeros(len(self.items))
        self.anchors: dict[str, Anchor] = {}
        self.positive: set[Key] = set()
        self.told: list[Told] = []

    def structure(self) -> Structure:
        """All of it."""
        self._scales()
        for number, row in enumerate(self.rows):
            {"=~": self._loading, "~": self._path, "~~": self._covariance, "~1": self._mean}[row.op](row, number)
        for name in self.latents:
            if name not in self.constructs:
                self._observed(name)
        self._check_labels()
        slots: dict[Key, int] = {}
        cells = {place: self._placed(place, slots) for place in ("loading", "path", "residual")}
        logs = [slot for key, slot in slots.items() if key in self.positive]
        pairs = {
            place: tuple(sorted((row, column) for row, column, _ in self.cells[place] if row != column))
            for place in ("residual", "disturbance")
        }
        return Structure(
            self.items,
            self.latents,
            cells["loading"],
            cells["path"],
            cells["residual"],
            self.fixed_variances,
            Correlations(len(self.items), pairs["residual"]),
            Correlations(len(self.latents), pairs["disturbance"]),
            np.array(sorted(logs), int),
            tuple(self.anchors[name] for name in self.latents),
            tuple(self.told),
        )

    def _scales(self) -> None:
        """Find what sets the scale of each construct: a fixed loading, or its variance."""
        for name in self.latents:
            if name not in self.constructs:
                continue
            measured = [row for row in self.rows if row.op == "=~" and row.lhs == name]
            fixed = [row for row in measured if row.free == 0 and row.value != 0]
            variance = [row for row in self.rows if row.op == "~~" and row.lhs == row.rhs == name]
            given = variance[0].value if variance and variance[0].free == 0 else math.nan
            if len(fixed) > 1:
                raise InvalidModel(
                    f"{_WHERE}: at most one loading of {name} may be fixed at other than zero, found "
                    f"{', '.join(row.rhs for row in fixed)}; the same label makes loadings equal"
                )
            if fixed and given > 0 and variance[0].written:
                raise InvalidModel(
                    f"{_WHERE}: the scale of {name} is set twice, by its loading of {fixed[0].rhs} and its variance; "
                    "with scaling='variance' loadings without a value are free"
                )
            if fixed:
                self.anchors[name] = Anchor(float(fixed[0].value), *self._of_loading(fixed[0]))
            elif given > 0:
                self.anchors[name] = Anchor(math.sqrt(given))
            else:
                raise InvalidModel(
                    f"{_WHERE}: the scale of {name} must be set by a loading or a variance above zero, found "
                    f"{'a variance of 0' if given == 0 else 'neither'}"
                )

    def _of_loading(self, row: Any) -> tuple[Place, int, int]:
        column = self.latents.index(row.lhs)
        if row.rhs in self.latents:
            return "path", self.latents.index(row.rhs), column
        return "loading", self.items.index(row.rhs), column

    def _loading(self, row: Any, number: int) -> None:
        place, i, j = self._of_loading(row)
        anchor = self.anchors[row.lhs]
        sets_scale = (anchor.place, anchor.row, anchor.column) == (place, i, j)
        self._add(row, place, i, j, number, free=sets_scale or row.free != 0)
        first = next(other for other in self.rows if other.op == "=~" and other.lhs == row.lhs and self._seen(other))
        if sets_scale or (anchor.place is None and first is row):
            self.positive.add(self._key(row, number))

    @staticmethod
    def _seen(row: Any) -> bool:
        return bool(row.free or row.value != 0)

    def _path(self, row: Any, number: int) -> None:
        if not row.free and row.value != 0:
            raise InvalidModel(
                f"{_WHERE}: a path may be fixed at 0 only, found {row.value:g} for {row.lhs} ~ {row.rhs}"
            )
        self._add(row, "path", self.latents.index(row.lhs), self.latents.index(row.rhs), number, free=row.free != 0)

    def _covariance(self, row: Any, number: int) -> None:
        latent = [name in self.latents for name in (row.lhs, row.rhs)]
        if latent[0] != latent[1]:
            raise InvalidModel(
                f"{_WHERE}: constructs vary with constructs and items with items, found {row.lhs} ~~ {row.rhs}"
            )
        names = self.latents if latent[0] else self.items
        place: Place = "disturbance" if latent[0] else "residual"
        i, j = sorted((names.index(row.lhs), names.index(row.rhs)), reverse=True)
        own = i == j
        if place == "residual" and own and not row.free:
            self.fixed_variances[i] = row.value
        elif own and row.lhs not in self.constructs and not row.free:
            raise InvalidModel(f"{_WHERE}: the variance of {row.lhs} must be free, found {row.value:g}")
        elif not own and not row.free and row.value != 0:
            raise InvalidModel(
                f"{_WHERE}: a covariance may be fixed at 0 only, found {row.value:g} for {row.lhs} ~~ {row.rhs}"
            )
        self._add(row, place, i, j, number, free=row.free != 0)

    def _mean(self, row: Any, number: int) -> None:
        """Means are left as they are: each item's is free, each construct's zero."""
        if bool(row.free) == (row.lhs in self.constructs) or row.value > 0 or row.value < 0:
            raise InvalidModel(
                f"{_WHERE}: means of items are free and those of constructs zero here, found {row.lhs} ~ "
                f"{'' if row.free else f'{row.value:g}*'}1"
            )

    def _observed(self, name: str) -> None:
        """An observed variable in a regression: a construct that it alone measures, and exactly."""
        item, latent = self.items.index(name), self.latents.index(name)
        key = ("observed", latent)
        self.positive.add(key)
        self.cells["loading"].append((item, latent, key))
        self.anchors[name] = Anchor(1.0, "loading", item, latent)

    def _add(self, row: Any, place: Place, i: int, j: int, number: int, *, free: bool) -> None:
        self.told.append(Told(row.lhs, row.op, row.rhs, row.label, place, i, j, free))
        if free:
            self.cells[place].append((i, j, self._key(row, number)))

    @staticmethod
    def _key(row: Any, number: int) -> Key:
        return ("free", int(row.free)) if row.free else ("scale", number)

    def _placed(self, place: Place, slots: dict[Key, int]) -> Cells:
        """The cells of a matrix, each with its coordinate; those that share a label share it."""
        found = [cell for cell in self.cells[place] if place != "residual" or cell[0] == cell[1]]
        for _, _, key in found:
            slots.setdefault(key, len(slots))
        rows, columns, keys = zip(*found, strict=True) if found else ((), (), ())
        return Cells(np.array(rows, int), np.array(columns, int), np.array([slots[key] for key in keys], int))

    def _check_labels(self) -> None:
        """Refuse labels that are shared by what cannot be equal here."""
        kinds: dict[Key, list[tuple[str, int, int]]] = {}
        for place, cells in self.cells.items():
            for i, j, key in cells:
                kind = place if i == j or place in ("loading", "path") else "covariance"
                kinds.setdefault(key, []).append((kind, i, j))
        for (_, free), shared in kinds.items():
            if len(shared) == 1:
                continue
            label = next((row.label for row in self.rows if row.free == free and row.label), "a number")
            found = {kind for kind, _, _ in shared}
            if len(found) > 1 or found & {"covariance", "disturbance"}:
                raise InvalidModel(
                    f"{_WHERE}: only loadings, paths or residual variances of items may share a label, each their "
                    f"own; found {label!r} for {' and '.join(sorted(found))}"
                )
            of = {self.latents[at] for kind, i, j in shared for at in self._scaled(kind, i, j)}
            if len(of) > 1 and any(self.anchors[name].place for name in of):
                raise InvalidModel(
                    f"{_WHERE}: {label!r} is shared by parameters of several constructs; they can be equal with "
                    f"scaling='variance' and without a fixed loading only"
                )

    @staticmethod
    def _scaled(kind: str, i: int, j: int) -> tuple[int, ...]:
        return {"loading": (j,), "path": (i, j)}.get(kind, ())


def _causes_first(names: Iterable[str], arrows: list[tuple[str, str]]) -> tuple[str, ...]:
    """The names so that no arrow leads back; the text has no cycle."""
    left, order = list(names), []
    while left:
        name = next(each for each in left if not any(to == each and source in left for source, to in arrows))
        left.remove(name)
        order.append(name)
    return tuple(order)
