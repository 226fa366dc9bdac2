"""Tables: figures in their units on the right, words escaped on the left, wide ones in a place of their own."""

import pandas as pd
from executed import CHURN, VERDICT

from cxmodels.report import table


def test_numbers_estimates_verdicts_and_nothing_are_each_written_their_way():
    frame = pd.DataFrame(
        {
            "what": ["a", "b"],
            "rate_12m": [CHURN, None],
            "rows": [51234, 7],
            "fee": [1234.5, 9.0],
            "sure": [VERDICT, None],
        }
    )
    written = table(frame, {"fee": "EUR"}).html
    for part in ("17.8\u202f%", "17.3 – 18.3", "51\u202f234", "€\u202f1.23\u202fk", "with care", "–", ">Rate 12m<"):
        assert part in written


def test_figures_stand_right_and_words_left():
    written = table(pd.DataFrame({"what": ["a"], "rows": [3], "mixed": ["b"]})).html
    assert '<th scope="col">What</th><th scope="col" class="n">Rows</th><th scope="col">Mixed</th>' in written
    assert '<th scope="row">a</th><td class="n">3</td><td>b</td>' in written


def test_markup_in_the_data_is_shown_not_obeyed():
    written = table(pd.DataFrame({"<b>": ["<script>"]}), title="<i>", hint="<u>").html
    assert "&lt;script&gt;" in written
    assert not any(tag in written for tag in ("<script>", "<i>", "<u>"))


def test_a_table_scrolls_in_a_region_that_has_a_name_and_takes_the_focus():
    assert (
        'tabindex="0" role="region" aria-label="What, Rows"' in table(pd.DataFrame({"what": ["a"], "rows": [1]})).html
    )
    assert 'aria-label="Groups"><table><caption>Groups' in table(pd.DataFrame({"a": [1]}), title="Groups").html


def test_a_frame_without_rows_shows_nothing():
    shown = table(pd.DataFrame({"a": []}), title="Groups", hint="How to read it.")
    assert (shown.html, shown.text) == ("", "Groups: no rows")


def test_a_bar_reaches_to_the_high_side_and_is_pale_from_the_low_side():
    written = table(pd.DataFrame({"what": ["a", "b"], "rate": [CHURN, None]}), bars="rate").html
    assert written.count('class="bar"') == 1
    assert "width:100%" in written
    assert f"{100 * 0.173 / 0.183:.0f}%" in written
