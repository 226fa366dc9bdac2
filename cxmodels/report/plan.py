"""``notebooks/plan.toml``: which notebooks make a month, what each needs and waits for."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from cxmodels.report.errors import WrongUse
from cxmodels.study.contract import TABLES
from cxmodels.study.errors import listed, nearest

EVERYTHING = "*"
"""In ``after``: every other notebook that does not wait for everything itself."""


@dataclass(frozen=True)
class Bounds:
    """What a parameter may be beyond the type the notebook gives it."""

    min: float | None = None
    max: float | None = None
    choices: tuple[object, ...] = ()


@dataclass(frozen=True)
class PlannedNotebook:
    """One notebook of the plan.

    Attributes
    ----------
    name
        What ``--only`` and ``-p`` call it.
    file, page
        The notebook's file beside the plan and the page it becomes.
    title
        What the navigation calls it.
    needs
        Tables without which it is left out; ``"contracts|orders"`` is satisfied by one of the two.
    after
        Names of the notebooks it waits for, as far as they run.
    timeout
        Seconds it may take.
    parameters
        Bounds of its parameters.
    """

    name: str
    file: Path
    page: str
    title: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    timeout: float = 600
    parameters: Mapping[str, Bounds] = field(default_factory=dict)

    def lacks(self, tables: Collection[str]) -> tuple[str, ...]:
        """Its needs that these tables do not satisfy, in words: ``"contracts or orders"``."""
        unmet = [need for need in self.needs if not any(table in tables for table in _alternatives(need))]
        return tuple(" or ".join(_alternatives(need)) for need in unmet)

    def stopped_by(self, table: str, tables: Collection[str]) -> bool:
        """Whether it is left out, alone or among other reasons, because this table is not there."""
        return table not in tables and any(
            table in _alternatives(need) and not any(other in tables for other in _alternatives(need))
            for need in self.needs
        )


@dataclass(frozen=True)
class Plan:
    """The notebooks of a month in the order the pages list them."""

    notebooks: tuple[PlannedNotebook, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names, in the plan's order."""
        return tuple(notebook.name for notebook in self.notebooks)

    def __getitem__(self, name: str) -> PlannedNotebook:
        return self.notebooks[self.names.index(name)]

    @cached_property
    def in_running_order(self) -> tuple[PlannedNotebook, ...]:
        """The same notebooks, each after those it waits for."""
        return tuple(self[name] for name in _running_order({n.name: n.after for n in self.notebooks}))

    def chosen(self, only: Collection[str]) -> tuple[str, ...]:
        """The notebooks named and those that wait for them; all of them where none is named.

        Raises
        ------
        WrongUse
            When a name is not in the plan.
        """
        wanted = set(only) or set(self.names)
        for name in wanted:
            if name not in self.names:
                raise WrongUse(
                    f"--only: allowed are {', '.join(self.names)}; found {name!r}{nearest(name, self.names)}"
                )
        for notebook in self.in_running_order:
            if wanted & set(notebook.after):
                wanted.add(notebook.name)
        return tuple(name for name in self.names if name in wanted)


def read_plan(path: Path) -> Plan:
    """Read and check a plan.

    Raises
    ------
    WrongUse
        When the file is missing or not TOML, or names a key, a table or a notebook that does not exist, or
        notebooks that wait for each other. All problems are in one message.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WrongUse(
            f"{path}: there is no plan here; run the command in the project's folder, or give the study's full path"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise WrongUse(f"{path}: not TOML: {error}") from None
    problems: list[str] = []
    tables = content.get("notebooks", {})
    if set(content) != {"notebooks"} or not tables:
        problems.append(f"one table [notebooks.NAME] a notebook is allowed, found {', '.join(content) or 'none'}")
    notebooks = [_notebook(name, entry, path.parent, tables, problems) for name, entry in tables.items()]
    pages = [notebook.page for notebook in notebooks]
    problems += [
        f"page {page!r} is made by more than one notebook" for page in sorted(set(pages)) if pages.count(page) > 1
    ]
    if not problems:
        plan = Plan(tuple(notebooks))
        waiting = {n.name: n.after for n in plan.notebooks}
        if ring := sorted(set(waiting) - set(_running_order(waiting))):
            problems.append(f"these wait for each other, so none can begin: {', '.join(ring)}")
    if problems:
        raise WrongUse(listed(problems, path))
    return plan


_KEYS: dict[str, tuple[type, ...]] = {
    "file": (str,), "page": (str,), "title": (str,), "needs": (list,), "after": (list,), "timeout": (int, float),
    "parameters": (dict,),
}  # fmt: skip
_REQUIRED = ("file", "page", "title")
_BOUNDS: dict[str, tuple[type, ...]] = {"min": (int, float), "max": (int, float), "choices": (list,)}


def _notebook(name: str, entry: Any, folder: Path, tables: Mapping[str, Any], problems: list[str]) -> PlannedNotebook:
    where = f"notebooks.{name}"
    _check(entry, _KEYS, where, problems, _REQUIRED)
    said: dict[str, Any] = {key: value for key, value in dict(entry).items() if isinstance(value, _KEYS.get(key, ()))}
    file = folder / said.get("file", "")
    if "file" in said and not file.is_file():
        near = nearest(said["file"], (p.name for p in folder.glob("*.ipynb")))
        problems.append(f"{where}.file: a notebook beside the plan is allowed, found {said['file']!r}{near}")
    for table in (table for need in said.get("needs", ()) for table in _alternatives(need)):
        if table not in TABLES:
            problems.append(
                f"{where}.needs: a table of the contract is allowed, found {table!r}{nearest(table, TABLES)}"
            )
    after = said.get("after", [])
    if EVERYTHING in after:
        last = {other for other, its in tables.items() if EVERYTHING in its.get("after", ())}
        after = [other for other in tables if other not in last]
    for other in after:
        if other not in tables:
            problems.append(
                f"{where}.after: a notebook of the plan is allowed, found {other!r}{nearest(str(other), tables)}"
            )
    if said.get("timeout", 1) <= 0:
        problems.append(f"{where}.timeout: more than 0 seconds is allowed, found {said['timeout']}")
    bounds = {}
    for parameter, limits in said.get("parameters", {}).items():
        _check(limits, _BOUNDS, f"{where}.parameters.{parameter}", problems)
        bounds[parameter] = Bounds(limits.get("min"), limits.get("max"), tuple(limits.get("choices", ())))
    return PlannedNotebook(
        name,
        file,
        said.get("page", ""),
        said.get("title", ""),
        tuple(said.get("needs", ())),
        tuple(after),
        said.get("timeout", PlannedNotebook.timeout),
        bounds,
    )


def _alternatives(need: object) -> tuple[str, ...]:
    return tuple(table.strip() for table in str(need).split("|"))


def _check(
    entry: Mapping[str, Any],
    keys: Mapping[str, tuple[type, ...]],
    where: str,
    problems: list[str],
    required: tuple[str, ...] = (),
) -> None:
    for key, value in entry.items():
        if key not in keys:
            problems.append(f"{where}: allowed are {', '.join(keys)}; found {key!r}{nearest(key, keys)}")
        elif not isinstance(value, keys[key]) or isinstance(value, bool):
            wanted = " or ".join(kind.__name__ for kind in keys[key])
            problems.append(f"{where}.{key}: {wanted} is allowed, found {value!r}")
    problems += [f"{where}.{key}: is required, found nothing" for key in required if key not in entry]


def _running_order(after: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Each name after those it waits for; names in a ring never come."""
    order: list[str] = []
    while ready := [name for name in after if name not in order and set(after[name]) <= set(order)]:
        order += ready
    return order
