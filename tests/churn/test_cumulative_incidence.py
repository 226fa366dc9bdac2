from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxmodels.churn.counts.episodes import Episodes
from cxmodels.churn.counts.from_frame import counted
from cxmodels.churn.errors import UnknownCause
from cxmodels.churn.figures.causes import causes_stacked
from cxmodels.churn.models.cause_specific import cause_specific, causes
from cxmodels.churn.models.cumulative_incidence import CumulativeIncidence, cumulative_incidence
from cxmodels.churn.models.kaplan_meier import fit_survival

CAUSES = ("voluntary", "involuntary", "unknown")
MARKS = [3, 10, 24, 40]


def made() -> Episodes:
    """240 kinds of episodes by a formula, 480 episodes: late entries, ties of all three causes, counts of 1 to 3."""
    i = np.arange(240)
    entry = np.where(i % 3 == 0, (i * 7) % 23, 0)
    cause = (i * i + 3 * i + i // 5) % 5 % 4
    frame = pd.DataFrame(
        {
            "entry": entry,
            "exit": entry + 1 + (i * i * 5 + 11 * i) % 29,
            "event": (cause > 0).astype(int),
            "cause": np.array(["active", *CAUSES])[cause],
            "plan": np.where((i * i + i // 7) % 3 == 0, "B", "A"),
            "n": 1 + i % 3,
        }
    )
    return counted(frame, ["plan"], entry="entry", cause="cause", n="n", unit="months")


def at_marks(found: CumulativeIncidence, cause: str, level: str = "all") -> np.ndarray:
    """(4 marks, 4 columns) incidence, standard error, low and high."""
    part = found.curves[(found.curves["level"] == level) & (found.curves["cause"] == cause)]
    rows = np.searchsorted(part["time"], MARKS, "right") - 1
    return part.iloc[rows][["incidence", "se", "low", "high"]].to_numpy()


# R 4.2.2, survival 3.5-3: survfit(Surv(entry, exit, factor(cause)) ~ 1, id = row, conf.type = "log-log") on the 480
# rows, at months 3, 10, 24 and 40. A line is a month: incidence, standard error, low, high.
OF_R = {
    "all": {
        "voluntary": [
            [0.04274794807148326, 0.01014407829312894, 0.02589788326079553, 0.06587358506346382],
            [0.09056072140275873, 0.01459662104923230, 0.06461165134729109, 0.12175782932212877],
            [0.24496002247444182, 0.02355604595941299, 0.20021849985580786, 0.29221489957039154],
            [0.32424197901761481, 0.02971646876086879, 0.26686523214047303, 0.38280528977855433],
        ],
        "involuntary": [
            [0.06255271082214117, 0.01211320979536656, 0.04164796731138375, 0.0891850457127927],
            [0.12198131520039873, 0.01670535618521278, 0.09161325896698147, 0.1569407214361098],
            [0.23177068592970285, 0.02295087078104636, 0.18832947818890236, 0.2779666684354502],
            [0.28879169494321327, 0.02638694151709046, 0.23819023086155486, 0.3412025591224976],
        ],
        "unknown": [
            [0.03244849643469676, 0.008852789066401441, 0.01819169168749725, 0.05323759564686011],
            [0.11566276028761892, 0.016455607373699645, 0.08588456487021491, 0.15024328776499069],
            [0.25193097576653434, 0.023666005788414227, 0.20688818015183169, 0.29931784895589636],
            [0.29086528676815149, 0.028053579452813150, 0.23712516923869256, 0.34658857096448620],
        ],
    },
    "B": {
        "voluntary": [
            [0.02860474374509168, 0.01409601787053486, 0.009428675820232438, 0.06663994759685322],
            [0.05089260886706130, 0.01873342878497348, 0.022496607303573082, 0.09658608225738205],
            [0.18626681932317202, 0.03625329755135653, 0.121382354988380473, 0.26202854896765637],
            [0.29359686241593674, 0.04721842647667629, 0.204945334009054847, 0.38766793957707263],
        ],
        "involuntary": [
            [0.1201207799355637, 0.02733271132895107, 0.07312149109918095, 0.1795896828273739],
            [0.1725611732768010, 0.03224409471539338, 0.11484183727128848, 0.2401667533907218],
            [0.2584103189561469, 0.03943724017188586, 0.18489592351162409, 0.3379560283686694],
            [0.2812676429481245, 0.04162666782786046, 0.20303791353661849, 0.3645262110058939],
        ],
        "unknown": [
            [0.04869702553303501, 0.01795507183631920, 0.02152552466957166, 0.09260734511439399],
            [0.13837591675599289, 0.02970642839895238, 0.08658292263010811, 0.20214634059674699],
            [0.28202877051225250, 0.04120226421506513, 0.20452681383965660, 0.36440568293757797],
            [0.31780545154317408, 0.04549356031775838, 0.23126304972391507, 0.40760933351012724],
        ],
    },
}


@pytest.mark.parametrize("level", ["all", "B"])
@pytest.mark.parametrize("cause", CAUSES)
def test_incidences_standard_errors_and_intervals_are_those_of_r(level: str, cause: str) -> None:
    found = at_marks(cumulative_incidence(made(), by=None if level == "all" else "plan"), cause, level)
    wanted = np.array(OF_R[level][cause])
    assert found[:, 0] == pytest.approx(wanted[:, 0], abs=1e-12)
    assert found[:, 1:] == pytest.approx(wanted[:, 1:], abs=1e-10)


def test_what_remains_and_what_left_for_every_cause_add_up_to_all() -> None:
    found = cumulative_incidence(made())
    left = found.curves.groupby("time")["incidence"].sum()
    remains = found.survival.curves.set_index("time")["survival"]
    assert (left + remains).to_numpy() == pytest.approx(np.ones(len(left)), abs=1e-14)


def test_with_a_single_cause_it_is_one_minus_kaplan_meier_and_its_variance_greenwoods() -> None:
    episodes = made()
    # Greenwood's variance takes who is at risk later as a part of who is at risk now: nobody may enter late
    alike = replace(episodes, frame=episodes.frame.assign(cause="unknown", entry=0))
    found, survival = cumulative_incidence(alike), fit_survival(alike).curves
    assert found.curves["incidence"].to_numpy() == pytest.approx(1 - survival["survival"].to_numpy(), abs=1e-14)
    left = alike.frame[alike.frame["event"] == 1].groupby("exit")["n"].sum().reindex(survival["time"], fill_value=0)
    at_risk, d = survival["at_risk"].to_numpy(float), left.to_numpy(float)
    greenwood = survival["survival"].to_numpy() * np.sqrt(np.cumsum(d / (at_risk * np.maximum(at_risk - d, 1))))
    inside = survival["survival"].to_numpy() > 0
    assert found.curves["se"].to_numpy()[inside] == pytest.approx(greenwood[inside], abs=1e-12)


def test_where_everybody_left_at_once_there_is_no_doubt_however_it_is_rounded() -> None:
    # the parts of the variance cancel to 1e-16, whose root is no small error
    frame = pd.DataFrame({"entry": [0, 1], "exit": [1, 2], "event": [1, 0], "cause": ["voluntary", ""], "n": [3, 5]})
    for rows in (frame, frame.loc[[0, 0, 0, 1]].assign(n=[1, 1, 1, 5])):
        found = counted(rows, entry="entry", cause="cause", n="n", unit="months", collapse=False)
        assert cumulative_incidence(found).curves["se"].tolist() == [0, 0, 0]


rows = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 9), st.sampled_from(["active", *CAUSES]), st.integers(1, 4)),
    min_size=1,
    max_size=40,
)


