"""What metrics and other drivers are called in figures and sentences."""

from __future__ import annotations

_SHORT = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "cxi": "CXi"}
_LONG = {
    "nps": "Recommendation (NPS)",
    "csat": "Satisfaction (CSAT)",
    "ces": "Ease (CES)",
    "cxi": "Experience (CXi)",
    "cxi_needs": "Needs met",
    "cxi_ease": "Easy",
    "cxi_enjoy": "Enjoyable",
}


def short(name: str) -> str:
    """``NPS``; of what is no metric its name in words."""
    return _SHORT.get(name, _LONG.get(name, name.replace("_", " ")))


def label(name: str) -> str:
    """``Satisfaction (CSAT)``; of what is no metric its name in words."""
    return _LONG.get(name, name.replace("_", " ").capitalize())
