"""How the page calls metrics, kinds of answers and groups."""

from __future__ import annotations

from cxmodels.feedback.page.score import Score

METRIC = {"nps": "NPS", "csat": "CSAT", "ces": "CES", "cxi": "CXi"}
BETTER = "higher"


def name_of(score: Score) -> str:
    """``"Relational NPS"``, ``"NPS, customer care"``, ``"Transactional CSAT"``."""
    metric = METRIC[score.metric]
    return f"{metric}, {plain(score.place)}" if score.place else f"{score.kind.capitalize()} {metric}"


def key_of(score: Score) -> str:
    """The name under which the score is recorded: ``feedback.nps.relational``."""
    key = f"feedback.{score.metric}.{score.kind}"
    return f"{key}.touchpoint.{score.place}" if score.place else key


def plain(name: str) -> str:
    """A column or a survey as words."""
    return name.replace("_", " ")
