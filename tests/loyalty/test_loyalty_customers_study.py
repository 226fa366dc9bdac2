"""Loyalty classes, and what customers did later, from the tables of a study."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from surveyed_shop import AS_OF, people, questions, surveyed, surveys

from cxmodels.loyalty.answers.answers import Answers
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.bayes.measurement import Measurement
from cxmodels.loyalty.bayes.plausible import construct_scores
from cxmodels.loyalty.customers.followed import MONTH_DAYS, later_departures, later_purchases
from cxmodels.loyalty.customers.from_study import CustomerClasses, loyalty_classes, loyalty_movement
from cxmodels.loyalty.errors import InvalidAnswers, InvalidValue, TooFewRespondents
from cxmodels.study.snapshot import Snapshot

ITEMS = ("trust", "ease", "stay")
# two items of the attitude, one of another construct
LOADINGS = np.array([[1.5, 0.0], [0.0, 1.4], [1.3, 0.0]])
KNOWN = Measurement(
    ITEMS, ("loyalty", "ease of use"), LOADINGS, np.array([[1.0, 0.4], [0.4, 1.0]]), np.eye(3), np.full(3, 6.0)
)
MARCH, JUNE = date(2026, 3, 15), date(2026, 6, 15)
LEFT = {0: date(2026, 4, 30), 1: date(2026, 6, 15), 2: date(2026, 8, 1), 3: date(2026, 2, 1), 4: date(2026, 7, 10)}
FORCED = 4


def tables() -> dict[str, pd.DataFrame]:
    """Return sixty customers asked in March and in June: five have left since, the sixth renewed on the day after."""
    customers = people()
    march, june = surveys(customers, month=3, seed=4, first="m"), surveys(customers, month=6, seed=5, first="j")
    ids = customers["customer_id"].tolist()
    rows = [
        (f"k{place}", who, date(2024, 1, 1), LEFT.get(place), "unpaid" if place == FORCED else "choice")
        for place, who in enumerate(ids)
    ]
    rows[5] = ("k5", ids[5], date(2024, 1, 1), date(2026, 5, 31), "choice")
    rows.append(("k5b", ids[5], date(2026, 6, 1), None, "choice"))
    contracts = pd.DataFrame(rows, columns=["contract_id", "customer_id", "started_on", "ended_on", "end_reason"])
    contracts["end_reason"] = contracts["end_reason"].where(contracts["ended_on"].notna())
    ordered = [(ids[0], JUNE + timedelta(after)) for after in (0, 1, 9)] + [(ids[7], MARCH - timedelta(1))]
    orders = pd.DataFrame(
        [(f"o{n}", who, pd.Timestamp(day), 10.0) for n, (who, day) in enumerate(ordered)],
        columns=["order_id", "customer_id", "ordered_at", "amount"],
    )
    return {
        "customers": customers,
        "contracts": contracts,
        "orders": orders,
        "items": questions(),
        "responses": pd.concat([march["responses"], june["responses"]], ignore_index=True),
        "answers": pd.concat([march["answers"], june["answers"]], ignore_index=True),
    }


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    sections = '[churn]\ninvoluntary = ["unpaid"]\n[privacy]\nmin_cell = 2\n'
    return surveyed(tmp_path_factory.mktemp("followed"), sections, **tables())


@pytest.fixture(scope="module")
def everyone(snapshot: Snapshot) -> Answers:
    return survey_answers(snapshot, ITEMS, latest=False)


def by_hand(months: float = 12) -> pd.DataFrame:
    """Return the spells, customer by customer."""
    given = tables()
    wide = given["answers"].pivot(index="response_id", columns="item", values="score")
    wide = wide[wide[[*ITEMS]].notna().any(axis=1)]
    rows = []
    for place, who in enumerate(given["customers"]["customer_id"]):
        own = given["responses"][given["responses"]["customer_id"] == who]
        own = own[own["response_id"].isin(wide.index)].sort_values("answered_at")
        days = [stamp.date() for stamp in own["answered_at"]]
        for spot, (name, day) in enumerate(zip(own["response_id"], days, strict=True)):
            left = LEFT.get(place, date.max)
            if left < day or np.isnan(wide.loc[name, ["trust", "stay"]].to_numpy(float)).all():
                continue
            until = min(AS_OF, day + timedelta(int(np.ceil(months * MONTH_DAYS)) - 1))
            until = min([until, *(later - timedelta(1) for later in days[spot + 1 :])])
            gone = left <= until
            rows.append((name, (min(left, until) - day).days + 1, int(gone and place != FORCED)))
    return pd.DataFrame(rows, columns=["response_id", "days", "event"])


def counted(frame: pd.DataFrame) -> pd.DataFrame:
    days = (frame["duration"] * MONTH_DAYS).round().astype(int)
    return frame.assign(days=days).groupby(["days", "event"])["n"].sum()


@pytest.mark.parametrize("months", [12, 2])
def test_spells_end_by_leaving_by_the_next_answer_or_with_the_day(
    snapshot: Snapshot, everyone: Answers, months: float
) -> None:
    found = counted(later_departures(snapshot, everyone, KNOWN, attitude="loyalty", months=months))
    expected = by_hand(months).groupby(["days", "event"]).size()
    assert found.to_dict() == expected.to_dict()
    # in March the first, in June the second on the day itself and the third; the unpaid one is no choice
    assert expected[:, 1].sum() == {12: 3, 2: 3}[months]


def test_a_spell_says_what_the_answers_said(snapshot: Snapshot, everyone: Answers) -> None:
    found = later_departures(snapshot, everyone, KNOWN, attitude="loyalty")
    given = tables()["answers"].pivot(index="response_id", columns="item", values="score").loc[by_hand()["response_id"]]
    scores = construct_scores(KNOWN, given.reset_index(drop=True))
    assert (found["attitude"] @ found["n"]) == pytest.approx(scores.mean["loyalty"].sum(), abs=1e-4)
    assert (found["score"] @ found["n"]) == pytest.approx(given[["trust", "stay"]].mean(axis=1).sum())


def test_orders_are_counted_from_the_day_after_the_answer_to_the_next(snapshot: Snapshot, everyone: Answers) -> None:
    found = later_purchases(snapshot, everyone, KNOWN, attitude="loyalty")
    assert (found["purchases"] @ found["n"]) == 2
    with_orders = found[found["purchases"] > 0]
    assert with_orders["purchases"].tolist() == [2]
    assert with_orders["duration"].iloc[0] == pytest.approx((AS_OF - JUNE).days / MONTH_DAYS)


def behaviour(snapshot: Snapshot, *, shift: float = 0.0) -> pd.DataFrame:
    """Return a chance to stay of all customers but the last ten, and what each is worth."""
    people = snapshot.pseudonyms.order_by("customer_id").execute().iloc[:-10]
    stay = np.clip(0.5 + shift + 0.007 * np.arange(50), 0, 1)
    return pd.DataFrame(
        {
            "customer": people["pseudonym"],
            "stay_12m": stay,
            "stay_12m_low": stay - 0.05,
            "stay_12m_high": np.minimum(stay + 0.05, 1),
            "clv": 100 * stay,
        }
    )


def classed(snapshot: Snapshot, *, month: int = 6, **options: float) -> CustomerClasses:
    latest = survey_answers(snapshot, ITEMS)
    table = behaviour(snapshot)
    return loyalty_classes(
        snapshot, latest, KNOWN, table, attitude="loyalty", column="stay_12m", value=table, draws=30, **options
    )


def test_every_customer_with_attitude_and_behaviour_is_classed_under_a_pseudonym(snapshot: Snapshot) -> None:
    found = classed(snapshot)
    table = found.table.execute()
    latest = survey_answers(snapshot, ITEMS)
    assert len(table) == table["customer"].nunique() == found.classes.customers
    assert set(table["customer"]) <= set(behaviour(snapshot)["customer"])
    chances = table[["p_true", "p_latent", "p_spurious", "p_none"]]
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert chances.mean().tolist() == pytest.approx(found.classes.shares["share"].tolist(), abs=1e-5)
    assert found.anonymous > 0
    assert found.unclassed + found.anonymous + found.classes.customers == latest.respondents
    worth = found.classes.shares["value"] @ found.classes.shares["customers"]
    sold = behaviour(snapshot).set_index("customer").loc[table["customer"], "clv"].sum()
    assert worth == pytest.approx(sold)
    assert found.classes.min_cell == 2


def test_a_customer_has_the_classes_of_the_own_answers(snapshot: Snapshot) -> None:
    found = classed(snapshot)
    rows = found.table.join(found.people, "customer").execute()
    given = tables()["answers"].pivot(index="response_id", columns="item", values="score")
    scores = construct_scores(KNOWN, given.loc[rows["response_id"]].reset_index(drop=True), method="bartlett")
    assert rows["attitude"].to_numpy() == pytest.approx(scores.mean["loyalty"].to_numpy(), abs=1e-6)
    high = rows["p_true"] + rows["p_latent"]
    assert np.corrcoef(high, rows["attitude"])[0, 1] > 0.8


def test_movement_is_told_of_who_answered_anew(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> None:
    now = classed(snapshot)
    study = snapshot._study
    then = classed(study.snapshot("2026-03"))
    found = loyalty_movement(then, now)
    both = set(then.table.execute()["customer"]) & set(now.table.execute()["customer"])
    assert 30 <= found.customers <= len(both)
    assert found.moves["share"].sum() == pytest.approx(1)
    with pytest.raises(TooFewRespondents, match="found 0"):
        loyalty_movement(now, now)
    with pytest.raises(InvalidValue, match=r"behaviour must be measured alike .* logit, predicted, 0.95 and"):
        loyalty_movement(then, classed(snapshot, level=0.9))


def test_classes_count_customers_with_the_weights_of_the_answers(snapshot: Snapshot) -> None:
    answers = survey_answers(snapshot, ITEMS, weights="stands_for")
    table = behaviour(snapshot)
    found = loyalty_classes(
        snapshot, answers, KNOWN, table, attitude="loyalty", column="stay_12m", value=table, draws=30
    )
    weight = tables()["customers"]["stands_for"].to_numpy()
    ids = snapshot.pseudonyms.order_by("customer_id").execute()["pseudonym"]
    rows = found.table.execute().set_index("customer")
    own = pd.Series(weight, index=ids).loc[rows.index]
    shares = (rows.to_numpy() * own.to_numpy()[:, None]).sum(axis=0) / own.sum()
    assert found.classes.shares["share"].tolist() == pytest.approx(shares.tolist(), abs=1e-5)
    assert found.classes.customers == len(rows)
    assert found.people.execute().set_index("customer").loc[rows.index, "weight"].tolist() == own.tolist()
    assert shares.tolist() != pytest.approx(rows.mean().tolist(), abs=1e-3)
    worth = table.set_index("customer").loc[rows.index, "clv"].to_numpy()
    told = found.classes.shares
    assert told.loc[0, "value"] == pytest.approx((rows["p_true"] * own * worth).sum() / (rows["p_true"] * own).sum())
    with pytest.raises(InvalidAnswers, match=r"answers without weights are required.*weighted by stands_for"):
        later_departures(snapshot, answers, KNOWN, attitude="loyalty")


def test_spells_say_whom_they_are_compared_with(snapshot: Snapshot, everyone: Answers) -> None:
    plain = later_departures(snapshot, everyone, KNOWN, attitude="loyalty")
    parted = later_departures(snapshot, everyone, KNOWN, attitude="loyalty", by=("region", "tenure"))
    assert parted["n"].sum() == plain["n"].sum()
    assert set(parted["region"]) == {"North", "South"}
    # all joined in January 2024 and were asked in March and in June 2026
    assert set(parted["tenure"]) == {"2"}
    with pytest.raises(InvalidAnswers, match="'colour'"):
        later_departures(snapshot, everyone, KNOWN, attitude="loyalty", by=("colour",))


def test_bad_input_is_named(snapshot: Snapshot, everyone: Answers) -> None:
    with pytest.raises(InvalidValue, match="attitude must be one of loyalty, ease of use, found 'trust'"):
        later_departures(snapshot, everyone, KNOWN, attitude="trust")
    with pytest.raises(InvalidValue, match="months must be above 0, found 0"):
        later_purchases(snapshot, everyone, KNOWN, attitude="loyalty", months=0)
    latest = survey_answers(snapshot, ITEMS)
    with pytest.raises(InvalidAnswers, match="behaviour: the table lacks 'chance'; it has: customer, stay_12m"):
        loyalty_classes(snapshot, latest, KNOWN, behaviour(snapshot), attitude="loyalty", column="chance")
    with pytest.raises(InvalidValue, match="attitude must be one of"):
        loyalty_classes(snapshot, latest, KNOWN, behaviour(snapshot), attitude="trust", column="stay_12m")
