"""Cards tell what the engine counts, with its doubt, and nothing of a few."""

from __future__ import annotations

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest

from cxmodels.look import numbers
from cxmodels.segments.clusters.assign import Assignment, assigned, memberships
from cxmodels.segments.clusters.fit import fit_segments
from cxmodels.segments.errors import InvalidValue, UnknownColumn
from cxmodels.segments.features.from_study import customer_features
from cxmodels.segments.personas.card import lines
from cxmodels.segments.personas.journeys import journeys
from cxmodels.segments.personas.loyalty import QUADRANTS, largest_classes
from cxmodels.segments.personas.personas import Personas, personas
from cxmodels.segments.personas.themes import COLUMNS, WrittenBy
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
                "below": [0.01, 0.99, 0.5],
            }
        ),
        themes=WrittenBy(
            pd.DataFrame(
                [
                    (1, "en", "late", 20, 100.0, 0.2, 0.1, 0.3, 0.05, 0.001, True),
                    (1, "en", "price", 35, 100.0, 0.35, 0.2, 0.5, 0.25, 0.002, True),
                    (3, "fr", "retard", 12, *[np.nan] * 6, False),
                ],
                columns=COLUMNS,
            ),
            pd.Series(dtype="Int64"),
        ),
        quotes=pd.DataFrame(
            [
                ("Segment 1", "en", "price", "Too dear"),
                ("Segment 1", "en", "late", "Write to me at jean.dupont@example.org"),
                ("Segment 1", "en", "late", "Fast & <b>friendly</b>"),
                ("Segment 1", "en", "late", "A week too late"),
                ("Segment 1", "en", "late", "Late again"),
                ("Segment 1", "fr", "late", "Of another theme of that name"),
                ("Segment 2", "en", "late", "On no theme of its own"),
            ],
            columns=["segment", "language", "theme", "quote"],
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


def test_what_the_model_of_leaving_does_not_know_widens_its_interval_and_no_number_of_customers_narrows_it(
    today: Snapshot, segments: Assignment, people: pd.DataFrame, cards: Personas
) -> None:
    known = people[["customer", "churn_12m"]].assign(
        churn_12m_low=people["churn_12m"] - 0.05, churn_12m_high=people["churn_12m"] + 0.1
    )
    for card, narrow in zip(personas(today, segments, leaving=known).cards, cards.cards, strict=True):
        assert card.leaving is not None
        assert narrow.leaving is not None
        half = narrow.leaving.high - narrow.leaving.value
        assert card.leaving.value == narrow.leaving.value
        assert card.leaving.low == pytest.approx(max(card.leaving.value - np.hypot(half, 0.05), 0))
        assert card.leaving.high == pytest.approx(card.leaving.value + np.hypot(half, 0.1))


def test_what_is_given_of_a_segment_is_on_its_card_and_what_is_of_a_few_is_not(cards: Personas) -> None:
    first, second, third = cards.cards[:3]
    assert first.nps is not None
    assert (first.nps.value, first.nps.n, first.beside) == (30, 200, "above")
    assert second.nps is None
    assert second.themes.empty
    assert first.themes["theme"].tolist() == ["late", "price"]
    # of each theme in turn, three at most, and none that looks personal
    assert first.quotes == ("Fast & <b>friendly</b>", "Too dear", "A week too late")
    assert second.quotes == ()
    assert all(card.traits for card in cards.cards)
    assert f"“late” ({numbers.share(0.2, 0)}, others {numbers.share(0.05, 0)}), “price”" in lines(first)[-1]
    assert lines(third)[-1] == "Write most often about “retard”; no sure difference from the others"


def test_the_largest_class_is_that_of_pandas_and_not_called_another_share_where_all_are_alike(
    today: Snapshot, segments: Assignment, cards: Personas, people: pd.DataFrame
) -> None:
    first = cards.cards[0]
    assert first.quadrants["quadrant"].item() == "true"
    assert any("no sure difference from the others" in line for line in lines(first))
    answered = people[people["number"] % 2 == 0]
    found = largest_classes(today, segments, answered)
    assert len(found) == 5
    assert not found["differs"].any()
    for row in found.itertuples():
        here = answered["segment"] == row.segment
        own, rest = answered.loc[here, "p_true"], answered.loc[~here, "p_true"]
        assert row.quadrant == "true"
        assert (row.n, row.share, row.others) == (len(own), pytest.approx(own.mean()), pytest.approx(rest.mean()))
        assert (row.high - row.low) / 2 == pytest.approx(1.96 * own.sem(), rel=0.05)


def test_a_class_that_is_surely_larger_than_elsewhere_is_told_as_such(
    today: Snapshot, segments: Assignment, people: pd.DataFrame
) -> None:
    wide = people.assign(p_true=0.2, p_latent=0.2, p_spurious=0.2, p_none=0.4)
    own = wide["segment"] == 2
    wide.loc[own & (wide["number"] % 3 > 0), ["p_true", "p_none"]] = [0.5, 0.1]
    found = largest_classes(today, segments, ibis.memtable(wide[["customer", *(f"p_{name}" for name in QUADRANTS)]]))
    second = found.set_index("segment").loc[2]
    assert second["quadrant"] == "true"
    assert second["differs"]
    card = personas(today, segments, quadrants=wide).cards[1]
    assert f"; of the others {numbers.share(0.2, 0)}" in " ".join(lines(card))


def test_a_class_of_few_is_not_told_nor_another_segment_from_which_it_would_follow(
    today: Snapshot, segments: Assignment, people: pd.DataFrame
) -> None:
    wide = people.assign(p_true=1.0, p_latent=0.0, p_spurious=0.0, p_none=0.0)
    some = wide.groupby("segment").head(40)
    few = some["segment"].eq(4) & some.groupby("segment").cumcount().ge(6)
    assert len(largest_classes(today, segments, some)) == 5
    # how many are in a class in all segments together is on the page of loyalty
    left = largest_classes(today, segments, some[~few])
    assert len(left) == 3
    assert 4 not in set(left["segment"])
    assert left["n"].eq(40).all()


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
    assert bare.cards[0].quadrants.empty


def test_the_cards_show_themselves_escaped(cards: Personas) -> None:
    shown = cards._repr_mimebundle_()
    html = str(shown["text/html"])
    assert html.count('<p class="name">') == 5
    assert "Fast &amp; &lt;b&gt;friendly" in html
    assert "dupont" not in html
    assert "NPS 30.0 (20.0 – 40.0), surely above that of all" in html
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


def test_a_contact_that_is_the_commonest_at_every_step_is_told_once(cards: Personas) -> None:
    steps = pd.DataFrame({"touchpoint": ["search", "search"], "share": [0.2, 0.4]})
    same, other = (
        replace(cards.cards[0], journey=steps.assign(touchpoint=["search", last])) for last in ("search", "mail")
    )
    assert f"search, each of the last 2 times (20 – {numbers.share(0.4, 0)})" in " ".join(lines(same))
    assert f"search ({numbers.share(0.2, 0)}) → mail ({numbers.share(0.4, 0)}) → order" in " ".join(lines(other))


def test_wrong_use_of_personas_is_named(today: Snapshot, segments: Assignment) -> None:
    with pytest.raises(UnknownColumn, match="clv: the table lacks the column 'customer'"):
        personas(today, segments, value=pd.DataFrame({"clv": [1.0]}))
    with pytest.raises(UnknownColumn, match="nps: the table lacks the column 'low'"):
        personas(today, segments, nps=pd.DataFrame({"segment": [1], "value": [1.0]}))
    with pytest.raises(UnknownColumn, match="quadrants: the table lacks the column 'p_latent'"):
        personas(today, segments, quadrants=pd.DataFrame({"customer": ["x"], "p_true": [1.0]}))
    with pytest.raises(InvalidValue, match=r"between 0 and 1, found 1\.5"):
        personas(today, segments, level=1.5)
