"""Segments that were planted are found, as many as there are, and everybody is assigned as the centres say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from cxmodels.segments.clusters.assign import assigned, assigned_on, memberships
from cxmodels.segments.clusters.choose import choose_k
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.clusters.match import matched
from cxmodels.segments.clusters.model import SegmentModel
from cxmodels.segments.errors import InvalidModel, InvalidValue, NoBehaviour, TooFewCustomers, UnknownColumn
from cxmodels.segments.features.features import Features
from cxmodels.segments.features.from_study import customer_features
from cxmodels.study.snapshot import Snapshot

Made = Callable[..., Features]


def blobs(sizes: tuple[int, ...], seed: int, apart: float = 6.0, width: int = 4) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    centres = apart * np.eye(width)[: len(sizes)]
    kind = np.repeat(np.arange(len(sizes)), sizes)
    return centres[kind] + random.normal(size=(len(kind), width)), kind


def labels(found: Features, model: SegmentModel) -> np.ndarray:
    return assigned(model, found).table.to_pandas().sort_values("number")["segment"].to_numpy()


def test_the_types_planted_in_the_company_are_recovered_of_all_who_ordered_five_times(
    planted: Path, today: Snapshot
) -> None:
    features = customer_features(today)
    choice = choose_k(features, ks=(4, 5, 6), resamples=6, references=2)
    # four types, and those who do not buy in the shop
    assert choice.k == 5
    assert "5 segments: of the numbers whose segments are all found again" in choice.reason
    found = assigned(fit_segments(features, choice.k), features).table.to_pandas()
    types = pd.read_parquet(planted / "customer_types.parquet").merge(today.pseudonyms.to_pandas(), on="customer_id")
    both = found.merge(types[["number", "type"]], on="number")
    both = both.merge(features.table.select("number", "frequency").to_pandas(), on="number")
    known = both[both["frequency"] >= 5]
    assert len(known) > 200
    assert adjusted_rand_score(known["type"], known["segment"]) >= 0.95
    some = both[both["frequency"] >= 2]
    assert adjusted_rand_score(some["type"], some["segment"]) >= 0.9


def test_the_number_of_segments_is_the_planted_one_where_sizes_differ(features_of: Made) -> None:
    values, _ = blobs((500, 260, 160, 90), seed=3)
    choice = choose_k(features_of(values), ks=(2, 3, 4, 5, 6), resamples=10, references=4)
    panel = choice.panel.set_index("k")
    assert choice.k == 4
    assert panel["bic"].idxmin() == 4
    assert panel["silhouette"].idxmax() == 4
    assert panel.index[panel["gap_rule"]][0] == 4
    assert panel.loc[4, "stability"] > 0.95
    assert panel.loc[4, "weakest"] > 0.9
    of_four = choice.segments[choice.segments["k"] == 4]
    assert of_four["share"].to_numpy() == pytest.approx(np.array([500, 260, 160, 90]) / 1010, abs=0.01)


def test_of_one_cloud_no_number_of_segments_is_said_to_hold(features_of: Made) -> None:
    values = np.random.default_rng(0).normal(size=(400, 4))
    choice = choose_k(features_of(values), ks=(3, 4, 5), resamples=10, references=3)
    assert not choice.panel["holds"].any()
    assert "with care: no number is found again well enough" in choice.reason


def test_the_engine_assigns_as_the_nearest_centre_and_the_mixture_say(features_of: Made) -> None:
    values, _ = blobs((300, 200, 100), seed=1, apart=3.0)
    values[:, 1] = np.exp(values[:, 1])
    values[5, 0] = np.nan
    features = features_of(values, x1="log")
    model = fit_segments(features, 3)
    scaled = values.copy()
    scaled[:, 1] = np.log1p(scaled[:, 1])
    scaled = np.nan_to_num((scaled - np.nanmean(scaled, axis=0)) / np.nanstd(scaled, axis=0))
    distance = ((scaled[:, None] - model.centres[None]) ** 2).sum(axis=2)
    found = assigned(model, features)
    frame = found.table.to_pandas().sort_values("number")
    assert (frame["segment"] == distance.argmin(axis=1) + 1).all()
    odds = scaled @ np.array([one.slope for one in model.segments]).T
    odds = np.exp(odds + [one.intercept for one in model.segments])
    expected = odds / odds.sum(axis=1, keepdims=True)
    assert frame["certainty"].to_numpy() == pytest.approx(expected[np.arange(600), distance.argmin(axis=1)])
    wide = memberships(model, features).to_pandas().pivot(index="number", columns="segment", values="probability")
    assert wide.to_numpy() == pytest.approx(expected)
    assert found.sizes["customers"].tolist() == np.bincount(frame["segment"])[1:].tolist()


def test_a_sample_finds_what_all_would(features_of: Made) -> None:
    values, kind = blobs((2_000, 1_200, 800), seed=2)
    features = features_of(values)
    sampled = fit_segments(features, 3, most=400)
    assert sampled.sampled == 400
    assert sampled.customers == 4_000
    assert adjusted_rand_score(kind, labels(features, sampled)) > 0.98
    assert fit_segments(features, 3, most=400) == sampled


def test_the_model_survives_being_written_down_and_holds_no_customer(features_of: Made) -> None:
    values, _ = blobs((60, 40), seed=4)
    features = features_of(values)
    model = fit_segments(features, 2).named({2: "Morning coffee"})
    again = SegmentModel.from_json(model.to_json())
    assert again == model
    assert (labels(features, again) == labels(features, model)).all()
    numbers = json.loads(model.to_json())
    assert len(numbers["segments"]) == 2
    # so many numbers a segment and six a feature, whatever the number of customers
    assert len(model.to_json()) == pytest.approx(
        len(fit_segments(features_of(np.tile(values, (5, 1))), 2).to_json()), rel=0.05
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:-20], "no segment model of form 1"),
        (lambda text: text.replace('"form": 1', '"form": 9'), "its form is 9"),
        (lambda text: text.replace('"number": 2', '"number": 1'), "ascending numbers"),
        (lambda text: text.replace('"intercept"', '"slant"', 1), "slant"),
        (lambda text: text.replace('"transform": "none"', '"transform": "cube"', 1), "a transform unknown"),
        (lambda text: text.replace('"gone"', '"away"'), "gone is missing"),
    ],
)
def test_a_model_that_somebody_broke_is_refused(features_of: Made, change: Callable[[str], str], said: str) -> None:
    text = fit_segments(features_of(blobs((60, 40), seed=4)[0]), 2).to_json()
    with pytest.raises(InvalidModel, match=said):
        SegmentModel.from_json(change(text))


def test_segments_found_again_keep_number_and_name_whatever_their_order(features_of: Made) -> None:
    values, kind = blobs((400, 300, 200), seed=6)
    earlier = fit_segments(features_of(values), 3).named({1: "Big", 2: "Middle", 3: "Small"})
    before = labels(features_of(values), earlier)
    # the smallest has grown to be the largest
    more = np.vstack([values, values[kind == 2], values[kind == 2]])
    now = features_of(more)
    again = matched(fit_segments(now, 3), earlier, now, now)
    assert again.matches["what"].tolist() == ["kept"] * 3
    assert again.matches["overlap"].min() > 0.95
    assert again.model.names == {1: "Big", 2: "Middle", 3: "Small"}
    assert (labels(features_of(values), again.model) == before).mean() > 0.99
    assert again.model.segments[2].share > again.model.segments[0].share


def test_a_segment_that_is_new_gets_a_number_never_used_and_one_that_vanished_is_said(features_of: Made) -> None:
    values, kind = blobs((300, 200, 150, 100), seed=7)
    three = features_of(values[kind < 3])
    earlier = fit_segments(three, 3).named({3: "Fading"})
    without_third = features_of(values[kind != 2])
    now = matched(fit_segments(without_third, 3), earlier, without_third, without_third)
    assert now.matches.set_index("segment")["what"].to_dict() == {1: "kept", 2: "kept", 3: "vanished", 4: "new"}
    assert now.model.gone == {3: "Fading"}
    back = matched(fit_segments(three, 3), now.model, three, three)
    assert 5 in back.model.names
    assert back.model.gone == {3: "Fading", 4: "Segment 4"}


def test_small_segments_are_not_told_nor_what_would_give_them_away(features_of: Made) -> None:
    values, _ = blobs((200, 100, 30), seed=8)
    features = features_of(values)
    model = fit_segments(features, 3)
    few = assigned(model, features_of(np.vstack([values[:200], values[200:300], values[300:304]])))
    shown = few.shown()
    assert few.sizes["customers"].tolist() == [200, 100, 4]
    assert shown["customers"].isna().tolist() == [False, True, True]
    assert shown["share"].isna().tolist() == [False, True, True]
    assert assigned(model, features).shown()["customers"].notna().all()
    assert assigned(model, features).shown(hidden=("Segment 3",))["customers"].isna().sum() == 2
    with pytest.raises(TooFewCustomers, match="leave one with fewer than 50"):
        fit_segments(replace(features, min_cell=50), 3)
    with pytest.raises(TooFewCustomers, match="do not part into segments of 200 or more"):
        choose_k(replace(features, min_cell=200), ks=(2,))


def test_wrong_use_says_what_is_allowed(features_of: Made, today: Snapshot) -> None:
    values, _ = blobs((60, 40), seed=4)
    features = features_of(values)
    model = fit_segments(features, 2)
    with pytest.raises(InvalidValue, match="from 2 on, found 1"):
        fit_segments(features, 1)
    with pytest.raises(InvalidValue, match="ascending whole numbers from 2 on"):
        choose_k(features, ks=(3, 2))
    with pytest.raises(InvalidValue, match="no segment 7; there are: 1, 2"):
        model.named({7: "Nobody"})
    with pytest.raises(InvalidValue, match="a name of its own"):
        model.named({1: "Same", 2: "Same"})
    with pytest.raises(UnknownColumn, match="needs x3"):
        assigned(model, features.without("x3"))
    with pytest.raises(UnknownColumn, match="do not tell x0"):
        assigned_on(today, model)
    with pytest.raises(NoBehaviour, match="all are the same in x1"):
        fit_segments(features_of(values * [1, 0, 1, 1]), 2)
