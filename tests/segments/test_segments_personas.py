"""Cards tell what the engine counts, with its doubt, and nothing of a few."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from cxmodels.segments.clusters.assign import Assignment, assigned, memberships
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.errors import InvalidValue, UnknownColumn
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.personas.journeys import journeys
from cxmodels.segments.personas.personas import Personas, personas
from cxmodels.segments.profiles.profile import profile
from cxmodels.study.snapshot import Snapshot


@pytest.fixture(scope="module")
def segments(today: Snapshot) -> Assignment:
    features = customer_features(today)
    return assigned(fit_segments(features, 5), features)


@pytest.fixture(scope="module")
def people(today: Snapshot, segments: Assignment) -> pd.DataFrame:
    """Everybody with a segment, and scores that are drawn by lot."""
    frame = today.pseudonyms.to_pandas().merge(segments.table.to_pandas(), on="number")
    random = np.random.default_rng(8)
    frame = frame.assign(customer=frame["pseudonym"], clv=random.gamma(1, 100, len(frame)).round(2))
    frame["churn_12m"] = random.beta(2, 8, len(frame))
    classes = pd.DataFrame(random.dirichlet([30, 20, 20, 0.2], len(frame)))
    return frame.assign(**{f"p_{name}": classes[at] for at, name in enumerate(("true", "latent", "spurious", "none"))})


@pytest.fixture(scope="module")
def cards(today: Snapshot, segments: Assignment, people: pd.DataFrame) -> Personas:
    answered = people[people["number"] % 4 == 0]
    return personas(
        today,
        segments,
        profile=profile(today, segments, attributes=()),
        value=people,
        leaving=ibis.memtable(people[["customer", "churn_12m"]]),
        quadrants=answered,
        nps=pd.DataFrame(
            {
                "segment": ["1", "2", "unknown"],
                "value": [30.0, -12.0, 0.0],
                "low": [20.0, -40.0, -5.0],
                "high": [40.0, 16.0, 5.0],
                "n": [200, 9, 50],
                "customers": [150, 9, 50],
            }
        ),
        themes=pd.DataFrame({"segment": [1, 1, 1], "theme": ["late", "price", "rude"], "customers": [20, 35, 4]}),
        quotes=pd.DataFrame(
            {
                "segment": ["Segment 1"] * 2,
                "quote": ["Write to me at jean.dupont@example.org", "Fast & <b>friendly</b>"],
            }
        ),
    )


def test_a_size_is_counted_and_its_interval_is_what_membership_leaves_open(
    today: Snapshot, segments: Assignment, cards: Personas
) -> None:
    table = memberships(segments.model, customer_features(today)).to_pandas()
    for card in cards.cards:
        p = table.loc[table["segment"] == card.segment, "probability"]
        error = 1.959964 * np.sqrt((p * (1 - p)).sum())
        assert card.size is not None
        assert card.size.value == pytest.approx((segments.table.to_pandas()["segment"] == card.segment).mean())
        expected = np.array([p.sum() - error, p.sum() + error]) / len(p)
        assert card.size.low == pytest.approx(min(expected[0].item(), card.size.value), abs=1e-6)
        assert card.size.high == pytest.approx(max(expected[1].item(), card.size.value), abs=1e-6)


def test_worth_and_chance_of_leaving_are_those_of_pandas(cards: Personas, people: pd.DataFrame) -> None:
    for card in cards.cards:
        own = people[people["segment"] == card.segment]
        assert card.value is not None
        assert card.leaving is not None
        assert card.value.value == pytest.approx(own["clv"].mean())
        assert card.value.unit == "EUR"
        assert card.value.standard_error == pytest.approx(own["clv"].sem(), rel=0.02)
        assert card.value_share == pytest.approx(own["clv"].sum() / people["clv"].sum())
        best = own["clv"].sort_values(ascending=False).head(int(np.ceil(0.2 * len(own))))
        assert card.top_fifth == pytest.approx(best.sum() / own["clv"].sum())
        assert card.leaving.value == pytest.approx(own["churn_12m"].mean())
        assert 0 <= card.leaving.low < card.leaving.value < card.leaving.high <= 1


def test_what_is_given_of_a_segment_is_on_its_card_and_what_is_of_a_few_is_not(cards: Personas) -> None:
    first, second = cards.cards[:2]
    assert first.nps is not None
    assert (first.nps.value, first.nps.n) == (30, 200)
    assert second.nps is None
    assert first.themes["theme"].tolist() == ["price", "late"]
    assert first.quotes == ("Fast & <b>friendly</b>",)
    assert second.quotes == ()
    assert all(card.traits for card in cards.cards)


def test_a_class_that_few_are_expected_in_is_not_told_nor_one_that_would_give_it_away(
    cards: Personas, people: pd.DataFrame
) -> None:
    for card in cards.cards:
        own = people[(people["segment"] == card.segment) & (people["number"] % 4 == 0)]
        assert len(own) * own["p_none"].mean() < 10
        assert "none" not in card.quadrants
        # what is left could be of either of two classes, or more
        assert len(own) * (1 - sum(share.value for share in card.quadrants.values())) >= 10
        for name, share in card.quadrants.items():
            assert share.value == pytest.approx(own[f"p_{name}"].mean())
    assert len(cards.cards[0].quadrants) == 2


def test_a_small_segment_has_no_card_and_takes_another_with_it(
    today: Snapshot, segments: Assignment, people: pd.DataFrame
) -> None:
    sizes = segments.sizes["customers"].sort_values()
    strict = personas(today, replace(segments, min_cell=int(sizes.iloc[0]) + 1), value=people)
    assert len(strict.cards) == 3
    assert len(strict.hidden) == 2
    bare = personas(today, segments, hidden=("Segment 3",))
    assert "Segment 3" in bare.hidden
    assert len(bare.cards) == 3
    assert bare.cards[0].value is None
    assert bare.cards[0].quadrants == {}


def test_the_cards_show_themselves_escaped(cards: Personas) -> None:
    shown = cards._repr_mimebundle_()
    html = str(shown["text/html"])
    assert html.count('<p class="name">') == 5
    assert "Fast &amp; &lt;b&gt;friendly" in html
    assert "dupont" not in html
    assert "NPS 30.0 (20.0 – 40.0)" in html
    assert str(shown["text/plain"]).count("\n") == 4


def test_journeys_are_those_of_pandas(today: Snapshot, segments: Assignment) -> None:
    orders = today.numbered("orders").to_pandas()
    contacts = today.numbered("interactions").to_pandas()
    ago = (pd.Timestamp(today.as_of) - orders["ordered_at"].dt.normalize()).dt.days
    orders = orders[(orders["amount"] >= 0) & (ago < 365)]
    contacts = contacts[contacts["customer"].notna() & (contacts["stage"] != "service")]
    both = orders[["order_id", "customer", "ordered_at"]].merge(contacts, on="customer")
    apart = (both["ordered_at"].dt.normalize() - both["occurred_at"].dt.normalize()).dt.days
    both = both[(both["occurred_at"] < both["ordered_at"]) & (apart <= 30)]
    both = both.sort_values(["occurred_at", "interaction_id"], ascending=False)
    both["step"] = -1 - both.groupby("order_id").cumcount()
    both = both[both["step"] >= -3].merge(segments.table.to_pandas(), left_on="customer", right_on="number")
    found = journeys(today, segments)
    assert len(found) >= 12
    for row in found.itertuples():
        own = both[(both["segment"] == row.segment) & (both["step"] == row.step)]
        counted = own.groupby(["touchpoint", "channel"]).agg(n=("order_id", "size"), customers=("customer", "nunique"))
        assert row.share == pytest.approx(counted["n"].max() / len(own))
        assert counted.loc[(row.touchpoint, row.channel), "n"] == counted["n"].max()
        assert row.orders == len(own)
        assert row.customers == counted.loc[(row.touchpoint, row.channel), "customers"] >= 10
    assert journeys(today, replace(segments, min_cell=10_000)).empty


def test_wrong_use_of_personas_is_named(today: Snapshot, segments: Assignment) -> None:
    with pytest.raises(UnknownColumn, match="clv: the table lacks the column 'customer'"):
        personas(today, segments, value=pd.DataFrame({"clv": [1.0]}))
    with pytest.raises(UnknownColumn, match="nps: the table lacks the column 'low'"):
        personas(today, segments, nps=pd.DataFrame({"segment": [1], "value": [1.0]}))
    with pytest.raises(InvalidValue, match=r"between 0 and 1, found 1\.5"):
        personas(today, segments, level=1.5)
