from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_company import AS_OF, contracts, study_of

from cxmodels.churn.counts.from_study import episodes
from cxmodels.churn.errors import InvalidValue, LeakingCovariate, TooManyLevels
from cxmodels.study.snapshot import Snapshot
from cxmodels.study.study import open_study

RNG = np.random.default_rng(11)
JOINED = RNG.integers(-700, -50, 400)
GONE = RNG.random(400) < 0.3
UNTIL = np.where(GONE, np.round(JOINED * RNG.uniform(0.05, 0.9, 400)).astype(int), 0)
TENURE = UNTIL - JOINED
FEE = RNG.choice([15.0, 19.0, 33.0], 400)
AGE = RNG.integers(18, 90, 400)
SOME = GONE & (RNG.random(400) < 0.7)
KEPT = ~GONE | (RNG.random(400) < 0.5)
ROW = np.arange(400)


def days(numbers: np.ndarray) -> list[date]:
    return [AS_OF + timedelta(days=int(number)) for number in numbers]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """400 customers with a fee, three in ten of whom have left, and attributes that leak or do not."""
    ids = [f"c{i}" for i in ROW]
    table = pd.DataFrame({"contract_id": ids, "customer_id": ids, "started_on": days(JOINED)})
    table["ended_on"] = pd.Series(days(UNTIL), dtype=object).where(GONE, None)
    table["monthly_fee"] = FEE
    attributes = {
        "seniority": TENURE + RNG.normal(0, 5, 400),
        "seniority_in_months": TENURE / 30.4375 + RNG.normal(0, 0.2, 400),
        "billed": TENURE / 30.4375 * FEE + RNG.normal(0, 20, 400),
        "score": np.where(GONE, RNG.uniform(65, 100, 400), RNG.uniform(5, 80, 400)),
        # nobody with three products left, and of the others about as many as of all
        "products": np.where(~GONE & (RNG.random(400) < 0.3), "three", RNG.choice(["one", "two"], 400)),
        "remark": np.where(SOME, RNG.choice(["price", "service"], 400), None),
        "rebate": np.where(SOME, RNG.uniform(1, 9, 400), np.nan),
        "contact": np.where(KEPT, RNG.choice(["paper", "mail"], 400), None),
        "volume": np.where(KEPT, RNG.uniform(1, 9, 400), np.nan),
        # a tenth of the customers were asked on the last day, the others on joining
        "segment": RNG.choice(["new", "old"], 400),
        "segment_recorded_on": days(np.where(ROW % 10 == 0, 0, JOINED)),
        "district": RNG.choice(["north", "south"], 400),
        "district_on": days(np.full(400, -400)),
        "age": AGE,
        "age_as_number": np.where(ROW < 20, np.nan, AGE + 0.5),
        "often_missing": np.where(ROW < 21, np.nan, AGE + 0.5),
        "infinite": np.where(ROW < 21, np.inf, AGE + 0.5),
    }
    customers = pd.DataFrame({"customer_id": ids, "joined_on": days(JOINED)} | attributes)
    tables = {"contracts": table, "customers": customers}
    return study_of(tmp_path_factory.mktemp("leakage"), tables).snapshot("2026-09")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("seniority", "'seniority' is made from tenure "),
        ("seniority_in_months", "'seniority_in_months' is made from tenure "),
        ("billed", "'billed' is made from tenure × monthly_fee"),
        ("score", "no honest reason parts them so well"),
        ("remark", "'remark' is recorded only for who left"),
        ("rebate", "'rebate' is recorded only for who left"),
        ("contact", "'contact' is missing only for who left"),
        ("volume", "'volume' is missing only for who left"),
        ("segment", r"recorded after the time at risk began in 10\.0% of the stays \(by segment_recorded_on\)"),
    ],
)
def test_what_is_known_only_through_the_outcome_is_refused_with_the_reason(
    snapshot: Snapshot, name: str, said: str
) -> None:
    with pytest.raises(LeakingCovariate, match=said):
        episodes(snapshot, covariates=[name])


