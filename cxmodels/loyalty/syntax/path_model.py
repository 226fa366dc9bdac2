"""A path model: which constructs there are, what measures them, and which path leads where."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from cxmodels.loyalty.errors import InvalidModel, InvalidValue
from cxmodels.loyalty.syntax.checks import check
from cxmodels.loyalty.syntax.mistakes import nearest
from cxmodels.loyalty.syntax.printed import printed
from cxmodels.loyalty.syntax.statement import Row, rows_of
from cxmodels.loyalty.syntax.tokens import statements

if TYPE_CHECKING:
    from cxmodels.loyalty.path_fit import Engine, PathFit

ENGINES = ("pls", "ml", "bayes")
"""What can fit a model."""
_COLUMNS = ("lhs", "op", "rhs", "group", "label", "value", "freed", "start", "equal", "line", "column")


@dataclass(frozen=True)
class Construct:
    """Something that is not seen itself: it shows in its items (reflective) or is made of them (composite)."""

    name: str
    items: tuple[str, ...]
    kind: Literal["reflective", "composite"]


@dataclass(frozen=True)
class Defined:
    """A quantity computed from labelled parameters, such as an indirect effect ``a*b``."""

    name: str
    expression: str


@dataclass(frozen=True)
class PathModel:
    """A path model, read from its text.

    The text is lavaan's (Rosseel 2012, Journal of Statistical Software 48(2)), one statement a line::

        satisfaction =~ q1 + q2 + q3       # a construct is measured by its items
        price       <~ p1:p3               # or composed of them; p1:p3 are p1, p2 and p3
        loyalty     ~ b*satisfaction + c*price   # is explained by; b and c label the paths
        q1          ~~ q2                  # varies with
        q1          ~ 1                    # intercept
        indirect    := b*c                 # a quantity computed from labels
        b           == c                   # labels that are equal

    Before ``*`` stands a label, a fixed value, ``NA`` (free), ``start(0.5)``, ``equal("label")``, or ``c()`` of one
    for each group; several are chained (``b*start(0.5)*x``). Names that are no plain word stand in quotes. ``#`` and
    ``!`` begin a comment.

    Parameters
    ----------
    text
        The text.

    Attributes
    ----------
    table
        As written, one row a parameter: ``lhs, op, rhs, group`` (0 for every group), ``label, value`` (fixed; NaN where
        not), ``freed`` (NA was written), ``start, equal, line, column``. An intercept has the operator ``~1``.
    constructs
        In the order they are first measured or composed.
    items
        All observed variables: those of the constructs, then the others as they come.
    names
        The constructs, then the items used in regressions.
    paths
        (source, target) of each regression.
    endogenous, exogenous
        Those of `names` that a path leads to, and those that none leads to.
    defined
        What ``:=`` defines.

    Raises
    ------
    ModelSyntaxError
        When the text cannot be read; with line, column and what was probably meant.
    InvalidModel
        When it can be read and is no path model: a cycle, an item twice, a path twice, a label that is not given.
    """

    text: str
    table: pd.DataFrame = field(init=False, repr=False, compare=False)
    constructs: tuple[Construct, ...] = field(init=False, repr=False, compare=False)
    items: tuple[str, ...] = field(init=False, repr=False, compare=False)
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    paths: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    defined: tuple[Defined, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise InvalidValue(f"PathModel: text must be a text, found {type(self.text).__name__}")
        text = self.text.replace("\r\n", "\n").replace("\r", "\n")
        rows = [row for statement in statements(text) for row in rows_of(text, statement)]
        check(rows)
        constructs = tuple(_constructs(rows))
        of_items = [item for construct in constructs for item in construct.items]
        in_paths = [name for row in rows if row.op == "~" for name in (row.lhs, row.rhs)]
        elsewhere = [name for row in rows if row.op in ("~~", "~1") for name in (row.lhs, row.rhs) if name]
        known = [construct.name for construct in constructs]
        self._set("table", _table(rows))
        self._set("constructs", constructs)
        self._set("items", _once(name for name in [*of_items, *in_paths, *elsewhere] if name not in known))
        self._set("names", _once([*known, *in_paths]))
        self._set("paths", _once((row.rhs, row.lhs) for row in rows if row.op == "~"))
        self._set("defined", tuple(Defined(row.lhs, row.rhs) for row in rows if row.op == ":="))

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    @classmethod
    def from_file(cls, path: str | Path) -> PathModel:
        """Read the model of a file (UTF-8).

        Raises
        ------
        InvalidValue
            When there is no such file, or it is no text.
        """
        file = Path(path)
        if not file.is_file():
            there = ", ".join(sorted(other.name for other in file.parent.glob("*.lav"))) or "no file *.lav"
            raise InvalidValue(f"PathModel.from_file: no file {file.name!r}; in its folder: {there}")
        try:
            return cls(file.read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise InvalidValue(f"PathModel.from_file: {file.name} is no text in UTF-8 (byte {error.start})") from error

    def __str__(self) -> str:
        """The model in its plainest form, one parameter a line; reading it back gives the same table."""
        return printed(self.table)

    @property
    def endogenous(self) -> tuple[str, ...]:
        """Names that a path leads to."""
        targets = {target for _, target in self.paths}
        return tuple(name for name in self.names if name in targets)

    @property
    def exogenous(self) -> tuple[str, ...]:
        """Names that no path leads to."""
        targets = {target for _, target in self.paths}
        return tuple(name for name in self.names if name not in targets)

    def construct(self, name: str) -> Construct:
        """The construct of that name.

        Raises
        ------
        InvalidModel
            When there is none.
        """
        known = {construct.name: construct for construct in self.constructs}
        if name not in known:
            there = ", ".join(known) or "none"
            raise InvalidModel(f"the constructs are {there}, found {name!r}{nearest(name, known)}")
        return known[name]

    def check_items(self, available: Collection[str]) -> None:
        """Raise `InvalidModel` when the answers lack an item: a name of a path may be a misspelt construct."""
        measured = {item: construct.name for construct in self.constructs for item in construct.items}
        known = [construct.name for construct in self.constructs]
        for item in self.items:
            if item in available:
                continue
            if item in measured:
                raise InvalidModel(f"{item!r}, an item of {measured[item]}, is not answered{nearest(item, available)}")
            raise InvalidModel(
                f"{item!r} is neither a construct (nothing measures it) nor an item that is answered"
                f"{nearest(item, [*known, *available])}"
            )

    def fit(self, data: Any, *, engine: Engine = "ml", **options: Any) -> PathFit:
        """Fit the model.

        Parameters
        ----------
        data
            A frame with a row a respondent, answers of a study, or moments.
        engine
            ``"ml"`` (maximum likelihood), ``"pls"`` (composites by partial least squares) or ``"bayes"``.
        options
            Those of `fit_pls`, `fit_ml` or `fit_bayes`.

        Raises
        ------
        InvalidValue
            When the engine is none of these.
        """
        if engine not in ENGINES:
            raise InvalidValue(f"PathModel.fit: engine must be one of {', '.join(ENGINES)}, found {engine!r}")
        # Looked up when asked: each engine stands above the text and is heavy to load.
        module = import_module(f"cxmodels.loyalty.{engine}.fit")
        fitted: PathFit = getattr(module, f"fit_{engine}")(self, data, **options)
        return fitted


def _constructs(rows: list[Row]) -> list[Construct]:
    items: dict[str, list[str]] = {}
    kinds: dict[str, Literal["reflective", "composite"]] = {}
    for row in rows:
        if row.op in ("=~", "<~"):
            kinds[row.lhs] = "reflective" if row.op == "=~" else "composite"
            items.setdefault(row.lhs, []).append(row.rhs)
    return [Construct(name, _once(of), kinds[name]) for name, of in items.items()]


def _table(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(
        [(row.lhs, row.op, row.rhs, row.group, *vars(row.modifier).values(), row.line, row.column) for row in rows],
        columns=list(_COLUMNS),
    )


def _once[T](names: Any) -> tuple[T, ...]:
    return tuple(dict.fromkeys(names))
