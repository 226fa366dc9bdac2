"""How months and days are written for readers, whatever the machine's locale."""

from __future__ import annotations

from datetime import date

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def month(code: str, year: bool = True) -> str:
    """A month ``"2026-09"`` as ``September 2026``, or ``September`` where the year stands nearby."""
    number = int(code[5:7])
    return f"{_MONTHS[number - 1]} {code[:4]}" if year else _MONTHS[number - 1]


def day(when: date | str) -> str:
    """A day as ``30 September 2026``."""
    code = when.isoformat() if isinstance(when, date) else when
    return f"{int(code[8:10])} {month(code)}"
