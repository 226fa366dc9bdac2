"""Personal data in comments, blotted out and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import pandas as pd

from cxmodels.feedback.verbatims.names import name_spans
from cxmodels.feedback.verbatims.patterns import PATTERNS
from cxmodels.personal import find

KINDS = (
    "mail", "phone", "iban", "card", "social security", "secret", "handle", "plate", "address", "postcode", "number",
    "name",
)  # fmt: skip
"""What may be masked: ``[mail]`` …, in this order where two could be."""


@dataclass(frozen=True, eq=False)
class Masked:
    """Texts without personal data.

    Attributes
    ----------
    texts
        As they were given, each personal datum replaced by its kind: ``[mail]``.
    counts
        One row a kind, all of `KINDS`: ``kind``, ``masked`` data, ``texts`` with at least one.
    """

    texts: list[str] = field(repr=False)
    counts: pd.DataFrame


def masked(texts: Iterable[str | None], names: Collection[str] = (), kept: Collection[str] = ()) -> Masked:
    """Replace what points to a person by what it is.

    Found are mail addresses, telephone numbers (French, British, international), IBANs and payment cards by their check
    digits, French social security numbers, secrets, handles, number plates (French, British), postal addresses and
    postcodes, customer and account numbers where the text calls them so, and names: after a title or a greeting, common
    first names with or without a surname, and those of `names`. A surname alone that nothing leads to is not found.

    Parameters
    ----------
    texts
        Comments; None is ``""``.
    names
        Names of persons that are known, such as those of the company's own agents.
    kept
        Words and phrases that are no name here, such as products.
    """
    known: dict[str, tuple[str, Counter[str]]] = {}
    found, each = [], []
    for text in texts:
        said = text or ""
        if said not in known:
            known[said] = _masked(said, names, kept)
        found.append(known[said][0])
        each.append(known[said][1])
    counts = pd.DataFrame(
        {
            "kind": list(KINDS),
            "masked": [sum(count[kind] for count in each) for kind in KINDS],
            "texts": [sum(kind in count for count in each) for kind in KINDS],
        }
    )
    return Masked(found, counts)


def _masked(text: str, names: Collection[str], kept: Collection[str]) -> tuple[str, Counter[str]]:
    counts: Counter[str] = Counter()
    hits = find(text, environ={})
    text = _replaced(text, [(hit.start, hit.end, "secret" if hit.secret else _RULES[hit.rule]) for hit in hits], counts)
    for kind, pattern in PATTERNS:
        datum = "datum" if "datum" in pattern.groupindex else 0
        spans = [(*match.span(datum), kind) for match in pattern.finditer(text)]
        text = _replaced(text, spans, counts)
    return _replaced(text, [(*span, "name") for span in name_spans(text, names, kept)], counts), counts


def _replaced(text: str, spans: list[tuple[int, int, str]], counts: Counter[str]) -> str:
    pieces, after = [], 0
    for start, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if start < after:
            # the longer of two that begin together came first; one that reaches further goes with it
            if end > after:
                after = end
            continue
        pieces += [text[after:start], f"[{kind}]"]
        counts[kind] += 1
        after = end
    return "".join([*pieces, text[after:]])


_RULES = {
    "e-mail": "mail",
    "phone number": "phone",
    "IBAN": "iban",
    "payment card": "card",
    "social security number": "social security",
}
