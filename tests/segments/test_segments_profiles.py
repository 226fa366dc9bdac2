"""Profiles count what pandas counts, find what was planted, tell no chance from it, and name segments for good."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from cxmodels.segments.clusters.assign import Assignment, assigned
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.errors import InvalidValue, TooFewCustomers, UnknownColumn
from cxmodels.segments.features.features import Features
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.profiles.naming import named_in_force, names_to_give
from cxmodels.segments.profiles.profile import Profile, profile
from cxmodels.segments.profiles.rule import crm_rule
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

Made = Callable[..., Features]


@pytest.fixture(scope="module")
def segments(today: Snapshot) -> Assignment:
    features = customer_features(today)
    return assigned(fit_segments(features, 5), features)


@pytest.fixture(scope="module")
def found(today: Snapshot, segments: Assignment) -> Profile:
    return profile(today, segments)


def members(today: Snapshot, segments: Assignment) -> pd.DataFrame:
    return segments.table.to_pandas().merge(customer_features(today).table.to_pandas(), on="number")


def test_means_and_sizes_are_those_of_pandas(today: Snapshot, segments: Assignment, found: Profile) -> None:
    frame = members(today, segments)
    rows = found.differences.set_index(["segment", "feature"])
    for name in ("monetary", "last_score", "channel: App"):
        inside = frame["segment"] == 2
        row = rows.loc[(2, name)]
        assert row["inside"] == pytest.approx(frame.loc[inside, name].mean())
        assert row["outside"] == pytest.approx(frame.loc[~inside, name].mean())
        seen = np.log1p(frame[name].clip(lower=0)) if name == "monetary" else frame[name]
        own, others = seen[inside].dropna(), seen[~inside].dropna()
        pooled = np.sqrt(((len(own) - 1) * own.var() + (len(others) - 1) * others.var()) / (len(own) + len(others) - 2))
        assert row["effect"] == pytest.approx((own.mean() - others.mean()) / pooled, rel=0.01)


def test_shares_of_an_attribute_are_those_of_pandas(today: Snapshot, segments: Assignment, found: Profile) -> None:
    people = today.numbered("customers").select("customer", "region").to_pandas()
    frame = members(today, segments).merge(people, left_on="number", right_on="customer")
    row = found.differences.set_index(["segment", "feature"]).loc[(1, "region")]
    shares = pd.crosstab(frame["segment"] == 1, frame["region"], normalize="index")
    assert row["inside"] == pytest.approx(shares.loc[True, row["level"]])
    assert row["effect"] == pytest.approx(shares.loc[True, row["level"]] - shares.loc[False, row["level"]])
    assert row["low"] < row["effect"] < row["high"]


def test_what_was_planted_sets_the_segments_apart(found: Profile) -> None:
    apart = found.distinguishing()
    aspects = apart.groupby("segment")["aspect"].apply(set)
    # four planted types differ in these; who does not shop differs in purchases
    planted = {"time of day", "category", "channel"}
    assert sum(own == planted for own in aspects) == 4
    assert sum("purchases" in own for own in aspects) == 1
    assert not apart.duplicated(["segment", "aspect"]).any()
    assert (apart["strength"] >= 0.2).all()
    # whom a type was given to was drawn by lot
    assert not found.differences.loc[found.differences["feature"] == "region", "told"].any()


def test_where_segments_are_drawn_by_lot_nothing_is_told(today: Snapshot, segments: Assignment) -> None:
    frame = segments.table.to_pandas()
    lot = frame.assign(segment=np.random.default_rng(1).permutation(frame["segment"]))
    by_lot = profile(today, replace(segments, table=ibis.memtable(lot)))
    assert by_lot.differences["p"].notna().sum() > 90
    assert not by_lot.differences["told"].any()
    assert by_lot.distinguishing().empty


def test_nothing_is_told_of_a_small_segment_nor_of_one_that_would_give_it_away(
    today: Snapshot, segments: Assignment
) -> None:
    sizes = segments.sizes["customers"].sort_values()
    strict = profile(today, replace(segments, min_cell=int(sizes.iloc[0]) + 1))
    numbers = ["inside", "outside", "effect", "low", "high", "strength", "p", "q"]
    hidden = strict.differences[strict.differences["name"].isin(strict.hidden)]
    assert len(strict.hidden) == 2
    assert hidden[numbers].isna().all(axis=None)
    assert not hidden["told"].any()
    assert strict.differences.loc[~strict.differences["name"].isin(strict.hidden), "inside"].notna().any()


def test_scores_that_are_given_are_compared_too_and_give_no_name(today: Snapshot, segments: Assignment) -> None:
    people = today.pseudonyms.to_pandas().merge(segments.table.to_pandas(), on="number")
    given = pd.DataFrame({"customer": people["pseudonym"], "clv": 100.0 * people["segment"] + people["number"] % 7})
    found = profile(today, segments, attributes=(), scores={"clv": given})
    rows = found.differences[found.differences["feature"] == "clv"].set_index("segment")
    expected = given.groupby(people["segment"])["clv"].mean()
    assert rows["inside"].to_numpy() == pytest.approx(expected.to_numpy())
    assert rows.loc[5, "effect"] > 1
    assert "clv" not in set(found.distinguishing(9)["feature"])
    assert "category" not in set(found.differences["kind"])


def test_wrong_use_of_a_profile_is_named(today: Snapshot, segments: Assignment) -> None:
    with pytest.raises(UnknownColumn, match="'shoe_size' is not there; there are: region"):
        profile(today, segments, attributes=("shoe_size",))
    with pytest.raises(UnknownColumn, match="clv: the table lacks the column 'clv'"):
        profile(today, segments, scores={"clv": pd.DataFrame({"customer": ["a"]})})
    with pytest.raises(InvalidValue, match="'frequency' is a feature already"):
        profile(today, segments, scores={"frequency": pd.DataFrame({"customer": ["a"], "frequency": [1.0]})})
    with pytest.raises(InvalidValue, match="between 0 and 1, found 95"):
        profile(today, segments, level=95)


def test_names_are_words_unique_and_given_once(found: Profile) -> None:
    names = names_to_give(found)
    assert set(names) == {1, 2, 3, 4, 5}
    assert len(set(names.values())) == 5
    assert "Customers who hardly shop" in names.values()
    assert any("buy Coffee" in name and "shop in the morning" in name for name in names.values())
    assert names_to_give(found) == names
    # a name that somebody gave stays, and none that was used before is given again
    taken = next(name for name in names.values() if "morning" in name)
    number = next(number for number, name in names.items() if name == taken)
    model = replace(found.model.named({2 if number != 2 else 1: "Regulars"}), gone={9: taken})
    again = names_to_give(replace(found, model=model))
    assert "Regulars" not in again.values()
    assert len(again) == 4
    assert taken not in again.values()


def test_alike_segments_get_a_name_each(found: Profile) -> None:
    alike = found.differences.assign(told=False)
    names = names_to_give(replace(found, differences=alike))
    assert names[1] == "Customers like all others (1)"
    assert len(set(names.values())) == 5


@pytest.mark.slow
def test_the_model_in_force_is_named_on_the_day_it_was_fitted_and_keeps_its_names(
    planted: Path, tmp_path: Path
) -> None:
    shutil.copytree(planted, tmp_path / "study")
    with (tmp_path / "study/study.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[segments]\nk = 5\n")
    study = open_study(tmp_path / "study")
    kept = named_in_force(study, date(2026, 8, 31))
    names = set(kept.model.names.values())
    assert len(names) == 5
    assert not any(name.startswith("Segment ") for name in names)
    # fitted anew at the quarter's end; whoever was found again has the old name
    next_month = named_in_force(study, date(2026, 9, 30), {"2026-08": kept.to_dict()})
    assert next_month.matches is not None
    again = next_month.matches["what"] == "kept"
    assert again.sum() >= 3
    assert set(next_month.matches.loc[again, "name"]) <= names
    there = next_month.matches["what"] != "vanished"
    assert set(next_month.matches.loc[there, "name"]) == set(next_month.model.names.values())
    # left by a month, it is read with its names
    left = {"2026-09": next_month.to_dict()}
    assert named_in_force(study, date(2026, 9, 30), left).model == next_month.model


def test_a_rule_tells_segments_that_lie_apart_and_its_sql_says_the_same(features_of: Made) -> None:
    random = np.random.default_rng(2)
    kind = np.repeat([0, 1, 2], (500, 300, 200))
    values = random.normal(size=(1_000, 3)) + 8 * np.eye(3)[kind]
    features = features_of(values)
    segments = assigned(fit_segments(features, 3), features)
    rule = crm_rule(features, segments)
    assert rule.accuracy.value > 0.98
    assert rule.fitted + rule.held_out == 1_000
    assert rule.segments["recall"].map(lambda recall: recall.value).min() > 0.95
    # everybody meets the conditions of one leaf, and the engine finds who it is
    frame = features.table.to_pandas().merge(segments.table.to_pandas(), on="number")
    met = np.array([frame.eval(sql.replace('"', "")) for sql in rule.leaves["sql"]])
    assert (met.sum(axis=0) == 1).all()
    told = rule.leaves["segment"].to_numpy()[met.argmax(axis=0)]
    assert (told == frame["segment"]).mean() == pytest.approx(rule.accuracy.value, abs=0.02)
    for sql, words in zip(rule.leaves["sql"], rule.leaves["words"], strict=True):
        assert sql.count(" and ") + 1 == words.count(", ") + 1 <= 3


def test_a_rule_is_judged_by_customers_it_was_not_made_from(features_of: Made) -> None:
    random = np.random.default_rng(4)
    features = features_of(random.normal(size=(600, 4)))
    model = fit_segments(features, 3)
    frame = assigned(model, features).table.to_pandas()
    lot = frame.assign(segment=random.permutation(frame["segment"]))
    by_lot = replace(assigned(model, features), table=ibis.memtable(lot))
    # nothing tells them apart: one in three is right by chance
    assert crm_rule(features, by_lot).accuracy.value == pytest.approx(1 / 3, abs=0.1)


def test_what_a_rule_cannot_use_is_said(features_of: Made) -> None:
    values = np.random.default_rng(1).normal(size=(400, 2)) + 6 * np.repeat([[0, 0], [1, 1]], 200, axis=0)
    values[::9, 1] = np.nan
    features = features_of(values)
    segments = assigned(fit_segments(features, 2), features)
    assert crm_rule(features, segments).left_out == ("x1",)
    assert len(crm_rule(features, segments, depth=1).leaves) == 2
    with pytest.raises(InvalidValue, match="from 1 to 3, found 4"):
        crm_rule(features, segments, depth=4)
    with pytest.raises(TooFewCustomers, match="too few customers"):
        crm_rule(features, replace(segments, min_cell=100))
