"""A finished English sentence is said in French: its message is found, and what was put in told apart."""

import pytest

from cxmodels.language import translator
from cxmodels.language.catalogue import Message
from cxmodels.language.notation import Notation
from cxmodels.language.sentences import Translator

MESSAGES = (
    Message("{0} of {1} customers left", "{1} clients, dont {0} partis"),
    Message(
        "<b>{0}</b> rows were set aside; {1} suffers most.", "<b>{0}</b> lignes mises de côté ; {1} souffre le plus."
    ),
    Message("not contacted", "non contacté"),
    Message("Each check has its threshold.", "Chaque contrôle a son seuil."),
    Message("A forecast is wrong. Do not use it.", "Une prévision est fausse : ne pas s’en servir."),
    Message("Left out: {0}.", "Exclus : {0}."),
    Message("months", "mois"),
)


def said(text):
    told = Translator(MESSAGES, Notation("fr"), {"plan": "formule"}).told(text)
    return told.text, told.unknown


@pytest.mark.parametrize(
    ("english", "french", "unknown"),
    [
        ("12.5 of 1,340 customers left", "1\u202f340 clients, dont 12,5 partis", ()),
        ("<b>1\u202f204</b> rows were set aside; orders suffers most.",
         "<b>1\u202f204</b> lignes mises de côté ; orders souffre le plus.", ("orders",)),
        ("Not contacted", "Non contacté", ()),
        ("Left out: not contacted.", "Exclus : non contacté.", ()),
        ("Each check has its threshold. A forecast is wrong. Do not use it.",
         "Chaque contrôle a son seuil. Une prévision est fausse : ne pas s’en servir.", ()),
        ("plan Monthly 24.1\u202f%", "formule Monthly 24,1\u202f%", ("Monthly",)),
        ("6.4\u202fmonths", "6,4\u202fmois", ()),
        ("not contacted?", "non contacté\u202f?", ()),
        ("months, coffee", "months, coffee", ("months, coffee",)),
        ("months, Coffee", "mois, Coffee", ("Coffee",)),
        ("months, coffee, joy", "months, coffee, joy", ("months, coffee, joy",)),
        ("<b>coffee, months, joy</b>:", "<b>coffee, months, joy</b>\u00a0:", ("coffee, months, joy",)),
        ("Nobody wrote this sentence", "Nobody wrote this sentence", ("Nobody wrote this sentence",)),
        ("", "", ()),
        (" – ", " – ", ()),
    ],
)  # fmt: skip
def test_a_sentence_is_said_with_what_was_put_into_it(english, french, unknown):
    assert said(english) == (french, unknown)


def test_spaces_at_the_ends_of_a_text_stay():
    assert said("  not contacted ")[0] == "  non contacté "


def test_the_message_that_explains_most_is_taken():
    messages = (Message("{0} of {1}", "{0} de {1}"), Message("{0} of today’s customers", "{0} des clients actuels"))
    told = Translator(messages, Notation("fr")).told("12 of today’s customers")
    assert (told.text, told.unknown) == ("12 des clients actuels", ())


def test_what_was_not_understood_is_kept_until_it_is_asked_for():
    told = Translator(MESSAGES, Notation("fr"))
    told("Left out: Île-de-France.")
    assert told.taken() == ["Île-de-France"]
    assert told.taken() == []


def test_a_reading_finds_what_was_put_in():
    message = Message("real {0}, P {1}", "{0} réelle, P {1}")
    assert message.readings("real fall, P = .98") == [("fall", "= .98")]
    assert message.readings("real fall") == []


def test_what_was_put_in_does_not_end_within_brackets():
    told = Translator([Message("{0} over {1}", "{0} sur {1}")], Notation("fr")).told("NPS (3.5 over 4)")
    assert (told.text, told.unknown) == ("NPS (3,5 sur 4)", ("NPS",))


