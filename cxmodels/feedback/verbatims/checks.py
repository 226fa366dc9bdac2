"""Whether themes may be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.verdict import Check, Verdict

if TYPE_CHECKING:
    from cxmodels.feedback.verbatims.themes import Themes


def judge_themes(themes: Themes) -> Verdict:
    """Stability of the themes, the comments they leave out, and the comments in no language that is read."""
    table, languages = themes.table, themes.languages
    checks = []
    for language in themes.models:
        row = languages[languages["language"] == language].iloc[0]
        chosen = themes.panel[(themes.panel["language"] == language) & themes.panel["chosen"]].iloc[0]
        named = {"fr": "French", "en": "English"}[language]
        checks += [
            Check.at_least(
                f"Themes in {named} come back, mean likeness",
                float(chosen["stability"]),
                0.8,
                0.6,
                f"Of {chosen['themes']} themes in {named} {chosen['stable']} come back from halves of the comments; "
                "the others depend on which comments were drawn.",
            ),
            Check.at_least(
                f"Comments in {named} about a theme, %",
                100 * float(row["told"]),
                60,
                40,
                f"{row['told']:.0%} of the comments in {named} are close to a theme, the others to none.",
                0,
            ),
        ]
    unstable = int((~table["stable"].astype(bool)).sum())
    checks.append(
        Check(
            "Themes that do not come back",
            str(unstable),
            "0",
            "amber" if unstable else "green",
            f"{unstable} themes of the table are flagged as unstable." if unstable else "Every theme shown comes back.",
        )
    )
    written = languages["comments"].fillna(0)
    other = 100 * float(written[languages["language"] == "other"].sum() / max(written.sum(), 1))
    checks.append(
        Check.at_most(
            "Comments in neither language, %",
            other,
            10,
            30,
            f"{other:.0f} % of the comments are in another language or too short to tell, and in no theme.",
            0,
        )
    )
    return Verdict("Themes", tuple(checks))
