from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from written_comments import written

import cxmodels as cx
from cxmodels.feedback.counts.given import given_counts
from cxmodels.feedback.errors import InvalidValue, NoComments, UnknownColumn
from cxmodels.feedback.estimates.scores import nps
from cxmodels.feedback.figures.theme_map import theme_map
from cxmodels.feedback.page.lately import rising_lately
from cxmodels.feedback.verbatims.checks import judge_themes
from cxmodels.feedback.verbatims.comments import Comments, comments
from cxmodels.feedback.verbatims.factors import factorised
from cxmodels.feedback.verbatims.quotes import LONGEST, quotes, shortened
from cxmodels.feedback.verbatims.rising import rising
from cxmodels.feedback.verbatims.terms import learn_terms, terms_of
from cxmodels.feedback.verbatims.themes import Themes, themes
from cxmodels.personal import find
from cxmodels.simulate import write
from cxmodels.simulate.phrases import PHRASES
from cxmodels.study.snapshot import Snapshot

PLANTED = {"comment_email": 20, "comment_phone": 20, "comment_iban": 20}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = write(tmp_path_factory.mktemp("written") / "study", customers=1800, months=18, seed=7, dirt=PLANTED)
    return cx.open_study(folder).snapshot("2026-09")


@pytest.fixture(scope="module")
def read(snapshot: Snapshot) -> Comments:
    spent = snapshot.numbered("orders").group_by("customer").agg(value=lambda orders: orders.amount.sum())
    return comments(snapshot, values=spent)


@pytest.fixture(scope="module")
def found(read: Comments) -> Themes:
    return themes(read)


def truth_of(text: str) -> tuple[str, str]:
    every = [
        (phrase, language, theme)
        for language, subjects in PHRASES.items()
        for theme, tones in subjects.items()
        for phrases in tones
        for phrase in phrases
    ]
    _, language, theme = max((each for each in every if text.startswith(each[0])), key=lambda each: len(each[0]))
    return language, theme


def test_comments_are_read_with_score_value_and_language_and_without_what_was_planted(
    read: Comments, snapshot: Snapshot
) -> None:
    there = snapshot.table("responses")
    assert len(read) == there.filter(there.comment.notnull()).count().to_pyarrow().as_py()
    masked = read.masked.set_index("kind")["masked"]
    # those of people who refused are not in the snapshot
    marks = {"mail": "@example", "phone": r"06 39 98|\+44 20", "iban": "FR76|GB33"}
    planted = {kind: there.comment.re_search(mark).sum().to_pyarrow().as_py() for kind, mark in marks.items()}
    assert min(planted.values()) >= 15
    assert {kind: masked[kind] for kind in planted} == planted
    assert masked.sum() == sum(planted.values())
    assert not any(find(text, {}) for text in read.frame["text"])
    truth = [truth_of(text)[0] for text in read.frame["text"]]
    assert (read.frame["language"] == truth).mean() >= 0.99
    assert read.metric == "nps"
    assert read.frame["score"].between(0, 10).mean() > 0.9
    assert read.frame["value"].notna().mean() > 0.5


def test_what_was_written_is_in_no_word_that_a_notebook_shows_by_itself(read: Comments, found: Themes) -> None:
    assert read.frame["text"].iloc[0] not in repr(read)
    assert read.frame["text"].iloc[0] not in repr(found)


def test_themes_of_the_simulator_are_recovered(read: Comments, found: Themes) -> None:
    truth = np.array([truth_of(text)[1] for text in read.frame["text"]])
    told = (found.assigned != "").to_numpy()
    own = (read.frame["language"] + found.assigned)[told]
    table = pd.crosstab(own, truth[told])
    assert table.to_numpy().max(axis=1).sum() / told.sum() >= 0.85
    assert told.mean() >= 0.6
    # every subject is the main one of some theme
    assert set(table.idxmax(axis=1)) == set(PHRASES["fr"])


def test_the_table_counts_people_once_and_tells_of_no_fewer_than_may_be_told(read: Comments, found: Themes) -> None:
    row = found.table.iloc[0]
    own = read.frame[(found.assigned == row.theme) & (read.frame["language"] == row.language)]
    writers = read.frame.loc[read.frame["language"] == row.language, "person"].nunique()
    assert (row.comments, row.customers) == (len(own), own["person"].nunique())
    assert row.share == pytest.approx(row.customers / writers)
    scored = own[own["score"].notna() & (own["kind"] == found.kind)].drop_duplicates("person", keep="last")["score"]
    expected = nps(given_counts(int((scored <= 6).sum()), int(scored.between(7, 8).sum()), int((scored >= 9).sum())))
    assert (row.score, row.score_low) == pytest.approx((expected.value, expected.low), abs=1e-6)
    assert row.value == pytest.approx(own.drop_duplicates("person")["value"].sum())
    assert found.table["customers"].min() >= found.min_cell
    assert found.table["scored"].dropna().min() >= found.min_cell
    assert found.table.loc[found.table["scored"].isna(), "score"].isna().all()
    assert set(found.assigned) - {""} == set(found.table["theme"])


