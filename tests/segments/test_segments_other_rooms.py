"""What the notebook asks other rooms of segments: their score, their loyalty, and what their customers write."""

from __future__ import annotations

import pandas as pd
import pytest

import cxmodels as cx
from cxmodels.segments.clusters.assign import Assignment, assigned
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.features.from_study import customer_features
from cxmodels.study.snapshot import Snapshot


@pytest.fixture(scope="module")
def segments(today: Snapshot) -> Assignment:
    features = customer_features(today)
    return assigned(fit_segments(features, 2), features)


@pytest.fixture(scope="module")
def groups(segments: Assignment) -> object:
    return segments.table.select("number", "segment")


def test_scores_are_weighted_for_who_was_silent_and_drawn_to_each_other(today: Snapshot, groups: object) -> None:
    found = cx.feedback.score_by(today, "segment", groups).table.set_index("segment")
    weights = cx.feedback.response_weights(today, attributes=cx.feedback.attributes_of(today)).table
    asked = {"kind": "relational", "by": "segment", "groups": groups}
    own = cx.feedback.score_table(cx.feedback.score_counts(today, "nps", weights=weights, **asked)).set_index("segment")
    plain = cx.feedback.score_table(cx.feedback.score_counts(today, "nps", **asked)).set_index("segment")
    assert found.loc[["1", "2"], "raw"].tolist() == pytest.approx(own.loc[["1", "2"], "value"].tolist())
    # the content answer more readily than the others
    assert (own["value"] < plain["value"]).all()
    middle = found["value"].mean()
    assert ((found["value"] - middle).abs() <= (found["raw"] - found["raw"].mean()).abs() + 1).all()


def test_scores_that_cannot_be_weighted_count_as_they_are(
    today: Snapshot, groups: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*_: object, **__: object) -> None:
        raise cx.feedback.NoInvitations("response_weights: nobody was invited")

    monkeypatch.setattr("cxmodels.feedback.page.by_group.response_weights", nobody)
    found = cx.feedback.score_by(today, "segment", groups).table.set_index("segment")
    plain = cx.feedback.score_counts(today, "nps", kind="relational", by="segment", groups=groups)
    expected = cx.feedback.score_table(plain).set_index("segment")["value"]
    assert found.loc[["1", "2"], "raw"].tolist() == pytest.approx(expected[["1", "2"]].tolist())


def test_cards_quote_masked_comments_of_their_own_customers_on_their_own_themes(
    today: Snapshot, segments: Assignment
) -> None:
    said = cx.feedback.comments(today)
    themes = cx.feedback.themes(said, count=4)
    written = cx.segments.written_by(
        segments, said.frame.assign(theme=themes.assigned), themes.table.drop(columns="stable")
    )
    quotes = cx.feedback.quotes(said, themes, groups=written.segments)
    assert list(quotes.columns) == ["language", "theme", "segment", "quote"]
    assert quotes.groupby(["language", "theme", "segment"]).size().max() <= 3
    own = said.frame.assign(theme=themes.assigned).merge(
        segments.table.to_pandas(), left_on="person", right_on="number"
    )
    people = cx.segments.personas(today, segments, themes=written, quotes=quotes)
    assert all(card.quotes for card in people.cards)
    for card in people.cards:
        mine = own[(own["segment"] == card.segment) & own["theme"].isin(card.themes["theme"])]
        assert set(card.quotes) <= {" ".join(text.split()) for text in mine["text"]}
        assert mine.groupby("theme")["person"].nunique().min() >= 10
    whole = cx.feedback.quotes(said, themes)
    pd.testing.assert_frame_equal(
        whole, cx.feedback.quotes(said, themes, groups=pd.Series(1, said.frame.index, name="all")).drop(columns="all")
    )
