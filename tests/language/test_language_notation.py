"""Numbers, money and dates as French writes them, by the rules of the Imprimerie nationale and of CLDR."""

import pytest

from cxmodels.language.catalogue import tied
from cxmodels.language.notation import Notation
from cxmodels.look import numbers


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("38.0\u202f%", "38,0\u202f%"),
        ("2.5%", "2,5\u202f%"),
        ("P = .98", "P = 0,98"),
        ("P > .99", "P > 0,99"),
        ("\u22120.45", "\u22120,45"),
        ("16.9 – 18.7", "16,9 – 18,7"),
        ("±\u00a01.2", "±\u00a01,2"),
        ("5,012,340", "5\u202f012\u202f340"),
        ("20 to 28", "20 à 28"),
        ("30 September 2026", "30\u00a0septembre 2026"),
        ("1 May 2026", "1er\u00a0mai 2026"),
        ("May 2026", "mai 2026"),
        ("August", "août"),
        ("Sep\n2026", "sept.\n2026"),
        ("2026-09", "2026-09"),
        ("version 1.2.3", "version 1.2.3"),
        ("results.json", "results.json"),
        ("It may be", "It may be"),
    ],
)
def test_a_number_or_a_date_is_written_as_in_french(english, french):
    assert Notation("fr")(english) == french


@pytest.mark.parametrize(
    ("amount", "currency", "french"),
    [
        (4.312e6, "EUR", "4,31\u202fM€"),
        (24_500, "EUR", "24,5\u202fk€"),
        (12, "EUR", "12\u202f€"),
        (2.5e9, "EUR", "2,50\u202fMd€"),
        (24_500, "CHF", "24,5\u202fk\u202fCHF"),
        (1_880_000, "USD", "1,88\u202fM$"),
    ],
)
def test_money_has_its_unit_behind(amount, currency, french):
    assert Notation("fr")(numbers.money(amount, currency)) == french


def test_a_signed_amount_keeps_its_sign_in_front():
    assert Notation("fr")(numbers.signed(-14_200, "EUR")) == "\u221214,2\u202fk€"


def test_spaces_before_french_marks_do_not_break():
    assert tied("Qui part ? « Tous » : 12 % ; non !") == (
        "Qui part\u202f? «\u202fTous\u202f»\u00a0: 12\u202f%\u202f; non\u202f!"
    )