def test_the_same_comments_and_seed_give_the_same_themes() -> None:
    one, other = (themes(written({"late": 60, "taste": 50, "site": 40}), seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.panel, other.panel)


def test_as_many_themes_are_found_as_were_written_of() -> None:
    found = themes(written({"late": 60, "taste": 50, "site": 40}))
    assert list(found.table["customers"]) == [60, 50, 40]
    assert found.table["stable"].all()
    assert found.panel.loc[found.panel["chosen"], "themes"].tolist() == [3]
    assert set(found.table["theme"].iloc[0].split(", ")) <= {"parcel", "late", "courier", "came", "rude"}
    assert judge_themes(found).status == "green"


def test_what_rose_lately_is_what_two_readings_would_tell(snapshot: Snapshot, read: Comments, found: Themes) -> None:
    lately = rising_lately(snapshot, read, found).found
    day = date(2026, 7, 1)
    now = comments(snapshot, since=day)
    before = comments(snapshot, since=found.first, until=day - timedelta(days=1))
    pd.testing.assert_frame_equal(lately, rising(found, now, before))
    old = replace(read, frame=read.frame[read.frame["day"] < "2026-07-01"])
    assert rising_lately(snapshot, old, found).reason.startswith("Nobody wrote a comment in one of the two times")


def at_random() -> Comments:
    random = np.random.default_rng(5)
    words = np.array([f"{a}{b}ping" for a in "bcdfghjklm" for b in ("ar", "el", "ib", "on", "um")])
    base = written({"late": 300})
    texts = [" ".join(random.choice(words, 8, replace=False)) for _ in range(300)]
    return Comments(base.frame.assign(text=texts), base.masked, "nps", base.scale, 10)


def test_themes_of_words_at_random_are_not_established() -> None:
    found = themes(at_random(), count=6)
    assert found.table["stable"].sum() <= 1
    assert judge_themes(found).status == "red"


@pytest.mark.slow
def test_nor_are_they_where_their_number_is_chosen() -> None:
    found = themes(at_random())
    assert found.panel.loc[found.panel["chosen"], "stability"].item() < 0.7
    assert judge_themes(found).status != "green"


def test_a_theme_of_too_few_is_not_told_of_nor_quoted() -> None:
    comments = written({"late": 60, "taste": 50, "site": 9})
    found = themes(comments, count=3)
    assert len(found.table) == 2
    assert (found.assigned != "").sum() == 110
    assert not quotes(comments, found)["quote"].str.contains("website").any()


def test_value_at_stake_is_that_of_detractors_and_hidden_where_few_are_left() -> None:
    comments = written({"late": 60, "taste": 50, "site": 40}, score={"late": 2, "taste": 10})
    frame = comments.frame
    first = frame.index[frame["score"] == 2]
    frame.loc[first[:5], "score"] = 9.0
    found = themes(comments, count=3).table.set_index("customers")
    assert np.isnan(found.loc[60, "value_at_stake"])
    assert np.isnan(found.loc[50, "value_at_stake"])
    frame.loc[first[5:20], "score"] = 9.0
    again = themes(comments, count=3).table.set_index("customers")
    assert again.loc[60, "value_at_stake"] == 400
    assert np.isnan(again.loc[40, "score"])


def test_relational_and_transactional_scores_are_never_one() -> None:
    comments = written({"late": 60, "taste": 50, "site": 40}, score={"late": 2, "taste": 10, "site": 8})
    comments.frame.loc[comments.frame.index[::3], "kind"] = "transactional"
    one, other = (themes(comments, count=3, kind=kind).table for kind in ("relational", "transactional"))
    assert themes(comments, count=3).kind == "relational"
    assert (one["scored"] + other["scored"]).tolist() == one["customers"].tolist()


def test_three_quotes_a_theme_are_short_of_different_people_and_in_different_words(
    read: Comments, found: Themes
) -> None:
    told = quotes(read, found)
    assert told.groupby(["language", "theme"]).size().max() == 3
    assert set(told["theme"]) <= set(found.table["theme"])
    assert told["quote"].str.len().max() <= LONGEST
    assert not told["quote"].duplicated().any()
    assert not any(find(text, {}) for text in told["quote"])


def test_a_quote_has_no_word_with_a_capital_that_few_use() -> None:
    comments = written({"late": 60, "taste": 50, "site": 40})
    comments.frame.loc[:58, "text"] = "parcel late since Quillonne had it, courier came"
    told = quotes(comments, themes(comments, count=3))
    assert told["quote"].str.contains("Quillonne").any()
    comments.frame.loc[8:58, "text"] = "parcel came late, courier rude"
    told = quotes(comments, themes(comments, count=3))
    assert not told["quote"].str.contains("Quillonne").any()


def test_long_quotes_end_after_a_word() -> None:
    cut = shortened("word, " * 60)
    assert len(cut) <= LONGEST
    assert cut.endswith("word…")
    assert shortened("one\n two ") == "one two"
    assert len(shortened("x" * 500)) == LONGEST


def test_a_theme_that_rose_is_told_from_one_that_did_not() -> None:
    before = written({"late": 20, "taste": 100, "site": 60}, first="2026-01-01")
    now = written({"late": 80, "taste": 90, "site": 5}, first="2026-02-01")
    both = Comments(pd.concat([before.frame, now.frame], ignore_index=True), before.masked, "nps", before.scale, 10)
    both.frame["person"] = np.arange(len(both))
    found = rising(themes(both, count=3), now, before).set_index("customers")
    assert list(found.index) == [80, 90]
    assert found["real"].tolist() == [True, False]
    # the same by simulation
    random = np.random.default_rng(0)
    draws = random.beta(90.5, 85.5, 400_000) > random.beta(100.5, 80.5, 400_000)
    assert found.loc[90, "probability"] == pytest.approx(draws.mean(), abs=0.003)
    assert found.loc[80, "change"] == pytest.approx(80 / 175 - 20 / 180)


def test_how_many_wrote_of_it_before_is_not_told_when_they_were_few() -> None:
    before = written({"late": 3, "taste": 100, "site": 60}, first="2026-01-01")
    now = written({"late": 80, "taste": 90, "site": 50}, first="2026-02-01")
    found = rising(themes(now, count=3), now, before).set_index("customers")
    assert found.loc[80, ["customers_before", "share_before", "change"]].isna().all()
    assert found.loc[80, "real"]


def test_words_lose_their_endings_and_those_without_a_subject_go() -> None:
    french, english = "Les colis sont arrivés très tard, déçue !", "The deliveries were late [name], sadly"
    assert terms_of(french, "fr") == [("coli", "colis"), ("arriv", "arrivés"), ("tard", "tard")]
    assert terms_of(english, "en") == [("delivery", "deliveries"), ("late", "late")]
    assert learn_terms(["très bien", "parfait"], "fr") is None


@pytest.mark.filterwarnings("ignore:Maximum number of iterations")
def test_every_comment_counts_as_often_as_it_was_written() -> None:
    texts = ["parcel late"] * 40 + ["coffee bitter"] * 30 + ["parcel late courier"] * 20
    terms = learn_terms(texts, "en")
    assert terms is not None
    matrix = terms.matrix(texts)
    found = factorised(matrix, np.arange(90), fewest=5, count=2)
    from sklearn.decomposition import NMF

    plain = NMF(2, init="nndsvd", max_iter=400, tol=1e-4, random_state=0).fit(matrix.toarray()).components_
    plain /= np.linalg.norm(plain, axis=1, keepdims=True)
    assert np.sort((found.topics @ plain.T).max(axis=1)) == pytest.approx([1, 1], abs=1e-3)


def test_the_figure_says_which_theme_scores_lowest() -> None:
    scores = {"late": 2.0, "taste": 10.0, "site": 8.0}
    figure = theme_map(themes(written({"late": 60, "taste": 50, "site": 40}, score=scores), count=3), language="en")
    assert "lowest NPS" in figure.title
    assert "−100" in figure.title
    assert figure.alt.count("written of by") == 3
    with pytest.raises(ValueError, match="no theme in 'fr'"):
        theme_map(themes(written({"late": 60, "taste": 50}), count=2), language="fr")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"languages": ["de"]}, "languages: some of fr, en"),
        ({"kind": "all"}, "kind: 'relational' or 'transactional'"),
        ({"count": 0}, "count: a whole number from 1"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        themes(written({"late": 60}), **options)  # type: ignore[arg-type]


def test_too_few_comments_are_a_month_without_themes() -> None:
    with pytest.raises(NoComments, match="at least 50 people"):
        themes(written({"late": 49}))


def test_a_wrong_question_about_comments_is_named(snapshot: Snapshot) -> None:
    with pytest.raises(InvalidValue, match="metric: one of nps, csat, ces"):
        comments(snapshot, metric="cxi")
    with pytest.raises(InvalidValue, match="kind"):
        comments(snapshot, kind="all")
    with pytest.raises(UnknownColumn, match="'value' is required"):
        comments(snapshot, values=pd.DataFrame({"customer": [1]}))
    with pytest.raises(NoComments, match="nobody wrote a comment"):
        comments(snapshot, since=pd.Timestamp("2031-01-01").date())


def test_times_that_overlap_are_refused(read: Comments, found: Themes) -> None:
    with pytest.raises(InvalidValue, match="comments that end before"):
        rising(found, read, read)
    with pytest.raises(InvalidValue, match="those the themes were found in"):
        quotes(written({"late": 5}), found)
