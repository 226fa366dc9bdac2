from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmodels.churn.counts.from_frame import NO_DAY, counted


def table(n: int = 300, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "tenure": rng.integers(1, 30, n),
            "churn": rng.integers(0, 2, n),
            "plan": rng.choice(["A", "B", "C"], n, p=[0.2, 0.5, 0.3]),
            "mobile": rng.random(n) < 0.4,
            "kind": pd.Categorical(rng.choice(["x", "y"], n)),
            "age": rng.integers(20, 25, n),
            "spend": rng.normal(50, 10, n),
            "shop": rng.integers(0, 4, n),
        }
    )


def test_text_booleans_and_categories_are_levels_and_numbers_are_numbers() -> None:
    found = counted(table(), ["plan", "mobile", "kind", "age", "spend"], duration="tenure", event="churn")
    assert set(found.levels) == {"plan", "mobile", "kind"}
    assert found.numeric == ("age", "spend")
    assert found.levels["plan"] == ("B", "C", "A")
    assert found.levels["mobile"] == ("false", "true")
    assert found.frame[["age", "spend"]].dtypes.unique().tolist() == [np.dtype(float)]
    assert found.pooled == {"plan": (), "mobile": (), "kind": ()}
    assert (found.n, found.as_of, found.unit) == (300, NO_DAY, "days")


def test_identical_rows_are_counted_as_one_and_in_an_order_of_their_own() -> None:
    rows = table().drop(columns=["spend"])
    first = counted(rows, ["plan", "age"], duration="tenure", event="churn", unit="months", as_of=date(2026, 9, 30))
    again = counted(rows.sample(frac=1, random_state=3), ["plan", "age"], duration="tenure", event="churn")
    wanted = rows.value_counts(["tenure", "churn", "plan", "age"]).sort_index()
    assert first.frame.set_index(["exit", "event", "plan", "age"])["n"].to_dict() == wanted.to_dict()
    pd.testing.assert_frame_equal(first.frame, again.frame)
    assert (first.month, first.as_of) == (1.0, date(2026, 9, 30))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.integers(1, 4), st.booleans(), st.sampled_from("ab"), st.sampled_from([0.5, 2])
        ),
        min_size=1,
        max_size=40,
    )
)
def test_counting_loses_nothing(rows: list[tuple[int, int, bool, str, float]]) -> None:
    frame = pd.DataFrame(rows, columns=["entry", "time", "event", "plan", "size"])
    frame["exit"] = frame["entry"] + frame["time"]
    found = counted(frame, ["plan", "size"], entry="entry")
    loose = counted(frame, ["plan", "size"], entry="entry", collapse=False)
    by = ["entry", "exit", "event", "plan", "size"]
    assert len(loose.frame) == len(frame)
    assert not found.frame[by].duplicated().any()
    assert found.frame.groupby(by)["n"].sum().to_dict() == loose.frame.groupby(by)["n"].sum().to_dict()
    assert found.levels == loose.levels


def test_counts_are_summed_and_columns_that_are_kept_stay_apart() -> None:
    rows = pd.DataFrame({"exit": [3, 3, 3], "event": [1, 1, 1], "size": [2, 5, 1], "shop": ["a", "a", "b"]})
    found = counted(rows, n="size", keep=["shop"])
    assert found.frame[["exit", "shop", "n"]].to_numpy().tolist() == [[3, "a", 7], [3, "b", 1]]
    assert (found.n, found.events) == (8, 8)


def test_a_table_with_many_identical_rows_is_found_to_be_one_by_a_sample() -> None:
    rng = np.random.default_rng(5)
    rows = pd.DataFrame({"exit": rng.integers(1, 20, 60_000), "event": 0, "plan": rng.choice(["A", "B"], 60_000)})
    assert len(counted(rows, ["plan"]).frame) == 38
    spread = rows.assign(spend=rng.normal(size=60_000))
    assert len(counted(spread, ["plan", "spend"]).frame) == 60_000


def test_causes_belong_to_departures_and_the_others_are_active_or_switched() -> None:
    rows = pd.DataFrame(
        {"exit": [1, 2, 3, 4], "event": [1, 1, 0, 0], "why": ["voluntary", None, "voluntary", "switched"]}
    )
    found = counted(rows, cause="why").frame
    assert found["cause"].tolist() == ["voluntary", "unknown", "active", "switched"]
    assert counted(rows).frame["cause"].tolist() == ["unknown", "unknown", "active", "active"]


def test_a_missing_category_is_a_level_of_its_own() -> None:
    rows = pd.DataFrame({"exit": [1, 2, 3], "event": 1, "plan": ["A", None, "A"]})
    assert counted(rows, ["plan"]).levels == {"plan": ("A", "unknown")}


def test_the_table_given_is_not_changed() -> None:
    rows = table()
    before = rows.copy()
    counted(rows, ["plan", "mobile", "spend"], duration="tenure", event="churn", keep=["shop"])
    pd.testing.assert_frame_equal(rows, before)


def test_todays_customers_are_cells_of_a_table_too() -> None:
    rows = pd.DataFrame({"exit": [5, 5, 7], "event": [0, 0, 1], "spend": [1.5, 1.5, 2.0]})
    assert counted(rows, ["spend"]).cells().to_dict("records") == [{"tenure": 5, "spend": 1.5, "n": 2}]
