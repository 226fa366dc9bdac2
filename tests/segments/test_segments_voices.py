"""What segments write about: more than others only beyond chance, and nothing of a few."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from cxmodels.segments.clusters.assign import Assignment, assigned
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.errors import UnknownColumn
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.personas.themes import COLUMNS, WrittenBy, written_by
from cxmodels.study.snapshot import Snapshot

EACH = 200
NAMES = ("late", "price", "site", "taste")
THEMES = pd.DataFrame({"language": "en", "theme": NAMES, "stable": True})


@pytest.fixture(scope="module")
def segments(today: Snapshot) -> Assignment:
    """Four segments of two hundred customers each, of numbers in a row."""
    features = customer_features(today)
    found = assigned(fit_segments(features, 4), features)
    numbers = np.arange(4 * EACH)
    return replace(found, table=ibis.memtable(pd.DataFrame({"number": numbers, "segment": numbers // EACH + 1})))


def comments(counts: dict[str, tuple[int, ...]], *, others: int = 60, nobody: int = 0) -> pd.DataFrame:
    """Return a comment of each customer: so many of each segment on each theme, as many on none, some of nobody."""
    rows = []
    for segment in range(4):
        on = [name for name, each in counts.items() for _ in range(each[segment])]
        rows += [(segment * EACH + place, name) for place, name in enumerate([*on, *[""] * others])]
    rows += [(-1 - place, next(iter(counts))) for place in range(nobody)]
    return pd.DataFrame(rows, columns=["person", "theme"]).assign(language="en")


def told(found: WrittenBy) -> dict[int, list[str]]:
    """Return the themes that more of a segment write about."""
    rows = found.shares[found.shares["more"]]
    return {int(segment): part["theme"].tolist() for segment, part in rows.groupby("segment")}


def test_a_theme_that_more_of_a_segment_write_about_is_told_with_both_shares(segments: Assignment) -> None:
    found = written_by(segments, comments({"late": (40, 12, 12, 12), "price": (20, 20, 20, 20)}), THEMES)
    assert told(found) == {1: ["late"]}
    row = found.shares.iloc[0]
    assert (row["customers"], row["writers"]) == (40, 120)
    assert (row["share"], row["others"]) == (pytest.approx(40 / 120), pytest.approx(36 / 276))
    assert row["low"] < row["share"] < row["high"]
    # the others write about price most, no more than anybody
    rest = found.shares.iloc[1:]
    assert rest["theme"].tolist() == ["price"] * 3
    assert rest[["share", "others", "q"]].isna().all(axis=None)


def test_customers_count_once_however_often_they_write_and_only_in_their_language(segments: Assignment) -> None:
    once = comments({"late": (40, 12, 12, 12), "price": (20, 20, 20, 20)})
    french = once.assign(language="fr", theme="")
    again = pd.concat([once, once[once["person"] < 30], french], ignore_index=True)
    pd.testing.assert_frame_equal(written_by(segments, again, THEMES).shares, written_by(segments, once, THEMES).shares)


def test_sure_is_what_fishers_exact_test_and_benjamini_and_hochberg_call_sure(segments: Assignment) -> None:
    random = np.random.default_rng(6)
    counts = {name: tuple(random.integers(10, 70, 4).tolist()) for name in NAMES}
    table = np.array([counts[name] for name in NAMES]).T
    of = table.sum(axis=1) + 60
    p = np.array(
        [
            [
                fisher_exact(
                    [[some, of[at] - some], [every.sum() - some, of.sum() - of[at] - every.sum() + some]],
                    alternative="greater",
                ).pvalue
                for every in table.T
                for some in [every[at]]
            ]
            for at in range(4)
        ]
    )
    ranked = np.sort(p.ravel())
    sure = ranked <= 0.05 * np.arange(1, p.size + 1) / p.size
    limit = ranked[sure].max() if sure.any() else -1.0
    expected = {
        at + 1: sorted(name for name, one in zip(NAMES, p[at], strict=True) if one <= limit)
        for at in range(4)
        if (p[at] <= limit).any()
    }
    assert expected
    found = told(written_by(segments, comments(counts), THEMES))
    assert {segment: sorted(names) for segment, names in found.items()} == expected


def test_where_all_write_alike_hardly_ever_is_more_called_sure(segments: Assignment) -> None:
    random = np.random.default_rng(11)
    person = np.arange(4 * EACH)
    called = 0
    for _ in range(25):
        said = random.choice(["", *NAMES], len(person), p=[0.5, 0.2, 0.15, 0.1, 0.05])
        frame = pd.DataFrame({"person": person, "theme": said, "language": "en"})
        called += bool(told(written_by(segments, frame, THEMES)))
    # one of twenty is expected at most; six or more of these once in a thousand times
    assert called <= 5


@pytest.mark.parametrize(("elsewhere", "nobody"), [((4, 0, 0), 0), ((0, 0, 0), 3)])
def test_no_share_is_told_from_which_a_few_others_would_follow(
    segments: Assignment, elsewhere: tuple[int, ...], nobody: int
) -> None:
    found = written_by(segments, comments({"late": (40, *elsewhere)}, nobody=nobody), THEMES)
    assert told(found) == {}
    # that at least so many wrote of it tells of nobody else
    assert found.shares[["segment", "theme", "customers"]].to_numpy().tolist() == [[1, "late", 40]]
    enough = written_by(segments, comments({"late": (60, 15, 15, 15)}, nobody=12), THEMES)
    assert told(enough) == {1: ["late"]}


def test_a_theme_of_few_customers_or_that_is_not_stable_is_on_no_card(segments: Assignment) -> None:
    counts = {"late": (60, 15, 15, 15), "price": (9, 9, 9, 9)}
    shaky = THEMES.assign(stable=THEMES["theme"] != "late")
    found = written_by(segments, comments(counts), shaky)
    assert found.shares.empty
    assert list(found.shares.columns) == COLUMNS
    assert found.segments.isna().all()


def test_only_comments_on_a_theme_of_their_own_card_may_be_quoted(segments: Assignment) -> None:
    wrote = comments({"late": (40, 12, 12, 12), "price": (20, 20, 20, 20)}, nobody=5)
    found = written_by(segments, wrote, THEMES)
    assert found.segments.index.equals(wrote.index)
    may = wrote[found.segments.notna()].assign(segment=found.segments)
    counted = may.groupby(["segment", "theme"]).size().to_dict()
    assert counted == {(1, "late"): 40, (2, "price"): 20, (3, "price"): 20, (4, "price"): 20}


def test_a_table_that_lacks_a_column_is_named(segments: Assignment) -> None:
    with pytest.raises(UnknownColumn, match="comments: the table lacks the column 'language'"):
        written_by(segments, pd.DataFrame({"person": [1], "theme": ["late"]}), THEMES)
    with pytest.raises(UnknownColumn, match="themes: the table lacks the column 'language'"):
        written_by(segments, comments({"late": (1, 1, 1, 1)}), THEMES[["theme"]])
