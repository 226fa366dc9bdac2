from __future__ import annotations

import numpy as np

from cxmodels.feedback.verbatims.languages import OTHER, language_of
from cxmodels.simulate.phrases import PHRASES

# Short answers, made up; none is in the lists of the package as a whole.
SHORT = {
    "fr": "Parfait|Trop cher|Rien à dire|Très bien|RAS|Nickel !|Livraison rapide|bon produit|Déçue|Service au top|"
    "merci beaucoup|colis abîmé|facile|Rapidité|Personnel à l'écoute|Prix attractifs|Retard|Je sais pas|réactivité|"
    "Conseils avisés|ok pour moi|qualité médiocre|Bug appli|Conforme",
    "en": "Good|Great service|Too expensive|ok thanks|Rubbish|Awful wait|Cheap|Nothing to add|slow|Late again|Easy|"
    "Very polite staff|Friendly|Speed|Broken twice|no reply|Value for money|as expected|Brilliant|Poor communication|"
    "Engineer never came|Reliability|Works fine|cancelled",
    "other": "Sehr gut, schnell geliefert|Muy buen servicio, gracias|Tutto perfetto, grazie mille|muito bom|"
    "Alles goed, snel geleverd|Leider nie wieder, der Kundendienst war nicht erreichbar|非常好|12345|👍👍|[mail]",
}


def test_comments_of_the_simulator_are_told_by_language() -> None:
    said = [
        (phrase, language)
        for language, themes in PHRASES.items()
        for tones in themes.values()
        for phrases in tones
        for phrase in phrases
    ]
    found = language_of(phrase for phrase, _ in said)
    assert (found == np.array([language for _, language in said])).mean() >= 0.98


def test_short_answers_are_told_too() -> None:
    said = [(text, language) for language, texts in SHORT.items() for text in texts.split("|")]
    found = language_of(text for text, _ in said)
    assert (found == np.array([language for _, language in said])).mean() >= 0.93


def test_a_text_without_a_word_or_of_both_languages_is_told_as_other() -> None:
    assert set(language_of([None, "", "10/10", "Excellent service"])) == {OTHER}


def test_a_long_text_with_a_foreign_word_keeps_its_language() -> None:
    assert list(language_of(["Le customer care ne répond jamais", "The mise en place was nice but late"])) == [
        "fr",
        "en",
    ]
