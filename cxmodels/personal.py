"""Personal data and secrets in a text: what looks like one, and how it is blotted out.

The gate of a page and the traceback of a failure read the same patterns.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

SHORTEST_SECRET = 8
"""A shorter value of an environment variable is too common a word to be looked for."""


@dataclass(frozen=True)
class Hit:
    """One personal datum or secret found in a text.

    Attributes
    ----------
    rule
        What it looks like: ``"e-mail"``, ``"phone number"``, ``"IBAN"``, ``"payment card"``,
        ``"social security number"``, or the kind of secret.
    secret
        Whether it is a secret rather than a person's datum.
    start, end
        Where it stands in the text, as a slice.
    """

    rule: str
    secret: bool
    start: int
    end: int


def find(text: str, environ: Mapping[str, str] | None = None) -> list[Hit]:
    """Every personal datum and secret of a text, in reading order, none overlapping another.

    Parameters
    ----------
    text
        Any text.
    environ
        Variables whose values are secret when their names say so; the process's own when not given.
    """
    hits = [Hit(rule, False, *span) for rule, spans in _PERSONAL.items() for span in spans(text)]
    hits += [
        Hit(rule, True, *match.span("value" if "value" in match.re.groupindex else 0))
        for rule, pattern in _TOKENS.items()
        for match in pattern.finditer(text)
    ]
    hits += [Hit("secret in an assignment", True, *span) for span in _assigned(text)]
    variables = os.environ if environ is None else environ
    for name, value in variables.items():
        if _SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET:
            hits += [
                Hit(f"value of the environment variable {name}", True, *match.span())
                for match in re.finditer(re.escape(value), text)
            ]
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
        elif hit.end > kept[-1].end:
            kept[-1] = Hit(kept[-1].rule, kept[-1].secret or hit.secret, kept[-1].start, hit.end)
    return kept


def mask(text: str, environ: Mapping[str, str] | None = None) -> str:
    """The text with every personal datum and secret replaced by what it is: ``[e-mail]``."""
    pieces, after = [], 0
    for hit in find(text, environ):
        pieces += [text[after : hit.start], f"[{hit.rule}]"]
        after = hit.end
    return "".join([*pieces, text[after:]])


_GAP = "[ \u00a0\u202f.\\-]"
_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+@(?:[\w-]+\.)+[^\W\d_]{2,}\b")
# Five pairs with one and the same gap; more pairs before or after make it a row of numbers instead.
_FRENCH_PHONE = re.compile(rf"(?<![\w.,+/])(?<!\d{_GAP})0[1-9]({_GAP}?|/)\d\d(?:\1\d\d){{3}}(?!/|{_GAP}?\d)(?!\w)")
# The two zeros of an international prefix, not those of 0.0031… nor of 1 001 228.
_WORLD_PHONE = re.compile(
    rf"(?<![\w+])(?:\+|(?<!\d{_GAP})(?<!\d,)00(?=3[1-9]|4[1-9]|1[ .-]))"
    rf"[1-9]\d{{0,2}}(?:{_GAP}?\(?\d{{1,4}}\)?){{2,7}}(?!\w)"
)
_GROUPED_NUMBER = re.compile("\\+\\d{1,3}(?:\u202f\\d{3})+|\\+\\d\\.\\d+")
_IBAN_START = re.compile(r"(?<!\w)(?=[A-Z]{2}\d{2})(?:[A-Z0-9] ?){15,40}", re.IGNORECASE)
_CARD = re.compile(
    r"(?<![\w.,])(?:\d{13,19}|\d{4}([ \u00a0-])\d{4}\1\d{4}\1\d{4}|\d{4}([ \u00a0-])\d{6}\2\d{5})(?![\w]|[.,]\d)"
)
_CARD_ISSUER = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|5[0-8]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12,14}|35\d{14}|6\d{12,18}"
)
_NIR = re.compile(
    r"(?<![\w.,])([12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3}) ?(\d\d)(?![\w]|[.,]\d)"
)
# Length of an IBAN by country, ISO 13616 registry.
_IBAN_LENGTH = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD", "19": "MK SI", "20": "AT BA EE KZ LT LU MN XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM SO TL",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR", "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV", "29": "BR EG PS QA UA", "30": "JO KW MU", "31": "MT SC",
        "32": "LC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip


def _emails(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in _EMAIL.finditer(text))


def _phones(text: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _FRENCH_PHONE.finditer(text))
    for match in _WORLD_PHONE.finditer(text):
        digits = sum(letter.isdigit() for letter in match[0])
        if 9 <= digits <= 15 and not _GROUPED_NUMBER.fullmatch(match[0]):
            yield match.span()


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN_START.finditer(text):
        length = _IBAN_LENGTH.get(match[0][:2].upper(), 0)
        places = [place for place, letter in enumerate(match[0]) if letter != " "][:length]
        if length == 0 or len(places) < length:
            continue
        end = match.start() + places[-1] + 1
        code = "".join(match[0][place] for place in places).upper()
        number = "".join(str(int(letter, 36)) for letter in code[4:] + code[:4])
        # ISO 7064 mod 97-10.
        if int(number) % 97 == 1 and not text[end : end + 1].isalnum():
            yield match.start(), end


def _cards(text: str) -> Iterator[tuple[int, int]]:
    for match in _CARD.finditer(text):
        digits = [int(letter) for letter in match[0] if letter.isdigit()]
        doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
        # Luhn, ISO/IEC 7812-1.
        known = _CARD_ISSUER.fullmatch("".join(map(str, digits)))
        if known and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0:
            yield match.span()


def _social_security(text: str) -> Iterator[tuple[int, int]]:
    for match in _NIR.finditer(text):
        number = match[1].replace(" ", "").replace("2A", "19").replace("2B", "18")
        if 97 - int(number) % 97 == int(match[2]):
            yield match.span()


_PERSONAL: dict[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    "e-mail": _emails,
    "phone number": _phones,
    "IBAN": _ibans,
    "payment card": _cards,
    "social security number": _social_security,
}

_TOKENS = {
    "AWS key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,})"),
    "GitLab token": re.compile(r"\bglpat-[\w-]{20,}"),
    "Slack token": re.compile(r"\bxox[abeoprs]-[\w-]{10,}"),
    "JSON web token": re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}(?:\.[\w-]*)?"),
    "private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----)?"),
    "API key": re.compile(r"\b(?:[srp]k_(?:live|test)_\w{16,}|AIza[\w-]{35}|sk-(?=[\w-]*\d)(?=[\w-]*[A-Z])[\w-]{20,})"),
    "bearer token": re.compile(r"\bbearer\s+(?P<value>(?=\S*\d)[\w.~+/-]{16,}=*)", re.IGNORECASE),
    "password in an address": re.compile(r"\b[a-z][a-z0-9+.-]{0,30}://[^\s:/@\"'<>]*:(?P<value>[^\s/@\"'<>]+)@"),
}
_ASSIGNMENT = re.compile(
    r"(?<![\w-])(?P<name>[\w-]*(?:password|passwd|passphrase|pwd|mot_de_passe|secret|token|api[_-]?key|access[_-]?key|"
    r"private[_-]?key|credential)[\w-]*)[\"']?\s*[=:]\s*(?:str\s*=\s*)?[\"']?(?P<value>[^\s\"'<>,;&]+)",
    re.IGNORECASE,
)
_PASSWORD_NAME = re.compile(r"password|passwd|passphrase|pwd|mot_de_passe", re.IGNORECASE)
_REFERENCE = re.compile(r"(?:None|True|False|str|int|\.{3}|\*+|[\w.]*(?:environ|getenv|getpass)\b.*|[$({\[].*)")
# PWD and OLDPWD are folders; KEY alone as a last word is a key, inside another word ("KEYBOARD") it is not.
_SECRET_NAME = re.compile(
    r"SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|(?:^|_)(?:KEY|PASS|PWD)$(?<!^PWD)", re.IGNORECASE
)


def _assigned(text: str) -> Iterator[tuple[int, int]]:
    for match in _ASSIGNMENT.finditer(text):
        value = match["value"]
        if _REFERENCE.fullmatch(value):
            continue
        if _PASSWORD_NAME.search(match["name"]):
            if len(value) >= 4:
                yield match.span("value")
        elif len(value) >= 16 and _entropy(value) >= 3.5 and re.search(r"\d", value) and "(" not in value:
            yield match.span("value")


def _entropy(value: str) -> float:
    """Shannon entropy of the letters, bits a letter."""
    shares = [times / len(value) for times in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares)
