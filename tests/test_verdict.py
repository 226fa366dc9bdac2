"""Verdicts: the worst check decides, and the page machine can read them."""

import math

import pytest

from cxmodels.look import MIME
from cxmodels.verdict import Check, Verdict

GOOD = Check("events per parameter", "68", "at least 20", "green", "Enough customers left to estimate each effect.")
POOR = Check("proportional hazards", "p < .001", "p at least .05", "amber", "The effect of plan changes with tenure.")
BAD = Check("separation", "plan", "none", "red", "No customer of one plan ever left.")


@pytest.mark.parametrize(
    ("checks", "word"),
    [((GOOD,), "established"), ((GOOD, POOR), "with care"), ((POOR, BAD, GOOD), "not established")],
)
def test_the_worst_check_decides(checks, word):
    assert Verdict("Churn", checks).word == word


def test_the_reason_is_what_the_worst_checks_mean():
    assert Verdict("Churn", (GOOD, POOR, BAD)).why == BAD.meaning


def test_a_verdict_without_checks_is_refused():
    with pytest.raises(ValueError, match="at least one check is required, found none"):
        Verdict("Churn", ())


@pytest.mark.parametrize(("value", "status"), [(20, "green"), (19.9, "amber"), (9.9, "red"), (math.nan, "red")])
def test_a_value_wanted_large_is_graded_from_above(value, status):
    assert Check.at_least("events per parameter", value, green=20, amber=10, meaning="").status == status


@pytest.mark.parametrize(("value", "status"), [(0.05, "green"), (0.06, "amber"), (0.11, "red"), (math.nan, "red")])
def test_a_value_wanted_small_is_graded_from_below(value, status):
    assert Check.at_most("share set aside", value, green=0.05, amber=0.1, meaning="").status == status


def test_a_verdict_shows_every_check_and_tells_the_machine_the_word():
    shown = Verdict("Churn", (GOOD, POOR))._repr_mimebundle_()
    assert all(check.meaning in shown["text/html"] for check in (GOOD, POOR))
    assert shown[MIME]["kind"] == "verdict"
    assert shown[MIME]["data"]["word"] == "with care"


def test_what_a_check_says_cannot_inject_markup():
    shown = Verdict("Churn", (Check("a", "<b>", "c", "green", "<script>"),))._repr_mimebundle_()
    assert "<script>" not in shown["text/html"]
