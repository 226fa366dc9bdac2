"""What the figures of scores by group and by month say: the finding, how sure it is, who is left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from cxmodels.feedback.counts.given import counts_of
from cxmodels.feedback.counts.scores import ScoreCounts
from cxmodels.feedback.figures.touchpoints import MOST, score_by_group
from cxmodels.feedback.figures.trend import nps_trend
from cxmodels.feedback.pooling.partial_pooling import pooled
from cxmodels.feedback.trend.trend import trend

SPACE = "\u202f"


def counts(by: str, **given: tuple[int, int, int]) -> ScoreCounts:
    """Counts of detractors, passives and promoters."""
    rows = [(name, score, n) for name, parts in given.items() for score, n in zip((0, 7, 10), parts, strict=True)]
    return counts_of(pd.DataFrame(rows, columns=[by, "score", "n"]), "nps", by=by)


def monthly(*promoters: int, of: int = 400) -> ScoreCounts:
    """Counts by month from January 2026 on, a tenth of the answers passive."""
    given = {f"2026-{at:02}": (of - of // 10 - n, of // 10, n) for at, n in enumerate(promoters, start=1)}
    return counts("month", **given)


def test_the_title_names_the_worst_and_how_surely() -> None:
    sure = score_by_group(pooled(counts("touchpoint", shop=(160, 20, 20), web=(30, 60, 110))))
    assert sure.title.startswith("Shop is the worst touchpoint with P > .99: NPS −6")
    assert sure.title.endswith(f"all together −15.0{SPACE}points")
    assert "web 3" in sure.alt
    unsure = score_by_group(pooled(counts("joined_channel", shop=(20, 20, 40), web=(16, 20, 44))))
    assert "is the worst joined channel with P = ." in unsure.title
    assert "which is not sure" in unsure.title
    alike = score_by_group(pooled(counts("region", a=(20, 20, 40), b=(20, 20, 40), c=(20, 20, 40))))
    assert alike.title.startswith("No region is likelier than not the worst in NPS; likeliest is")


def test_the_figure_says_what_is_left_out() -> None:
    given = counts("touchpoint", shop=(1, 1, 4), web=(15, 30, 55), phone=(5, 5, 4), mail=(10, 20, 20))
    figure = score_by_group(pooled(replace(given, min_cell=10)))
    assert "are left out (2)" in figure.note
    assert "shop" not in figure.alt
    many = counts("touchpoint", **{f"t{at:02}": (at + 5, 20, 40) for at in range(30)})
    figure = score_by_group(pooled(many, draws=2_000))
    assert f"The {MOST} lowest of 30 are drawn." in figure.note
    assert "t00 " not in figure.alt


def test_shares_are_told_in_percent() -> None:
    frame = pd.DataFrame({"channel": ["a", "a", "b", "b"], "score": [5, 1, 5, 1], "n": [90, 10, 60, 40]})
    figure = score_by_group(pooled(counts_of(frame, "csat", by="channel")))
    assert figure.title.startswith("B is the worst channel with P > .99: CSAT 6")
    assert figure.title.endswith(f"all together 75.0{SPACE}%")


def test_a_real_move_is_told_apart_from_noise() -> None:
    calm = nps_trend(trend(monthly(200, 204, 198, 201)))
    assert calm.title.startswith("NPS: ")
    assert calm.title.endswith("in April 2026; its move since the month before is within noise")
    fallen = nps_trend(trend(monthly(300, 302, 299, 301, 300, 120)), about="after a call")
    assert fallen.title.startswith("NPS after a call fell by ")
    assert "in June 2026, to " in fallen.title
    assert fallen.title.endswith(("real, P > .99", "real, P = .99", "real, P = .98"))
    assert "highest" in fallen.alt


def test_a_single_month_has_nothing_to_be_compared_with() -> None:
    figure = nps_trend(trend(monthly(200)))
    assert figure.title.endswith("in January 2026; nothing to compare it with")


def test_months_of_few_answers_have_no_point() -> None:
    given = monthly(200, 202, 201)
    thin = given.totals["customers"].where(given.totals["month"] != "2026-02", 3)
    figure = nps_trend(trend(replace(given, totals=given.totals.assign(customers=thin), min_cell=10)))
    assert "Months without a point have too few answers" in figure.note
    drawn = figure.drawing.axes[0].collections[-1].get_offsets()
    assert np.isfinite(np.ma.getdata(drawn)[:, 1]).sum() == 2
