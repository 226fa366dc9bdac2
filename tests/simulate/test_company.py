"""The simulated company is whole, plausible, the same for the same seed, and holds nothing it should not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from cxmodels import simulate
from cxmodels.simulate.blocks import BLOCK
from cxmodels.simulate.scores import items
from cxmodels.study.contract import TABLES

Frames = dict[str, pd.DataFrame]


def test_every_table_of_the_contract_is_there_with_its_columns(company: simulate.Company) -> None:
    assert list(company.tables) == list(TABLES)
    for name, contract in TABLES.items():
        attributes = {"region", "joined_channel", "age_band"} if name == "customers" else set()
        assert set(company.tables[name].column_names) == set(contract.names) | attributes, name


def test_keys_are_unique_and_references_hold(frames: Frames) -> None:
    for name, contract in TABLES.items():
        assert not frames[name].duplicated(list(contract.key)).any(), name
        assert not frames[name][list(contract.required)].isna().any().any(), name
        for reference in contract.references:
            held = frames[name][reference.column].dropna()
            assert held.isin(frames[reference.table][reference.target]).all(), (name, reference.column)


def test_no_date_lies_after_the_end_and_no_end_before_its_start(company: simulate.Company, frames: Frames) -> None:
    stop = pd.Timestamp(company.truth["end"]) + pd.Timedelta(days=1)
    for name, contract in TABLES.items():
        for column in contract.times:
            assert pd.to_datetime(frames[name][column]).max() < stop, (name, column)
        for pair in contract.pairs:
            both = frames[name][[pair.start, pair.end]].dropna()
            assert (both[pair.end] >= both[pair.start]).all(), (name, pair)


def test_contracts_last_a_day_at_least_and_customers_left_with_their_last_one(frames: Frames) -> None:
    contracts = frames["contracts"].sort_values("started_on", kind="stable")
    assert (contracts["ended_on"].dropna() > contracts["started_on"][contracts["ended_on"].notna()]).all()
    assert (contracts["ended_on"].notna() == contracts["end_reason"].notna()).all()
    last = contracts.groupby("customer_id").tail(1).set_index("customer_id")["ended_on"]
    left = frames["customers"].set_index("customer_id")["left_on"]
    assert left.isna().equals(last.reindex(left.index).isna())
    assert (left.dropna() == last.reindex(left.dropna().index)).all()
    twice = contracts["customer_id"].value_counts()
    assert twice.max() == 2
    assert (twice == 2).sum() > 50


def test_customers_who_left_before_the_window_are_absent(company: simulate.Company, frames: Frames) -> None:
    start = pd.Timestamp(f"{company.truth['first_month']}-01").date()
    customers = frames["customers"]
    assert (customers["left_on"].dropna() >= start).all()
    before = (customers["joined_on"] < start).mean()
    assert 0.3 < before < 0.6


def test_numbers_are_plausible(company: simulate.Company) -> None:
    month = pd.DataFrame({name: value for name, value in company.truth["by_month"].items() if name != "means"})
    churn = (month["left_voluntary"] + month["left_involuntary"]) / month["active_at_start"]
    assert churn.between(0.013, 0.03).all()
    assert month["true_nps"].between(12, 32).all()
    assert (month["orders"] / month["active_at_end"]).between(0.35, 0.75).all()
    assert 0.2 < company.truth["surveys"]["answer_rate"] < 0.3
    start, end = month["active_at_start"].to_numpy(), month["active_at_end"].to_numpy()
    moved = month["joined"] + month["came_back"] - month["left_voluntary"] - month["left_involuntary"]
    assert (start + moved == end).all()
    assert (end[:-1] == start[1:]).all()


def test_movement_in_the_truth_is_counted_from_the_contracts(company: simulate.Company, frames: Frames) -> None:
    month = company.truth["by_month"]
    ended = frames["contracts"].dropna(subset=["ended_on"])
    counted = pd.to_datetime(ended["ended_on"]).dt.strftime("%Y-%m").groupby(ended["end_reason"]).value_counts()
    for cause in ("voluntary", "involuntary"):
        assert counted[cause].reindex(month["month"], fill_value=0).tolist() == month[f"left_{cause}"]


def test_those_who_answer_are_more_satisfied_than_all(company: simulate.Company) -> None:
    surveys = company.truth["surveys"]
    true = np.mean(company.truth["by_month"]["true_nps"])
    assert surveys["by_survey"]["barometer"]["nps_of_respondents"] > true + 5
    assert surveys["by_survey"]["after_contact"]["nps_of_respondents"] < true


def test_the_planted_event_is_seen_in_its_region_and_month_only(company: simulate.Company, frames: Frames) -> None:
    event = company.truth["coefficients"]["satisfaction"]
    here = (frames["customers"]["region"] == event["event_region"]).to_numpy()
    felt = company.satisfaction.to_numpy()
    drop = felt[:, -1] - felt[:, -2]
    assert drop[here].mean() == pytest.approx(event["event_late_probability"] * event["late_effect"], abs=0.1)
    assert abs(drop[~here].mean()) < 0.05
    assert company.truth["by_month"]["late_share"][-1] > 2 * company.truth["by_month"]["late_share"][-2]


def test_nobody_is_asked_twice_within_thirty_days(frames: Frames) -> None:
    sent = frames["invitations"].sort_values(["customer_id", "sent_at"])
    gap = sent.groupby("customer_id")["sent_at"].diff().dropna()
    assert gap.min() >= pd.Timedelta(days=30)


def test_nobody_is_asked_while_contact_is_refused(frames: Frames) -> None:
    contact = frames["consents"][frames["consents"]["purpose"] == "contact"].sort_values("recorded_at")
    sent = frames["invitations"].sort_values("sent_at")
    known = pd.merge_asof(
        sent,
        contact[["customer_id", "granted", "recorded_at"]],
        left_on="sent_at",
        right_on="recorded_at",
        by="customer_id",
    )
    assert not (known["granted"] == False).any()  # noqa: E712 - no decision is null, which is not a refusal
    assert contact.groupby("customer_id")["granted"].nunique().eq(2).sum() > 100


def test_answers_are_whole_numbers_on_the_scale_of_their_item(frames: Frames) -> None:
    scored = frames["answers"].merge(frames["items"], on="item")
    assert scored["score"].between(scored["scale_min"], scored["scale_max"]).all()
    assert (scored["score"] % 1 == 0).all()
    assert set(scored["item"]) == set(items())
    levels = scored.groupby("item")["score"].nunique()
    assert levels[["nps", "csat", "ces", "cxi_needs", "cxi_ease", "cxi_enjoy"]].tolist() == [11, 5, 7, 5, 5, 5]
    assert levels.min() >= 5


def test_answers_are_dated_after_their_invitation_and_match_its_status(frames: Frames) -> None:
    asked = frames["invitations"].query("status == 'answered'").sort_values(["customer_id", "survey", "sent_at"])
    answered = frames["responses"].sort_values(["customer_id", "survey", "answered_at"])
    same = ["customer_id", "survey"]
    assert asked[same].to_numpy().tolist() == answered[same].to_numpy().tolist()
    after = answered["answered_at"].to_numpy() - asked["sent_at"].to_numpy()
    assert after.min() > pd.Timedelta(0)
    assert after.max() <= pd.Timedelta(days=21)


def test_comments_are_in_both_languages_follow_the_score_and_name_nobody(frames: Frames) -> None:
    written = frames["responses"].dropna(subset=["comment"])
    french = written["comment"].str.contains(r"\b(?:le|la|les|un|une|des|est|trop|pas|colis|livraison)\b", case=False)
    english = written["comment"].str.contains(r"\b(?:the|is|a|my|of|on|and|too|not|for)\b", case=False) & ~french
    assert french.mean() > 0.5
    assert english.mean() > 0.15
    assert written["comment"].nunique() > 500
    assert not written["comment"].str.contains(r"@|\d{2}", regex=True).any()
    score = frames["answers"].query("item == 'nps'").set_index("response_id")["score"]
    said = written.assign(score=score.reindex(written["response_id"]).to_numpy())
    late = said["comment"].str.contains("retard|late", case=False)
    gone = said["comment"].str.contains("résilier|cancel", case=False)
    loved = said["comment"].str.contains("Je recommande|I recommend", case=False)
    assert said.loc[gone, "score"].mean() < 6 < 8 < said.loc[loved, "score"].mean()
    assert said.loc[late, "score"].mean() < said["score"].mean() - 1


def test_every_theme_is_written_about(company: simulate.Company) -> None:
    themes = company.truth["surveys"]["comments_by_theme"]
    assert all(count > 50 for count in themes.values())


def test_orders_that_are_returned_are_negative_and_follow_their_order(frames: Frames) -> None:
    orders = frames["orders"]
    back = orders[orders["amount"] < 0]
    assert 0.008 < len(back) / len(orders) < 0.022
    bought = orders[orders["amount"] > 0][["customer_id", "amount", "ordered_at"]]
    pairs = back.assign(amount=-back["amount"]).merge(bought, on=["customer_id", "amount"], suffixes=("", "_first"))
    between = (pairs["ordered_at"] - pairs["ordered_at_first"]).dt.days
    assert set(pairs["order_id"]) == set(back["order_id"])
    assert between.between(3, 14).groupby(pairs["order_id"]).any().all()


def test_conversions_in_the_interactions_are_the_digital_orders(company: simulate.Company, frames: Frames) -> None:
    won = frames["interactions"].query("outcome == 'conversion'")
    kept = company.truth["coefficients"]["journeys"]["tracker_months"]
    first = pd.Timestamp(company.truth["by_month"]["month"][-kept] + "-01")
    orders = frames["orders"].query("amount > 0 and channel != 'Store'")
    orders = orders[orders["ordered_at"] >= first]
    assert sorted(won["value"]) == sorted(orders["amount"])
    assert set(won["occurred_at"]) == set(orders["ordered_at"])
    tracked = frames["interactions"].dropna(subset=["device_id"])
    assert 0.3 < tracked["customer_id"].isna().mean() < 0.5
    assert tracked["device_id"].isin(frames["identities"]["device_id"]).mean() == pytest.approx(0.94, abs=0.02)


def test_identifiers_of_rows_do_not_give_the_customer_away(frames: Frames) -> None:
    orders = frames["orders"]
    number = orders["order_id"].str.extract(r"(\d+)$")[0].astype(float)
    customer = orders["customer_id"].str.extract(r"(\d+)$")[0].astype(float)
    assert abs(np.corrcoef(number, customer)[0, 1]) < 0.05


def test_the_same_seed_gives_the_same_company_and_another_seed_another() -> None:
    one, same, other = (simulate.company(300, months=13, seed=seed) for seed in (1, 1, 2))
    assert one.tables == same.tables
    assert one.truth == same.truth
    assert one.tables["orders"] != other.tables["orders"]


def test_what_is_written_block_by_block_is_the_company_held_in_memory(tmp_path: Path) -> None:
    sizes: dict[str, Any] = {"customers": BLOCK + 150, "months": 13, "seed": 3}
    whole = simulate.company(**sizes)
    folder = simulate.write(tmp_path / "study", **sizes)
    for name, table in whole.tables.items():
        assert pq.read_table(folder / f"{name}.parquet") == table, name
    recorded = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert {name: recorded[name] for name in whole.truth} == whole.truth
    assert recorded["dirt"] == {}


def test_a_company_of_one_customer_is_a_company() -> None:
    company = simulate.company(1, months=13, seed=1)
    assert company.tables["customers"].num_rows == 1
    # Ratios over nothing are null: the truth stays readable as JSON, which has no NaN.
    assert json.loads(json.dumps(company.truth, allow_nan=False)) == company.truth
    assert None in company.truth["surveys"]["relational_nps_by_month"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"customers": 0}, "customers must be at least 1, found 0"),
        ({"months": 12}, "months must be at least 13, found 12"),
        ({"end": "2026-09-29"}, "end must be the last day of a month, found 2026-09-29"),
        ({"end": "September"}, "end must be a date YYYY-MM-DD, found 'September'"),
    ],
)
def test_a_size_that_cannot_be_is_refused_with_what_is_allowed(wrong: dict, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        simulate.company(**{"customers": 50, "months": 13, **wrong})


def test_opening_the_room_imports_nothing_heavy() -> None:
    code = (
        "import sys; from cxmodels import simulate; simulate.demo_on_first_use('data/telco'); "
        "print([name for name in ('numpy', 'pandas', 'pyarrow') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
