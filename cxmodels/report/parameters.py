"""Parameters of notebooks: read from the cell tagged ``parameters``, checked before any kernel starts."""

from __future__ import annotations

import ast
import contextlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxmodels import personal
from cxmodels.report.errors import WrongUse
from cxmodels.report.plan import Bounds, Plan, PlannedNotebook
from cxmodels.study.errors import listed, nearest

Value = int | float | str | bool
GIVEN = {"study": "the STUDY argument", "month": "--month", "pages": "the report itself"}
"""Parameters that have a way of their own in, and what it is."""

_SECRET = re.compile(r"token|password|passwd|passphrase|secret|credential|api_?key|private_?key", re.IGNORECASE)
_TYPES: dict[str, Any] = {kind.__name__: kind for kind in (int, float, str, bool)}
_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Parameter:
    """A parameter a notebook declares: its name, its type, and the value it has in JupyterLab."""

    name: str
    type: type
    default: Value


def declared(path: Path) -> dict[str, Parameter]:
    """What the cell tagged ``parameters`` of a notebook declares.

    Raises
    ------
    WrongUse
        When the file is no notebook, or a line of the cell is not ``name: type = value`` with one of the types
        int, float, str and bool and a value of that type.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise WrongUse(f"{path}: not a notebook: {error}") from None
    tagged = [cell for cell in cells if "parameters" in cell.get("metadata", {}).get("tags", ())]
    if not tagged:
        return {}
    source = "".join(tagged[0]["source"])
    try:
        lines = ast.parse(source).body
    except SyntaxError as error:
        raise WrongUse(f"{path}: cell tagged parameters, line {error.lineno}: not Python: {error.msg}") from None
    found = [_declaration(line, source, path) for line in lines]
    return {parameter.name: parameter for parameter in found}


def assigned(plan: Plan, given: Iterable[str]) -> dict[str, dict[str, Value]]:
    """Values by notebook and name from texts like ``churn.window_months=12`` or, for all that have it, ``n=5``.

    Raises
    ------
    WrongUse
        When a name is unknown, a value of the wrong type or out of its range, or when it is a secret, which would
        stand in the published notebook. All problems are in one message.
    """
    known = {notebook.name: declared(notebook.file) for notebook in plan.notebooks}
    problems: list[str] = []
    values: dict[str, dict[str, Value]] = {notebook.name: {} for notebook in plan.notebooks}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            problems.append(f"NAME=VALUE or NOTEBOOK.NAME=VALUE is allowed, found {text!r}")
        elif problem := _refusal(name, value):
            problems.append(problem)
        else:
            _assign(name.strip(), value, plan, known, values, problems)
    if problems:
        raise WrongUse(listed(problems, "-p"))
    return values


def _declaration(line: ast.stmt, source: str, path: Path) -> Parameter:
    where = f"{path}: cell tagged parameters, line {line.lineno}"
    found = ast.get_source_segment(source, line)
    if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name) and line.value is not None):
        raise WrongUse(f"{where}: a line 'name: type = value' is allowed, found {found!r}")
    kind = _TYPES.get(ast.unparse(line.annotation))
    if kind is None:
        raise WrongUse(f"{where}: the types {', '.join(_TYPES)} are allowed, found {ast.unparse(line.annotation)!r}")
    default: Any = None
    with contextlib.suppress(ValueError):
        default = ast.literal_eval(line.value)
    if kind is float and type(default) is int:
        default = float(default)
    if type(default) is not kind:
        raise WrongUse(f"{where}: a literal value of type {kind.__name__} is allowed, found {found!r}")
    return Parameter(line.target.id, kind, default)


def _refusal(name: str, value: str) -> str:
    """Why a value may not be passed at all; the message never repeats the value."""
    own = name.rpartition(".")[2].strip()
    if own in GIVEN:
        return f"{own} is not set with -p but by {GIVEN[own]}"
    if _SECRET.search(own):
        return f"{own}: a secret may not be a parameter, it would be published; set an environment variable instead"
    if hits := personal.find(value):
        return f"{own}: its value looks like {hits[0].rule}, and parameters are published"
    return ""


def _assign(
    name: str,
    text: str,
    plan: Plan,
    known: Mapping[str, Mapping[str, Parameter]],
    values: dict[str, dict[str, Value]],
    problems: list[str],
) -> None:
    notebook, dot, own = name.rpartition(".")
    if dot and notebook not in known:
        problems.append(f"{name}: the notebooks are {', '.join(known)}; found {notebook!r}{nearest(notebook, known)}")
        return
    homes = [plan[notebook]] if dot else [n for n in plan.notebooks if own in known[n.name]]
    if not homes or own not in known[homes[0].name]:
        allowed = sorted({p for n in ([notebook] if dot else known) for p in known[n]} - set(GIVEN))
        whose = f"{notebook} has" if dot else "the notebooks have"
        problems.append(
            f"{whose} the parameters {', '.join(allowed) or '(none)'}; found {own!r}{nearest(own, allowed)}"
        )
    for home in homes:
        if own in known[home.name]:
            _convert(home, known[home.name][own], text, values[home.name], problems)


def _convert(
    home: PlannedNotebook, parameter: Parameter, text: str, values: dict[str, Value], problems: list[str]
) -> None:
    name = f"{home.name}.{parameter.name}"
    value: Value
    try:
        value = _WORDS[text.strip().lower()] if parameter.type is bool else parameter.type(text)
    except (ValueError, KeyError):
        wanted = (
            "true or false" if parameter.type is bool else {int: "a whole number", float: "a number"}[parameter.type]
        )
        problems.append(f"{name}: {wanted} is allowed (default {parameter.default!r}), found {text!r}")
        return
    bounds = home.parameters.get(parameter.name, Bounds())
    if isinstance(value, float) and not math.isfinite(value):
        problems.append(f"{name}: a finite number is allowed, found {text!r}")
    elif bounds.choices and value not in bounds.choices:
        known = [str(choice) for choice in bounds.choices]
        problems.append(f"{name}: allowed are {', '.join(known)}; found {text!r}{nearest(text, known)}")
    elif not isinstance(value, str) and not _inside(value, bounds):
        low = "any" if bounds.min is None else f"{bounds.min:g}"
        high = "any" if bounds.max is None else f"{bounds.max:g}"
        problems.append(f"{name}: from {low} to {high} is allowed (default {parameter.default!r}), found {text}")
    else:
        values[parameter.name] = value


def _inside(value: float, bounds: Bounds) -> bool:
    above = bounds.min is None or value >= bounds.min
    return above and (bounds.max is None or value <= bounds.max)
