"""Whether something that holds customers, such as an exit barrier, goes with a weaker or a stronger path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cxmodels.errors import Told
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.effects.moderation import Moderation, moderation
from cxmodels.loyalty.errors import LoyaltyError, TooFewRespondents
from cxmodels.loyalty.page.parts import reason_of
from cxmodels.loyalty.page.study_model import moderation_model

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot


def moderated_path(snapshot: Snapshot) -> Told[Moderation]:
    """The moderation that the settings ask for (``loyalty.moderation``), by maximum likelihood of its own model.

    Parameters
    ----------
    snapshot
        The study on a day.

    Returns
    -------
    Told
        Neither found nor reason where the settings ask for none.

    Raises
    ------
    NoModel, WrongSetting, TooFewRespondents
        As `moderation_model`.
    """
    asked = snapshot.settings.loyalty.moderation
    if asked is None:
        return Told(None)
    model = moderation_model(snapshot)
    try:
        answers = survey_answers(snapshot, model.items, by=())
        if answers.respondents < answers.min_cell:
            raise TooFewRespondents(
                f"moderation: at least {answers.min_cell} respondents are required (privacy.min_cell)"
            )
        some_missing = bool(np.isnan(answers.frame[list(model.items)].to_numpy(float)).any())
        fit = model.fit(answers, engine="ml", missing="fiml" if some_missing else "listwise")
        found = moderation(fit, answers, source=asked.source, moderator=asked.moderator, target=asked.target)  # type: ignore[arg-type]
    except LoyaltyError as error:
        return Told(None, reason_of(error))
    return Told(found)