def test_two_places_side_by_side_are_read_in_every_way_and_a_number_stays_whole():
    message = Message("Customers {0} {1} over {2}", "Les clients {0} {1} sur {2}")
    assert ("are worth", "€\u202f920.0\u202fk", "a year") in message.readings(
        "Customers are worth €\u202f920.0\u202fk over a year"
    )


def test_numbers_never_get_lost_or_changed_on_the_way():
    text = "<b>1\u202f204</b> rows were set aside; 17 suffers most."
    assert [word for word in said(text)[0].split(" ") if any(map(str.isdigit, word))] == ["<b>1\u202f204</b>", "17"]


def test_a_long_text_that_nothing_explains_is_given_up_in_little_work():
    # every place of every message could lie anywhere in it; what is counted is work, not time
    text = "; ".join(f"plan of {n} customers, and {n} or {n} ({n} to {n}) left out: {n}" for n in range(60))
    french = translator("fr")
    before = len(french._memory)
    assert french.told(text).text
    assert len(french._memory) - before < 6000


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("a (b: not contacted, months): 3", "a (b\u00a0: non contacté, mois)\u00a0: 3"),
        ("3 of 4 customers left (9.3 to 17.8); 5 of 6 customers left",
         "4 clients, dont 3 partis (9,3 à 17,8)\u202f; 6 clients, dont 5 partis"),
        ("2  Not contacted", "2  Non contacté"),
        ("2\u2002Not contacted", "2\u2002Non contacté"),
    ],
)  # fmt: skip
def test_a_list_is_parted_outside_brackets(english, french):
    assert said(english)[0] == french


def test_the_words_of_a_study_stay_whole_rather_than_half_translated():
    messages = (Message("{0} at {1}", "{0} à {1}"), Message("months", "mois"))
    told = Translator(messages, Notation("fr")).told("Seeing every page at work, for the months that come")
    assert told.unknown == ("Seeing every page at work, for the months that come",)
    assert told.text == told.unknown[0]


def test_a_name_from_the_data_is_not_cut_by_a_message_that_has_a_word_of_it():
    messages = (Message("{0} after {1}", "{0} après {1}"), Message("contacts", "contacts"))
    assert Translator(messages, Notation("fr")).told("40 contacts, after delivery 12").text == (
        "40 contacts, after delivery 12"
    )


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("High-fee customers who hardly shop", "Clients à prix élevé qui achètent à peine"),
        ("Long-standing customers", "Clients de longue date"),
        ("3  Recently joined customers who shop often", "3  Clients arrivés récemment qui achètent souvent"),
        ("Low-fee, satisfied customers with high contacts",
         "Clients à petit prix, satisfaits, avec contacts au-dessus de la moyenne"),
        ("Customers who shop at night, order by App and buy Tea",
         "Clients qui achètent la nuit, commandent par App et achètent Tea"),
        ("Low-fee customers who shop in the afternoon (plan: no contract)",
         "Clients à petit prix qui achètent l’après-midi (formule\u00a0: sans contrat)"),
        ("Low-fee customers who hardly shop (plan: no contract): 40",
         "Clients à petit prix qui achètent à peine (formule\u00a0: sans contrat)\u00a0: 40"),
        ("“High-fee customers who hardly shop” to “Satisfied customers”: 16",
         "de «\u202fClients à prix élevé qui achètent à peine\u202f» à «\u202fClients satisfaits\u202f»\u00a0: 16"),
    ],
)  # fmt: skip
def test_a_name_of_a_segment_is_french_with_its_noun_first(english, french):
    assert translator("fr").told(english).text == french


def test_two_words_beside_each_other_are_joined_as_french_joins_them():
    messages = (Message("more {0}", "plus de {0}"), Message("image", "image"), Message("points", "points"))
    told = Translator(messages, Notation("fr")).told
    assert told("more image").text == "plus d’image"
    assert [told(f"{n} points").text for n in ("0.4", "1.8", "2.0", "−0.5", "11.5")] == [
        "0,4 point", "1,8 point", "2,0 points", "−0,5 point", "11,5 points",
    ]  # fmt: skip
