"""Which cells of a table of people to hide, so that no total, and no earlier month, lets one be computed back.

Primary suppression hides a cell that holds a few people; secondary suppression hides others until the sums that are
shown leave every hidden cell open: Hundepool et al., Statistical Disclosure Control (2012), sections 4.2 and 4.3.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LITTLE = 1e-6
_UNBOUNDED = 3


def with_margins(counts: ArrayLike) -> NDArray[np.float64]:
    """The table with its sums, one further place at the end of each dimension."""
    table = np.asarray(counts, np.float64)
    for axis in range(table.ndim):
        table = np.concatenate([table, table.sum(axis=axis, keepdims=True)], axis=axis)
    return table


def hidden_cells(
    counts: ArrayLike, min_cell: int, *, hidden: ArrayLike | None = None, known: ArrayLike | None = None
) -> NDArray[np.bool_]:
    """Which cells and sums of a table to hide.

    Parameters
    ----------
    counts
        People in each cell, a table of any number of dimensions.
    min_cell
        The fewest people that may be told of.
    hidden
        Of the shape of `with_margins`: what must be hidden for another reason, because an earlier month or another
        table that shares it hides it.
    known
        Of that shape: what is shown whatever it holds, because it is published elsewhere or cannot be otherwise.

    Returns
    -------
    numpy.ndarray
        Of the shape of `with_margins`. From all that is shown, and from counts being 0 or more, whatever is hidden
        could be any of a range of counts at least `min_cell` wide. Only where `known` leaves nothing further to hide
        can that fail. An empty cell is shown where it betrays none: it counts nobody.

    Raises
    ------
    ValueError
        When a count is negative or not finite, or a mask has another shape.

    Notes
    -----
    The range of a hidden cell is found by two linear programs over all that is hidden (Fischetti and Salazar, 2001);
    where one is too narrow, the smallest cell that is shown on a line with it is hidden too, cells before sums. What
    was hidden beside others in vain is then shown again, the largest first (Kelly, Golden and Assad, 1992). More may be
    hidden than the least that would do.
    """
    table = with_margins(counts)
    if not (np.isfinite(table) & (table >= 0)).all():
        raise ValueError("hidden_cells: counts must be finite and 0 or more")
    told = _mask(known, table.shape, "known")
    away = (((table > 0) & (table < min_cell)) | _mask(hidden, table.shape, "hidden")) & ~told
    lines = _lines(table.shape)
    inner = np.zeros(table.shape, bool)
    inner[tuple(slice(-1) for _ in table.shape)] = True
    # cells before sums, people before nobody, few before many; the sum of everything last
    order = np.lexsort((table.ravel(), table.ravel() == 0, ~inner.ravel()))
    flat, kept, people = away.ravel(), told.ravel(), table.ravel()
    must = flat.copy()
    while not (kept | flat).all():
        # a line with one hidden place tells it: no range has to be worked out
        line = next((line for line in lines if flat[line].sum() == 1 and not (kept | flat)[line].all()), None)
        if line is None:
            narrow = next((c for c in order if flat[c] and _width(c, flat, people, lines) < min_cell), None)
            if narrow is None:
                break
            own = [line for line in lines if narrow in line and not (kept | flat)[line].all()]
            line = min(own, key=lambda line: flat[line].sum(), default=None)
        beside = order if line is None else [place for place in order if place in line]
        free = [place for place in beside if not flat[place] and not kept[place]]
        flat[min(free, key=lambda place: (not inner.flat[place], people[place] == 0, _opens(place, flat, lines)))] = (
            True
        )
    further = np.flatnonzero(flat & ~must)
    for place in further[np.argsort(-people[further], kind="stable")].tolist():
        flat[place] = False
        flat[place] = not _all_open(place, flat, people, lines, min_cell)
    return flat.reshape(table.shape)


def hidden_in_series(counts: ArrayLike, min_cell: int) -> NDArray[np.bool_]:
    """Which cells to hide in every month of a table that is shown month after month.

    Parameters
    ----------
    counts
        (months, …) people in each cell, the months in order.

    Returns
    -------
    numpy.ndarray
        Of the shape of `with_margins` of one month: what is hidden in one month is hidden in all of them, so that
        nobody is told from who was there a month before or after.

    Raises
    ------
    ValueError
        As for `hidden_cells`.
    """
    tables = np.asarray(counts, np.float64)
    ever = np.zeros(with_margins(tables[0]).shape, bool)
    while True:
        found = ever.copy()
        for table in tables:
            found |= hidden_cells(table, min_cell, hidden=found)
        if (found == ever).all():
            return ever
        ever = found


def _mask(given: ArrayLike | None, shape: tuple[int, ...], name: str) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool) if given is None else np.asarray(given, bool)
    if mask.shape != shape:
        raise ValueError(f"hidden_cells: {name} must have the shape with margins, {shape}, found {mask.shape}")
    return mask


def _lines(shape: tuple[int, ...]) -> list[NDArray[np.int64]]:
    """Flat places of every line: its cells, and last their sum."""
    places = np.arange(np.prod(shape)).reshape(shape)
    found: list[NDArray[np.int64]] = []
    for axis, size in enumerate(shape):
        found += list(np.moveaxis(places, axis, -1).reshape(-1, size))
    return found


def _opens(place: int, hidden: NDArray, lines: list[NDArray[np.int64]]) -> int:
    """On how many lines it would be the only one hidden, and so need another."""
    return sum(not hidden[line].any() for line in lines if place in line)


def _all_open(shown: int, hidden: NDArray, table: NDArray, lines: list[NDArray[np.int64]], least: float) -> bool:
    """Whether every hidden place has a wide range, those on a line with a place that is shown first: likeliest not."""
    if any(hidden[line].sum() == 1 for line in lines):
        return False
    near = np.unique(np.concatenate([line for line in lines if shown in line]))
    places = np.flatnonzero(hidden)
    places = places[np.argsort(~np.isin(places, near), kind="stable")].tolist()
    return all(_width(place, hidden, table, lines) >= least for place in places)


def _width(place: int, hidden: NDArray, table: NDArray, lines: list[NDArray[np.int64]]) -> float:
    """How wide the range is that the shown cells leave to a hidden one."""
    if len(lines) == 1:  # the cells and their sum
        others = hidden.sum() > 1
        return 0.0 if not others else np.inf if hidden[-1] else float(table[hidden].sum())
    from scipy.optimize import linprog

    unknown = np.flatnonzero(hidden)
    of_lines = [line for line in lines if hidden[line].any()]
    facts = np.zeros((len(of_lines), len(hidden)))
    for row, line in enumerate(of_lines):
        facts[row, line[:-1]], facts[row, line[-1]] = 1.0, -1.0
    right = -facts[:, ~hidden] @ table[~hidden]
    aim = (unknown == place).astype(float)
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(sign * aim, A_eq=facts[:, unknown], b_eq=right, bounds=(0, None), method="highs")
        if found.status == _UNBOUNDED:
            return np.inf
        ends.append(sign * found.fun)
    return ends[1] - ends[0] + _LITTLE
