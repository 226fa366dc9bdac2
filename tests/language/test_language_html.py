"""HTML in French: its words and the words of its attributes, never code, quotations or markup."""

import pytest

from cxmodels import language
from cxmodels.look import UNTRANSLATED, Figure, bundle, styled
from cxmodels.report import points


@pytest.fixture
def french(monkeypatch):
    monkeypatch.setenv(language.SPOKEN, "fr")
    language.translator("fr").taken()


def test_in_english_a_page_is_the_very_same():
    html = "<p>not contacted</p>"
    assert language.markup(html, "en") is html
    assert language.page(html, "en") is html


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("<p>not established</p>", "<p>non établi</p>"),
        ("<p>Not established: <b>3</b></p>", "<p>Non établi\u00a0: <b>3</b></p>"),
        ("<td>38.0\u202f%<br>(&lt; 40)</td>", "<td>38,0\u202f%<br>(&lt; 40)</td>"),
        ('<img alt="not established" src="data:image/webp;base64,AA.5">',
         '<img alt="non établi" src="data:image/webp;base64,AA.5">'),
        ("<code>not established</code> <q>not established</q>", "<code>not established</code> <q>not established</q>"),
        ("<!--told 3--><span>12 % &amp; 1.5</span>", "<!--told 3--><span>12 % &amp; 1,5</span>"),
        ("<h2>Data quality · September 2026 · Maison &amp; Fils</h2>",
         "<h2>Qualité des données · septembre 2026 · Maison &amp; Fils</h2>"),
    ],
)  # fmt: skip
def test_words_are_french_and_the_rest_stays(english, french):
    assert language.markup(english, "fr") == french


def test_a_page_names_its_language():
    page = language.page('<html lang="en"><p>not established</p></html>', "fr")
    assert page == '<html lang="fr"><p>non établi</p></html>'
    assert language.language_of(page) == "fr"


def test_prose_of_a_notebook_keeps_its_headings():
    assert language.markdown("## Method\n\nMethod", "fr") == "## Méthode\n\nMéthode"


@pytest.mark.usefixtures("french")
def test_what_a_cell_shows_is_french_and_its_words_for_the_machine_are_not():
    shown = bundle("<p>not established</p>", "not established", "note", {"word": "not established"})
    assert "<p>non établi</p>" in shown["text/html"]
    assert shown["text/plain"] == "not established"
    assert UNTRANSLATED not in shown


@pytest.mark.usefixtures("french")
def test_what_no_catalogue_has_is_listed_beside_what_is_shown():
    assert bundle("<p>Nobody ever wrote these words</p>", "")[UNTRANSLATED] == ["Nobody ever wrote these words"]


@pytest.mark.usefixtures("french")
def test_what_somebody_wrote_stays_in_their_words():
    shown = points(["<b>not established</b>: <q>not established</q>"])
    assert "<b>non établi</b>\u00a0: <q>not established</q>" in shown._repr_mimebundle_()["text/html"]
    assert shown.text == "not established: “not established”"


@styled
def drawn():
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter

    drawing, ax = plt.subplots()
    ax.plot([0, 0.25, 0.5], [1.5, 2.5, 3.5])
    ax.set_xlabel("Customers today")
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=1))
    ax.set_yticks([1.5, 3.5], ["All customers", "Nobody left"])
    ax.annotate("€\u202f24.5\u202fk\nnot established", (0.1, 2))
    ax.annotate("Nobody is on record as having left before 2026-01, so churn is\nunderstated: watch 24 months "
                "(window_months) instead.\n972", (0.1, 3))  # fmt: skip
    ax.annotate("Repeat purchases so far\n█ seen    ━ expected, 90 % range", (0.1, 1))
    ax.annotate("after\ncontact", (0.2, 1))
    ax.annotate("Low-fee customers who\nshop in the afternoon\n(plan: no contract)\n213", (0.3, 1))
    return Figure(drawing, "Not established: Customers today", "All customers")


def words_of(drawing):
    from matplotlib.text import Text

    drawing.canvas.draw()
    ticks = [label for ax in drawing.axes for label in (*ax.get_xticklabels(), *ax.get_yticklabels())]
    return {text.get_text() for text in [*drawing.findobj(Text), *ticks]} - {""}


@pytest.mark.usefixtures("french")
def test_a_figure_is_drawn_in_french_its_ticks_too():
    figure = drawn()
    words = words_of(figure.drawing)
    assert {"Clients actuels", "Tous les clients", "Personne n’est parti", "24,5\u202fk€\nnon établi"} <= words
    assert "10,0\u202f%" in words
    assert [text.count("\n") > 1 for text in words if text.endswith("\n972")] == [True]
    assert "Clients à petit prix qui\nachètent l’après-midi\n(formule\u00a0: sans contrat)\n213" in words
    html = figure._repr_mimebundle_()["text/html"]
    assert "<h3>Non établi\u00a0: Clients actuels</h3>" in html
    assert 'alt="Tous les clients"' in html


@pytest.mark.usefixtures("french")
def test_a_legend_keeps_its_lines_and_a_name_in_lines_stays_whole():
    words = words_of(drawn().drawing)
    assert "Rachats à ce jour\n█ observés    ━ attendus, fourchette à 90\u202f%" in words
    assert "after\ncontact" in words


def test_a_figure_is_drawn_in_english_where_nothing_else_is_asked_for(monkeypatch):
    monkeypatch.delenv(language.SPOKEN, raising=False)
    assert {"Customers today", "Nobody left", "€\u202f24.5\u202fk\nnot established"} <= words_of(drawn().drawing)


def test_a_language_there_is_not_is_refused_with_those_there_are(monkeypatch):
    monkeypatch.setenv(language.SPOKEN, "en")
    with pytest.raises(ValueError, match="allowed are 'en', 'fr'; found 'de'"):
        language.speak("de")
    language.speak("fr")
    assert language.spoken() == "fr"
