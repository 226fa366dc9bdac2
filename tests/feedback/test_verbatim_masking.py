from __future__ import annotations

import pandas as pd
import pytest
from masking_corpus import IMPERSONAL, PERSONAL

from cxmodels.feedback.verbatims.masking import KINDS, masked
from cxmodels.simulate.phrases import CLOSINGS, PHRASES
from cxmodels.simulate.traces import TRACES


@pytest.mark.parametrize(("text", "left"), PERSONAL)
def test_personal_data_are_replaced_by_what_they_are(text: str, left: str) -> None:
    assert masked([text]).texts == [left]


@pytest.mark.parametrize("text", IMPERSONAL)
def test_prices_dates_quantities_and_products_stay(text: str) -> None:
    assert masked([text]).texts == [text]


def test_both_corpora_are_as_large_as_promised_and_hold_every_kind() -> None:
    assert min(len(PERSONAL), len(IMPERSONAL)) >= 60
    found = {kind for kind in KINDS for _, left in PERSONAL if f"[{kind}]" in left}
    assert found == set(KINDS) - {"secret"}


@pytest.mark.parametrize("trace", [trace for traces in TRACES.values() for trace in traces])
@pytest.mark.parametrize("before", ["Très déçu. ", "", "Late again (really). "])
def test_every_trace_of_the_simulator_is_masked_wherever_it_stands(trace: str, before: str) -> None:
    left = masked([before + trace]).texts[0]
    assert left != before + trace
    assert not any(letter.isdigit() for letter in left)
    assert "@" not in left


def test_no_comment_of_the_simulator_is_masked() -> None:
    said = [
        phrase + closing
        for language, themes in PHRASES.items()
        for tones in themes.values()
        for tone, phrases in enumerate(tones)
        for phrase in phrases
        for closing in CLOSINGS[language][tone]
    ]
    assert masked(said).texts == said


def test_names_that_are_given_are_masked_in_full_and_alone_with_a_capital() -> None:
    texts = ["Ask QUILLON or bertrand quillon", "a petit colis from Petit", "Quillonne stays"]
    found = masked(texts, names=["Quillon", "Bertrand Quillon", "Petit"])
    assert found.texts == ["Ask [name] or [name]", "a petit colis from [name]", "Quillonne stays"]


def test_words_that_are_kept_are_no_names() -> None:
    texts = ["The Kevin Roast is bitter, says Kevin", "Le thé Sophie Grise"]
    assert masked(texts, kept=["Kevin Roast", "Sophie Grise"]).texts == [
        "The Kevin Roast is bitter, says [name]",
        "Le thé Sophie Grise",
    ]


def test_what_was_masked_is_counted_by_kind_and_text() -> None:
    found = masked(["a.b@example.org and c.d@example.org", None, "", "Tél 06 39 98 14 27", "a.b@example.org"])
    counts = found.counts.set_index("kind")
    assert list(found.counts["kind"]) == list(KINDS)
    assert tuple(counts.loc["mail"]) == (3, 2)
    assert tuple(counts.loc["phone"]) == (1, 1)
    assert counts["masked"].sum() == 4
    assert found.texts[1:3] == ["", ""]


def test_a_secret_in_a_comment_is_masked_and_texts_are_not_in_its_words() -> None:
    found = masked(["my password: hunter2hunter2"])
    assert "hunter2" not in found.texts[0]
    assert "hunter2" not in repr(found)


def test_masking_twice_changes_nothing_more() -> None:
    once = masked([text for text, _ in PERSONAL]).texts
    again = masked(once)
    assert again.texts == once
    assert pd.Series(again.counts["masked"]).sum() == 0
