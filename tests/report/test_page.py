"""What a notebook shows: the page reads it back, the reader sees the doubt."""

import math

import pandas as pd
import pytest
from executed import CHURN, FALLING, VERDICT

import cxmodels as cx
from cxmodels.look import MIME
from cxmodels.report import Card, cards, columns, headline, note, points, record


def html(shown):
    return shown._repr_mimebundle_()["text/html"]


def test_a_headline_that_is_not_established_says_so():
    red = cx.Verdict("Churn", (cx.Check("a", "b", "c", "red", "d"),))
    said = headline("Fewer will leave", "So.", red)._repr_mimebundle_()[MIME]["data"]
    assert said == {"title": "Not established: Fewer will leave", "lead": "So.", "status": "red"}
    assert headline("Fewer will leave", "So.", VERDICT).data["title"] == "Fewer will leave"


@pytest.mark.parametrize("show", [note, lambda text: points([text]), lambda text: headline("a", text)])
def test_bold_and_italic_are_the_only_marks_that_get_through(show):
    written = html(show("<b>1</b> <i>2</i> <script>3</script>"))
    assert "<b>1</b> <i>2</i> &lt;script&gt;3&lt;/script&gt;" in written


def test_two_columns_hold_both_parts_under_their_titles():
    written = html(columns(("Left", note("one")), ("Right", note("two"))))
    assert written.index(">Left<") < written.index(">one<") < written.index(">Right<") < written.index(">two<")


def test_a_card_shows_value_interval_month_before_and_a_real_fall_to_the_better():
    card = Card("Leave within 12 months", CHURN, FALLING, "lower")
    written = html(cards([card]))
    for part in ("17.8\u202f%", "17.3 – 18.3", "August 19.6", "real fall", 'class="chip green"', "6 months: from"):
        assert part in written


@pytest.mark.parametrize(("better", "mood"), [("lower", "green"), ("higher", "red"), (None, "grey")])
def test_the_same_fall_is_good_bad_or_neither(better, mood):
    assert Card("a", CHURN, FALLING, better).mood == mood


def test_a_move_within_noise_is_grey_whatever_is_better():
    wide = FALLING.assign(low=0.1, high=0.3)
    assert Card("a", cx.Estimate(0.178, 0.1, 0.3, "share", 40), wide, "lower").mood == "grey"


def test_a_card_says_that_there_is_no_earlier_month_only_where_months_are_kept():
    assert "no earlier month" in Card("a", CHURN, FALLING.tail(1)).html()
    assert "chip" not in Card("a", CHURN).html()


def test_a_month_before_without_known_doubt_makes_no_move_real():
    card = Card("a", CHURN, FALLING.assign(low=math.nan, high=math.nan), "lower")
    assert card.mood == "grey"
    assert "doubt not known" in card.html()


def test_months_without_a_figure_are_no_month_before():
    gap = FALLING.assign(value=FALLING.value.where(FALLING.month != "2026-08"))
    assert Card("a", CHURN, gap).before[0] == "2026-07"


def test_a_card_comes_back_from_what_it_wrote_down():
    card = Card("a", CHURN, FALLING, "lower")
    again = Card.from_dict(card.to_dict())
    assert again.html() == card.html()


def test_recorded_figures_are_sorted_and_free_of_the_last_bits_of_a_sum():
    sums = [cx.Estimate.exact(total, "share", 3) for total in ((0.1 + 0.2) + 0.3, 0.1 + (0.2 + 0.3))]
    written = [record({"b.x": CHURN, "a.x": one})._repr_mimebundle_()[MIME]["data"] for one in sums]
    assert sums[0].value != sums[1].value
    assert written[0] == written[1]
    assert [row["name"] for row in written[0]] == ["a.x", "b.x"]


def test_what_is_not_known_is_recorded_as_nothing():
    open_end = cx.Estimate(2.0, 1.0, math.nan, "months", 3)
    assert record({"churn.median": open_end}).data[0]["high"] is None


def test_a_record_leaves_nothing_on_the_page():
    assert "text/html" not in record({"churn.rate_12m": CHURN})._repr_mimebundle_()


def test_history_is_kept_with_its_figure_and_refused_without():
    row = record({"churn.rate_12m": CHURN}, {"churn.rate_12m": FALLING}).data[0]
    assert row["history"][-1] == ["2026-09", 0.178, 0.173, 0.183]
    with pytest.raises(
        ValueError, match=r"history is kept for recorded figures only \(churn.rate_12m\); found \['a.b'\]"
    ):
        record({"churn.rate_12m": CHURN}, {"a.b": FALLING})


@pytest.mark.parametrize("name", ["rate", "Churn.rate", "churn.", "churn. x", ""])
def test_a_name_without_room_and_figure_is_refused(name):
    with pytest.raises(ValueError, match="a name is a room and what it is"):
        record({name: CHURN})


@pytest.mark.parametrize(
    "name", ["churn.rate_12m.region.Île-de-France", "churn.rate_12m.payment.Bank transfer (automatic)"]
)
def test_levels_of_a_covariate_keep_their_own_words_in_a_name(name):
    assert record({name: CHURN}).data[0]["name"] == name


def test_a_history_of_one_month_draws_no_line():
    assert "<svg" not in Card("a", CHURN, FALLING.tail(1)).html()


def test_a_line_that_never_moves_is_drawn_in_the_middle():
    flat = pd.DataFrame({"month": ["2026-08", "2026-09"], "value": 5.0, "low": 5.0, "high": 5.0})
    assert 'points="3 22.0,177 22.0"' in Card("a", cx.Estimate.exact(5, "rows", 5), flat).html()