def from_rows(drawn: list[tuple[int, int, str, int]]) -> pd.DataFrame:
    frame = pd.DataFrame(drawn, columns=["entry", "stay", "cause", "n"])
    return frame.assign(exit=frame["entry"] + frame["stay"], event=(frame["cause"] != "active").astype(int))


def curves(frame: pd.DataFrame, *, collapse: bool = True) -> np.ndarray:
    episodes = counted(frame, entry="entry", cause="cause", n="n", unit="months", collapse=collapse)
    table = cumulative_incidence(episodes).curves.sort_values(["cause", "time"])
    return table[["incidence", "se"]].to_numpy()


@settings(max_examples=25, deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_neither_counting_rows_nor_their_order_changes_anything(drawn: list, shuffler: object) -> None:
    frame = from_rows(drawn)
    one_by_one = frame.loc[frame.index.repeat(frame["n"])].assign(n=1)
    order = list(range(len(one_by_one)))
    shuffler.shuffle(order)  # type: ignore[attr-defined]
    assert curves(one_by_one.iloc[order], collapse=False) == pytest.approx(curves(frame), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(rows)
def test_shares_stay_between_nought_and_one_and_never_fall(drawn: list) -> None:
    episodes = counted(from_rows(drawn), entry="entry", cause="cause", n="n", unit="months")
    found = cumulative_incidence(episodes)
    remains = found.survival.curves.set_index("time")["survival"]
    for _, part in found.curves.groupby("cause"):
        assert (np.diff(part["incidence"]) >= 0).all()
        assert (part["low"] <= part["incidence"]).all()
        assert (part["incidence"] <= part["high"]).all()
    left = found.curves.groupby("time")["incidence"].sum().reindex(remains.index, fill_value=0)
    assert (left + remains).to_numpy() == pytest.approx(np.ones(len(remains)), abs=1e-12)


def test_a_cause_of_a_known_hazard_is_recovered_where_half_of_the_customers_enter_late() -> None:
    rng = np.random.default_rng(5)
    n, rates = 40_000, np.array([0.02, 0.01])
    time = rng.exponential(1 / rates.sum(), n)
    which = rng.random(n) < rates[0] / rates.sum()
    entry = np.where(rng.random(n) < 0.5, rng.uniform(0, 30, n), 0)
    seen = time > entry
    end = np.minimum(time, 48)
    frame = pd.DataFrame({"entry": entry, "exit": end, "event": (time < 48).astype(int)})
    frame = frame.assign(cause=np.where(which, "voluntary", "involuntary"))[seen & (end > entry)]
    found = cumulative_incidence(counted(frame, entry="entry", cause="cause", unit="months")).at(24)
    for cause, share in (("voluntary", 2 / 3), ("involuntary", 1 / 3)):
        assert found[cause].value == pytest.approx(share * -np.expm1(-0.03 * 24), abs=0.01)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(6)
    truth, held = 2 / 3 * -np.expm1(-0.06 * 12), 0
    for _ in range(120):
        time, watch = rng.exponential(1 / 0.06, 300), rng.uniform(0, 40, 300)
        frame = pd.DataFrame({"exit": np.minimum(time, watch), "event": (time < watch).astype(int)})
        frame["cause"] = np.where(rng.random(300) < 2 / 3, "voluntary", "involuntary")
        found = cumulative_incidence(counted(frame, cause="cause", unit="months")).at(12)["voluntary"]
        held += found.low < truth < found.high
    assert 0.9 <= held / 120 < 1


def test_nothing_is_told_where_survival_tells_nothing() -> None:
    found = cumulative_incidence(replace(made(), min_cell=10))
    assert set(found.at(12)) == set(CAUSES)
    assert found.at(50) == {}
    assert found.told()["time"].max() == found.survival.told()["time"].max()


def test_a_number_has_no_curves_by_level() -> None:
    frame = pd.DataFrame({"exit": [1, 2, 3], "event": [1, 0, 1], "fee": [1.0, 2.5, 3.0]})
    with pytest.raises(ValueError, match=r"'fee' is a number, which has no levels; allowed: none"):
        cumulative_incidence(counted(frame, ["fee"]), by="fee")


def test_the_other_causes_end_the_watch_of_a_cause_specific_model() -> None:
    episodes = made()
    alone = cause_specific(episodes, "involuntary")
    left = alone.frame["event"] == 1
    assert (alone.frame.loc[left, "cause"] == "involuntary").all()
    assert alone.events == causes(episodes)["involuntary"] < episodes.events
    assert alone.n == episodes.n


def test_causes_come_most_frequent_first_and_an_unknown_one_is_named() -> None:
    assert causes(made()) == {"voluntary": 98, "involuntary": 93, "unknown": 93}
    with pytest.raises(UnknownCause, match=r"'price'; departures on record: voluntary, involuntary, unknown"):
        cause_specific(made(), "price")


def test_the_figure_says_who_left_and_why_and_what_remains() -> None:
    figure = causes_stacked(cumulative_incidence(made()))
    assert figure.title == (
        "After 36 months 32\u202f% have left of their own accord, 29\u202f% not by their choice, "
        "29\u202f% for a reason not on record"
    )
    assert "of their own accord: 6.4\u202f% at 6 months" in figure.alt
    assert figure.alt.endswith("In the end 10\u202f% remain.")


def test_causes_too_small_to_be_shown_are_told_together() -> None:
    frame = made().frame
    left = frame.index[frame["event"] == 1]
    frame.loc[left, "cause"] = "voluntary"
    frame.loc[left[:2], "cause"], frame.loc[left[2:4], "cause"] = "moved", "died"
    found = cumulative_incidence(replace(made(), frame=frame, min_cell=10))
    # 8 are too few; told alone, the next larger would give them away
    assert found.causes == {"voluntary": 265, "moved": 11, "died": 8}
    figure = causes_stacked(found)
    assert "for other reasons" in figure.title
    assert "moved" not in figure.alt + figure.title
    assert "fewer than 10 departures are told together" in figure.note


def test_where_every_cause_is_too_small_only_the_share_that_left_is_told() -> None:
    frame = made().frame
    frame.loc[frame["event"] == 1, "cause"] = "voluntary"
    frame.loc[frame.index[frame["event"] == 1][:1], "cause"] = "died"
    found = cumulative_incidence(replace(made(), frame=frame, min_cell=10))
    assert 0 < found.causes["died"] < 10
    assert causes_stacked(found).title == "After 24 months 73\u202f% have left; causes are too rare to tell apart"


def test_a_company_watched_too_shortly_says_so() -> None:
    frame = pd.DataFrame({"exit": [1, 2, 3], "event": [1, 0, 1]})
    figure = causes_stacked(cumulative_incidence(counted(frame, unit="months", min_cell=10)))
    assert figure.title == "Too few customers are watched for long enough to tell why they leave"
