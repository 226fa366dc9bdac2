"""The catalogues have all that the package and the notebooks can say to a reader, and nothing else."""

import ast
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from cxmodels.language.__main__ import updated
from cxmodels.language.catalogue import HOME, PLACE
from cxmodels.language.messages import messages, of_source

ROOT = Path(__file__).resolve().parents[2]
FRENCH = HOME / "fr" / "LC_MESSAGES"
BY_HAND = {"units", "words"}
REMEDY = "run `python -m cxmodels.language` and translate what is empty in cxmodels/locale/fr"


@pytest.fixture(scope="module")
def found():
    return messages(HOME.parent, ROOT / "notebooks")


def entries(name):
    with (FRENCH / f"{name}.po").open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


def catalogues():
    return sorted(file.stem for file in FRENCH.glob("*.po"))


def test_every_message_the_source_can_say_has_a_translation(found):
    untranslated = {
        name: [message for message in said if not known.get(message)]
        for name, said in found.items()
        if (known := entries(name)) is not None
    }
    assert {name: lines for name, lines in untranslated.items() if lines} == {}, REMEDY


def test_no_catalogue_keeps_what_nobody_says_any_more(found):
    kept = {name: sorted(entries(name).keys() - said.keys()) for name, said in found.items()}
    assert {name: lines for name, lines in kept.items() if lines} == {}, REMEDY
    assert set(catalogues()) == found.keys() | BY_HAND


@pytest.mark.parametrize("name", catalogues())
def test_a_translation_puts_in_only_what_its_message_has(name):
    wrong = {
        said: translated
        for said, translated in entries(name).items()
        if not set(PLACE.findall(translated)) <= set(PLACE.findall(said))
    }
    assert wrong == {}


@pytest.mark.parametrize("name", catalogues())
def test_a_translation_closes_the_marks_it_opens(name):
    for translated in entries(name).values():
        assert translated.count("<b>") == translated.count("</b>"), translated
        assert translated.count("(") == translated.count(")") or "(" not in translated + ")", translated


def test_an_update_adds_new_messages_drops_dead_ones_and_keeps_the_rest(tmp_path):
    first = updated(tmp_path, {"churn": {"Who leaves": ["a.py"], "{0} left": ["a.py"]}}, "fr")
    assert first == {"churn": ["Who leaves", "{0} left"]}
    file = tmp_path / "churn.po"
    told = file.read_text(encoding="utf-8").replace(
        'msgid "{0} left"\nmsgstr ""', 'msgid "{0} left"\nmsgstr "{0} partis"'
    )
    file.write_text(f"# departure: départ\n{told}", encoding="utf-8")
    assert updated(tmp_path, {"churn": {"{0} left": ["a.py"], "New": ["b.py"]}}, "fr") == {"churn": ["New"]}
    after = file.read_text(encoding="utf-8")
    assert after.startswith("# departure: départ\n")
    assert '"{0} partis"' in after
    assert "Who leaves" not in after


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('note = f"{n} of {total:.1f} left"', ["{0} of {1} left"]),
        ('note = "a row " "in two parts"', ["a row in two parts"]),
        ('note = f"it did {"rise" if up else "fall"} a lot"', ["rise", "fall", "it did {0} a lot"]),
        ('def f():\n    """A docstring."""\n    return "a remark"', ["a remark"]),
        ('raise ValueError("for the caller only")', []),
        ('raise TooFew("fit: nobody is left")', ["nobody is left"]),
        ('ax.annotate("a label", ha="some where")', ["a label"]),
        ('html = f"<td>{n}</td><th>What it means</th>"', ["What it means"]),
        ('name = f"churn.rate_{n}m"', []),
        ('name = f"key{n}"', []),
        ("sql = f\"replace({column}, ',', '.')\"", []),
        ('re.compile("no such table")', []),
        ('re.sub("no such table", "another table", text)', ["another table"]),
    ],
)
def test_a_message_is_a_string_a_reader_may_see(source, said):
    assert list(of_source(ast.parse(source), frozenset({"TooFew"}))) == said
