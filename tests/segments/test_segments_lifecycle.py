"""Customers are new, active, at risk, won back or lost by the rules that are stated, each day as known on it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxmodels.segments.errors import InvalidValue, NoBehaviour, TooFewCustomers, UnknownColumn
from cxmodels.segments.lifecycle.lifecycle import NOT_YET, Lifecycle, lifecycle
from cxmodels.segments.lifecycle.states import STATES, Rules, states
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import Study, open_study

AS_OF = date(2026, 9, 30)


def open_with(folder: Path, min_cell: int = 1, **tables: pd.DataFrame) -> Study:
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet")
    named = "".join(f'[tables.{name}]\npath = "{name}.parquet"\n' for name in tables)
    head = f'[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = {AS_OF}\n'
    (folder / "study.toml").write_text(f"{head}{named}[privacy]\nmin_cell = {min_cell}\n", encoding="utf-8")
    return open_study(folder)


def contracts(*rows: tuple[str, int, int | None]) -> pd.DataFrame:
    """Contracts from ``(customer, days ago it began, days ago it ended)``."""
    return pd.DataFrame(
        {
            "contract_id": [f"k{place}" for place in range(len(rows))],
            "customer_id": [row[0] for row in rows],
            "started_on": [AS_OF - timedelta(row[1]) for row in rows],
            "ended_on": pd.Series(
                [None if row[2] is None else AS_OF - timedelta(row[2]) for row in rows], dtype=object
            ),
        }
    )


def orders(**days: list[int]) -> pd.DataFrame:
    """Orders of each customer so many days ago."""
    rows = [(name, ago) for name, own in days.items() for ago in own]
    when = [pd.Timestamp(AS_OF) - pd.Timedelta(ago, "D") + pd.Timedelta(12, "h") for _, ago in rows]
    return pd.DataFrame(
        {
            "order_id": [f"o{place}" for place in range(len(rows))],
            "customer_id": [name for name, _ in rows],
            "ordered_at": pd.Series(when).astype("datetime64[us]"),
            "amount": 10.0,
        }
    )


def placed(snapshot: Snapshot, rules: Rules | None = None, leaving: object = None) -> dict[str, str]:
    table = states(snapshot, rules or Rules(), leaving)  # type: ignore[arg-type]
    frame = table.to_pandas().merge(snapshot.pseudonyms.to_pandas(), on="number")
    return dict(zip(frame["customer_id"], frame["state"], strict=True))


def test_contracts_tell_who_is_new_lost_and_won_back(tmp_path: Path) -> None:
    study = open_with(
        tmp_path,
        contracts=contracts(
            ("fresh", 89, None), ("grown", 90, None), ("ended", 300, 5), ("today", 300, 0),
            ("back", 400, 200), ("back", 20, None), ("settled", 600, 300), ("settled", 95, None),
            ("renewed", 300, 21), ("renewed", 20, None), ("gone again", 400, 200), ("gone again", 20, 3),
            ("two at once", 30, None), ("two at once", 500, None),
        ),
    )  # fmt: skip
    assert placed(study.snapshot(AS_OF)) == {
        "fresh": "new", "grown": "active", "ended": "lost", "today": "lost", "back": "won back", "settled": "active",
        "renewed": "active", "gone again": "lost", "two at once": "active",
    }  # fmt: skip
    # before it was over, the end was not known
    assert placed(study.snapshot(AS_OF - timedelta(10)))["ended"] == "active"


def test_orders_tell_it_of_those_without_contracts(tmp_path: Path) -> None:
    study = open_with(
        tmp_path,
        orders=orders(
            fresh=[80, 10], regular=[310, 280, 250, 220, 190, 160, 130, 100, 70, 40, 10],
            silent=[310, 280, 250, 220, 190, 160], rare=[360, 200, 160], lost=[700, 400], back=[900, 880, 30],
            long_back=[900, 500, 100],
        ),
    )  # fmt: skip
    found = placed(study.snapshot(AS_OF))
    # every thirty days, and silent for 160; every hundred days, and silent for 160
    assert found == {
        "fresh": "new", "regular": "active", "silent": "at risk", "rare": "active", "lost": "lost",
        "back": "won back", "long_back": "active",
    }  # fmt: skip
    assert placed(study.snapshot(AS_OF), Rules(lost_after=150))["silent"] == "lost"


def test_a_short_silence_is_no_risk_however_quick_the_rhythm(tmp_path: Path) -> None:
    daily = {"until 29 days ago": [*range(95, 28, -1)], "until 30 days ago": [*range(95, 29, -1)]}
    study = open_with(tmp_path, orders=orders(**daily))
    assert placed(study.snapshot(AS_OF)) == {"until 29 days ago": "active", "until 30 days ago": "at risk"}


def test_silence_is_a_risk_to_a_contract_only_where_there_was_a_rhythm(tmp_path: Path) -> None:
    study = open_with(
        tmp_path,
        contracts=contracts(
            ("never bought", 500, None), ("once", 500, None), ("rhythm", 500, None), ("over", 500, 100)
        ),
        orders=orders(once=[400], rhythm=[400, 380, 360], over=[20, 10], alone=[200, 180, 160, 5]),
    )
    assert placed(study.snapshot(AS_OF)) == {
        "never bought": "active", "once": "active", "rhythm": "at risk", "over": "lost", "alone": "active",
    }  # fmt: skip


def test_with_chances_of_leaving_the_likeliest_are_at_risk(tmp_path: Path) -> None:
    rows = [(f"c{place}", 400, None) for place in range(10)] + [("fresh", 10, None), ("ended", 300, 5)]
    snapshot = open_with(tmp_path, contracts=contracts(*rows)).snapshot(AS_OF)
    people = snapshot.pseudonyms.to_pandas().set_index("customer_id")["pseudonym"]
    import ibis

    chances = pd.DataFrame({"customer": people[[name for name, *_ in rows[1:]]], "churn_12m": np.linspace(0, 1, 11)})
    found = placed(snapshot, Rules(cut=0.7), ibis.memtable(chances))
    assert {name for name, state in found.items() if state == "at risk"} == {"c8", "c9"}
    # who is not scored is not at risk; new and lost go before
    assert (found["c0"], found["fresh"], found["ended"]) == ("active", "new", "lost")


@pytest.fixture(scope="module")
def company(study: Study, today: Snapshot) -> Lifecycle:
    return lifecycle(study, today, months=3, over=3)


def test_the_history_counts_everybody_known_on_each_day_and_hides_a_state_in_all_months(
    study: Study, today: Snapshot, company: Lifecycle
) -> None:
    assert company.history["month"].unique().tolist() == ["2026-06", "2026-07", "2026-08", "2026-09"]
    counted = company.states.to_pandas()["state"].value_counts()
    now = company.history[company.history["month"] == "2026-09"].set_index("state")["customers"]
    told = now.dropna()
    assert told.to_dict() == {state: counted[state] for state in told.index}
    assert set(now.index) == set(STATES)
    assert company.customers == counted.sum()
    # what may not be told in one month is told in none
    missing = company.history.groupby("state")["customers"].apply(lambda own: own.isna().sum())
    assert set(missing[missing > 0].index) == set(company.hidden)
    assert set(missing[missing > 0]) <= {4}
    assert counted["won back"] < 10
    assert len(company.hidden) >= 2


def test_moves_are_those_of_the_same_person_and_tell_no_few(study: Study, today: Snapshot, company: Lifecycle) -> None:
    sides = []
    for snapshot in (study.snapshot("2026-06"), today):
        frame = states(snapshot, Rules()).to_pandas().merge(snapshot.pseudonyms.to_pandas(), on="number")
        sides.append(frame.set_index("customer_id")["state"])
    both = pd.concat(sides, axis=1, keys=["before", "now"])
    counted = both.fillna({"before": NOT_YET, "now": "no longer known"}).value_counts()
    moves = company.flow.moves.set_index(["before", "now"])
    for key, row in moves.iterrows():
        true = counted.get(key, 0)
        assert row["suppressed"] or row["customers"] == true
        assert row["suppressed"] or not 0 < true < 10
    shown = moves["share"].dropna()
    assert len(shown) > 5
    assert (moves.loc[shown.index, "low"] <= shown).all()
    assert (shown <= moves.loc[shown.index, "high"]).all()
    assert company.flow.then == date(2026, 6, 30)


def test_the_cut_of_the_first_day_holds_on_all_days(study: Study, today: Snapshot) -> None:
    import ibis

    tables = []
    for place, snapshot in enumerate((study.snapshot("2026-08"), today)):
        people = snapshot.pseudonyms.to_pandas()
        rank = people["number"].rank(pct=True)
        # a month later everybody is likelier to leave
        tables.append(ibis.memtable(pd.DataFrame({"customer": people["pseudonym"], "churn_12m": rank + 0.2 * place})))
    found = lifecycle(study, today, months=1, leaving=tables)
    shares = found.history[found.history["state"] == "at risk"]["customers"]
    assert shares.iloc[1] > 1.7 * shares.iloc[0]
    assert "the chance of leaving is 0.80" in found.rules.set_index("state").loc["at risk", "rule"]


def test_rules_are_stated_as_the_tables_allow() -> None:
    orders_alone = Rules().in_words(("orders",)).set_index("state")["rule"]
    assert orders_alone["lost"] == "nothing was ordered for 365 days"
    assert "contract" not in " ".join(orders_alone)
    contracts_alone = Rules().in_words(("contracts",)).set_index("state")["rule"]
    assert contracts_alone["at risk"].startswith("not told")
    assert list(contracts_alone.index) == ["new", "active", "at risk", "won back", "lost"]


def test_wrong_use_of_the_lifecycle_is_named(tmp_path: Path, study: Study, today: Snapshot) -> None:
    with pytest.raises(InvalidValue, match="from 1 on, found 0"):
        lifecycle(study, today, months=0)
    with pytest.raises(InvalidValue, match="from 1 to 2, found 3"):
        lifecycle(study, today, months=2, over=3)
    with pytest.raises(InvalidValue, match="for each of 2 days, found 0"):
        lifecycle(study, today, months=1, leaving=[])
    with pytest.raises(UnknownColumn, match="lacks the column 'churn_12m'"):
        lifecycle(study, today, months=1, leaving=[today.pseudonyms.rename(customer="pseudonym")] * 2)
    with pytest.raises(InvalidValue, match="from 1 on, found 0"):
        lifecycle(study, today, months=1, lost_after=0)
    few = open_with(tmp_path, min_cell=10, contracts=contracts(("a", 90, None)))
    with pytest.raises(TooFewCustomers, match="fewer than 10 customers are known"):
        lifecycle(few, few.snapshot(AS_OF))
    with pytest.raises(TooFewCustomers, match="one month alone"):
        lifecycle(few, few.snapshot(date(2026, 7, 31)))


def test_without_contracts_and_orders_nobody_comes_or_goes(tmp_path: Path) -> None:
    people = pd.DataFrame({"customer_id": ["a", "b"], "joined_on": [date(2026, 1, 1), date(2026, 2, 1)]})
    study = open_with(tmp_path, customers=people)
    with pytest.raises(NoBehaviour, match="neither contracts nor orders"):
        lifecycle(study, study.snapshot(AS_OF))
