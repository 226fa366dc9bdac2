"""No table with its sums, and no series of tables, lets a hidden cell be computed back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

from cxmodels.suppression import hidden_cells, hidden_in_series, with_margins

SHAPES = st.one_of(st.tuples(st.integers(1, 8)), st.tuples(st.integers(1, 4), st.integers(1, 4)))
PEOPLE = st.one_of(st.integers(0, 12), st.integers(0, 60))


def widths(counts: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """What an attacker who subtracts knows of each hidden cell or sum: the width of its range.

    The unknowns are the cells inside alone; each cell and sum that is shown is one equation about them.
    """
    size = counts.size
    of = np.array([with_margins(one.reshape(counts.shape)).ravel() for one in np.eye(size)]).T
    shown = ~hidden.ravel()
    total = of @ counts.ravel()
    found = []
    for row in of[hidden.ravel()]:
        ends = []
        for sign in (1, -1):
            said = linprog(
                sign * row, A_eq=of[shown] if shown.any() else None, b_eq=total[shown] if shown.any() else None
            )
            ends.append(np.inf if said.status == 3 else sign * said.fun)
        found.append(ends[1] - ends[0] if np.isfinite(ends[1]) else np.inf)
    return np.array(found)


def determined(counts: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Which hidden cells or sums follow from what is shown by adding and subtracting alone: a question of rank."""
    of = np.array([with_margins(one.reshape(counts.shape)).ravel() for one in np.eye(counts.size)]).T
    shown = of[~hidden.ravel()]
    rank = np.linalg.matrix_rank(shown) if len(shown) else 0
    return np.array([np.linalg.matrix_rank(np.vstack([shown, row])) == rank for row in of[hidden.ravel()]])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.data(), st.integers(2, 12))
def test_whoever_subtracts_learns_no_hidden_cell_to_within_a_few_people(data: st.DataObject, min_cell: int) -> None:
    counts = data.draw(arrays(np.int64, data.draw(SHAPES), elements=PEOPLE))
    hidden = hidden_cells(counts, min_cell)
    table = with_margins(counts)
    assert hidden[(table > 0) & (table < min_cell)].all()
    assert not determined(counts, hidden).any()
    assert (widths(counts, hidden) >= min_cell - 1e-5).all()


@settings(max_examples=12, deadline=None, derandomize=True)
@given(arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 4)), elements=PEOPLE))
def test_nothing_is_hidden_that_could_be_shown(counts: np.ndarray) -> None:
    hidden, table = hidden_cells(counts, 10), with_margins(counts)
    for place in np.argwhere(hidden & ((table == 0) | (table >= 10))):
        shown = hidden.copy()
        shown[tuple(place)] = False
        assert (widths(counts, shown) < 10 - 1e-5).any()


@settings(max_examples=25, deadline=None, derandomize=True)
@given(arrays(np.int64, st.tuples(st.integers(2, 4), st.integers(2, 5)), elements=PEOPLE), st.integers(2, 12))
def test_a_cell_hidden_in_one_month_is_hidden_in_every_month_and_open_in_each(
    counts: np.ndarray, min_cell: int
) -> None:
    hidden = hidden_in_series(counts, min_cell)
    ever = ((with_margins(counts[0])[None] * 0 + [with_margins(one) for one in counts]) > 0) & (
        np.array([with_margins(one) for one in counts]) < min_cell
    )
    assert hidden[ever.any(axis=0)].all()
    for month in counts:
        assert (widths(month, hidden) >= min_cell - 1e-5).all()


def test_who_knows_that_nobody_moved_learns_nothing_from_the_month_after() -> None:
    before, after = [4, 30, 50], [4, 30, 8]
    # each month alone would show what the other hides
    assert hidden_cells(before, 10).tolist() == [True, True, False, False]
    assert hidden_cells(after, 10).tolist() == [True, False, True, False]
    assert hidden_in_series([before, after], 10).tolist() == [True, True, True, False]


def test_the_sums_of_a_cross_table_do_not_give_a_corner_away() -> None:
    # each line has two hidden cells, and still the four add up so that the first is known: 3 + 30 + ... by the sums
    hidden = hidden_cells([[4, 30, 40], [50, 60, 70], [80, 90, 95]], 10)
    assert hidden[:3, :3].sum() == 4
    assert not hidden[3].any()
    assert not hidden[:, 3].any()


def test_two_small_cells_that_are_few_together_take_a_third() -> None:
    assert hidden_cells([2, 3, 40, 70], 10).tolist() == [True, True, True, False, False]


def test_a_total_of_a_few_people_is_hidden_itself() -> None:
    assert hidden_cells([2, 3], 10).all()
    assert not hidden_cells([12, 0, 30], 10).any()


def test_what_is_hidden_elsewhere_stays_hidden_and_what_is_known_stays_shown() -> None:
    must = [True, False, False, False]
    hidden = hidden_cells([40, 20, 90], 10, hidden=must)
    assert hidden.tolist() == [True, True, False, False]
    assert hidden_cells([40, 20, 90], 10, hidden=must, known=[False, True, False, False]).tolist() == [
        True,
        False,
        True,
        False,
    ]
    assert hidden_cells([4, 20], 10, known=[False, True, True]).tolist() == [True, False, False]


@pytest.mark.parametrize("wrong", [[1, -1], [1, np.nan]])
def test_counts_that_nobody_can_have_are_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match="finite and 0 or more"):
        hidden_cells(wrong, 10)


def test_a_mask_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"hidden must have the shape with margins, \(3,\), found \(2,\)"):
        hidden_cells([1, 2], 10, hidden=[True, False])
