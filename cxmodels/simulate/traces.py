"""Personal data where it does not belong: in comments, and in a column of the customers. All of it is made up."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

TRACES: dict[str, tuple[str, ...]] = {
    # Domains kept for examples (RFC 2606).
    "comment_email": ("Écrivez-moi : jeanne.martin@example.org", "Mail me at tom.baker@example.com please"),
    # Numbers kept for fiction by the French and the British regulator.
    "comment_phone": ("Rappelez-moi au 06 39 98 14 27", "Call me on +44 20 7946 0958"),
    # Specimens with right check digits, of no account.
    "comment_iban": (
        "Remboursez sur FR76 3000 6000 0112 3456 7890 189",
        "Refund me to GB33 BUKB 2020 1555 5555 55",
    ),
}
"""Kind of trace → what is written after a comment."""

COLUMN = "identifier_column"
"""The kind that gives customers a column ``email``."""


def comments(responses: pa.Table) -> int:
    """How many responses have a comment to write after."""
    return len(responses) - responses["comment"].null_count


def leave_traces(responses: pa.Table, wanted: dict[str, int]) -> pa.Table:
    """`responses` with traces after the first comments, as many of each kind as wanted."""
    texts = [text for kind, count in wanted.items() for text in _repeated(TRACES[kind], count)]
    rows = pc.indices_nonzero(pc.is_valid(responses["comment"])).to_pylist()
    written = responses["comment"].to_pylist()
    for row, text in zip(rows, texts, strict=False):
        written[row] = f"{written[row]} {text}"
    place = responses.column_names.index("comment")
    return responses.set_column(place, "comment", pa.array(written, pa.string()))


def with_email(customers: pa.Table) -> pa.Table:
    """`customers` with an address of each."""
    addresses = pc.binary_join_element_wise(
        pc.utf8_lower(customers["customer_id"]), pa.scalar("example.org"), pa.scalar("@")
    )
    return customers.append_column("email", addresses)


def _repeated(texts: tuple[str, ...], count: int) -> list[str]:
    return [texts[nth % len(texts)] for nth in range(count)]
