"""What a model must be beyond readable: without cycles, with each item, path and label in its place."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from cxmodels.loyalty.errors import InvalidModel
from cxmodels.loyalty.syntax.expression import formula
from cxmodels.loyalty.syntax.mistakes import nearest
from cxmodels.loyalty.syntax.statement import Row

Terms = dict[tuple[str, str, str], list[Row]]
"""What is said of one parameter: one row, or one for each group."""


def check(rows: list[Row]) -> None:
    """Raise `InvalidModel` where the rows are no path model."""
    if not rows:
        raise InvalidModel("the text says nothing: a model has at least one line such as 'satisfaction =~ q1 + q2'")
    terms = _terms(rows)
    _once(terms)
    _constructs(rows)
    _acyclic(rows)
    _labels(rows)
    _groups(terms)


def _terms(rows: list[Row]) -> Terms:
    terms: Terms = {}
    for row in rows:
        # A covariance has no direction, and a defined name is one whatever it is defined as.
        one, other = sorted((row.lhs, row.rhs)) if row.op == "~~" else (row.lhs, row.rhs)
        terms.setdefault((one, row.op, "" if row.op == ":=" else other), []).append(row)
    return terms


def _once(terms: Terms) -> None:
    for (lhs, op, rhs), rows in terms.items():
        groups = [row.group for row in rows]
        if groups == [0] or (0 not in groups and len(set(groups)) == len(groups)):
            continue
        said = {
            "=~": f"{rhs!r} is an item of {lhs!r} twice",
            "<~": f"{rhs!r} is an item of {lhs!r} twice",
            "~": f"the path {rhs} → {lhs} is there twice",
            ":=": f"{lhs!r} is defined twice",
        }.get(op, f"'{' '.join(filter(None, (lhs, op, rhs)))}' is there twice")
        lines = ", ".join(str(line) for line in sorted({row.line for row in rows}))
        raise InvalidModel(f"line {lines}: {said}; what is said of one parameter is chained: a*start(0.5)*x")


def _constructs(rows: list[Row]) -> None:
    kinds: dict[str, str] = {}
    for row in rows:
        if row.op in ("=~", "<~") and kinds.setdefault(row.lhs, row.op) != row.op:
            raise InvalidModel(
                f"line {row.line}: {row.lhs!r} has items by '=~' and by '<~'; a construct is either measured by its "
                "items or composed of them"
            )
    folded = {name.casefold(): name for name in kinds}
    for row in rows:
        if row.op == "<~" and row.rhs in kinds:
            raise InvalidModel(
                f"line {row.line}: {row.rhs!r} is an item of the composite {row.lhs!r} and a construct itself; a "
                f"composite is made of items, and between constructs there are paths: {row.lhs} ~ {row.rhs}"
            )
        for name in (row.lhs, row.rhs) if row.op in ("~", "~~") else ():
            meant = folded.get(name.casefold(), name)
            if name not in kinds and meant != name:
                raise InvalidModel(f"line {row.line}: nothing measures {name!r}; did you mean {meant!r}?")


def _acyclic(rows: list[Row]) -> None:
    causes: dict[str, set[str]] = {}
    for row in rows:
        if row.op in ("~", "<~", "=~"):
            source, target = (row.lhs, row.rhs) if row.op == "=~" else (row.rhs, row.lhs)
            causes.setdefault(target, set()).add(source)
    try:
        TopologicalSorter(causes).prepare()
    except CycleError as error:
        cycle = error.args[1]
        raise InvalidModel(f"the paths go round in a circle: {' → '.join(cycle)}") from None


def _labels(rows: list[Row]) -> None:
    known: dict[str, Row] = {}
    for row in rows:
        label, fixed = row.modifier.label, row.modifier.value
        if not label:
            continue
        before = known.setdefault(label, row).modifier.value
        if fixed == fixed and before == before and fixed != before:
            raise InvalidModel(
                f"line {row.line}: the label {label!r} stands for {fixed:g} and, in line {known[label].line}, for "
                f"{before:g}"
            )
        if fixed == fixed:
            known[label] = row
    parameters = {"".join(f"{row.lhs}{row.op}{row.rhs}".split()) for row in rows}
    for row in rows:
        if row.modifier.equal and row.modifier.equal not in {*known, *parameters}:
            raise _unknown(row.line, row.modifier.equal, {*known, *parameters})
    defined: list[str] = []
    for row in rows:
        if row.op == ":=":
            if row.lhs in known:
                raise InvalidModel(
                    f"line {row.line}: {row.lhs!r} is defined and a label too (line {known[row.lhs].line})"
                )
            _given(row, row.rhs, {*known, *defined})
            defined.append(row.lhs)
        if row.op == "==":
            _given(row, f"{row.lhs}+({row.rhs})", {*known})


def _given(row: Row, said: str, known: set[str]) -> None:
    for label in formula(said).labels:
        if label not in known:
            raise _unknown(row.line, label, known)


def _unknown(line: int, label: str, known: set[str]) -> InvalidModel:
    return InvalidModel(
        f"line {line}: no parameter has the label {label!r}, as in {label}*x{nearest(label, sorted(known))}"
    )


def _groups(terms: Terms) -> None:
    by_number: dict[int, int] = {}
    for rows in terms.values():
        if rows[0].group:
            by_number.setdefault(len(rows), rows[0].line)
    if len(by_number) > 1:
        found = ", ".join(f"{groups} (line {line})" for groups, line in sorted(by_number.items()))
        raise InvalidModel(f"c() has a value for each group, and their number differs: {found}")