def test_a_price_is_no_leak_even_where_everybody_has_stayed_as_long(tmp_path: Path) -> None:
    prices = RNG.choice([10.0, 20.0, 30.0], 200)
    rows = [(f"c{i}", "2026-01-01", "2026-09-30" if i % 3 == 0 else None) for i in range(200)]
    table = contracts(*rows).assign(monthly_fee=prices)
    customers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(200)], "joined_on": date(2026, 1, 1)})
    customers["fee_with_tax"] = prices * 1.2
    snapshot = study_of(tmp_path, {"contracts": table, "customers": customers}).snapshot("2026-09")
    assert episodes(snapshot, covariates=["monthly_fee", "fee_with_tax"]).numeric == ("monthly_fee", "fee_with_tax")


def test_total_charges_of_telco_are_refused_under_any_name(tmp_path: Path, root: Path) -> None:
    settings = (root / "data" / "telco" / "study.toml").read_text(encoding="utf-8")
    mapped = settings.replace("    payment_method\nfrom", "    payment_method,\n    total_charges as paper\nfrom")
    assert mapped != settings
    (tmp_path / "study.toml").write_text(mapped, encoding="utf-8")
    snapshot = open_study(tmp_path).snapshot("2019-09")
    with pytest.raises(LeakingCovariate, match="'paper' is made from tenure × monthly_fee"):
        episodes(snapshot, covariates=["plan", "paper"])


@pytest.mark.parametrize("kind", [str, float])
def test_the_satisfaction_score_of_the_extended_telco_file_is_refused(tmp_path: Path, kind: type) -> None:
    # customers by score in the file: of 1 and 2 all left, of 3 some, of 4 and 5 none; here a tenth of them
    scores = [(1, 92, 92), (2, 52, 52), (3, 266, 43), (4, 179, 0), (5, 115, 0)]
    score = np.repeat([s for s, _, _ in scores], [n for _, n, _ in scores])
    left = np.concatenate([np.arange(n) < gone for _, n, gone in scores])
    rng = np.random.default_rng(13)
    ids = [f"c{i}" for i in range(len(score))]
    joined = [AS_OF - timedelta(days=int(day)) for day in rng.integers(200, 900, len(score))]
    ended = [
        AS_OF - timedelta(days=int(day)) if gone else None
        for day, gone in zip(rng.integers(0, 199, 704), left, strict=True)
    ]
    table = pd.DataFrame({"contract_id": ids, "customer_id": ids, "started_on": joined, "ended_on": ended})
    customers = pd.DataFrame({"customer_id": ids, "joined_on": joined, "contentment": [kind(s) for s in score]})
    snapshot = study_of(tmp_path, {"contracts": table, "customers": customers}).snapshot("2026-09")
    with pytest.raises(LeakingCovariate, match=r"of .*1.*, .*2.* all left and of .*4.*, .*5.* nobody, which is 62%"):
        episodes(snapshot, covariates=["contentment"])


def test_an_honest_level_without_departures_is_allowed(snapshot: Snapshot) -> None:
    assert "three" in episodes(snapshot, covariates=["products"]).pooled["products"]


def test_a_value_recorded_before_the_window_began_is_known_at_entry(snapshot: Snapshot) -> None:
    with pytest.raises(LeakingCovariate, match="by district_on"):
        episodes(snapshot, covariates=["district"])
    assert episodes(snapshot, window_months=2, covariates=["district"]).covariates == ("district",)


def test_a_whole_number_with_many_values_is_told_how_to_enter(snapshot: Snapshot) -> None:
    with pytest.raises(TooManyLevels, match="cast it to double to count it as a number"):
        episodes(snapshot, covariates=["age"])


def test_an_age_as_a_number_enters_as_one_and_the_median_stands_in_for_few_missing(snapshot: Snapshot) -> None:
    found = episodes(snapshot, covariates=["age_as_number"])
    assert (found.numeric, found.levels) == (("age_as_number",), {})
    known = AGE[20:] + 0.5
    filled = found.frame.loc[found.frame["age_as_number"] == np.median(known), "n"].sum()
    assert filled == 20 + (known == np.median(known)).sum()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("often_missing", r"is missing in 21 of 400 stays \(5%\), at most 5%"),
        ("infinite", "is infinite in 21 of 400 stays"),
    ],
)
def test_a_number_that_is_often_missing_or_infinite_is_refused(snapshot: Snapshot, name: str, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        episodes(snapshot, covariates=[name])
