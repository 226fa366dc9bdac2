"""Who was invited and who answered, by attribute: what a verdict on non-response looks at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.loyalty.answers.respondents import in_survey
from cxmodels.loyalty.answers.weighting import attributes, with_attributes
from cxmodels.loyalty.errors import InvalidAnswers
from cxmodels.study.errors import nearest
from cxmodels.study.privacy import suppress

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

EVERYBODY = "everybody"


def response_rates(snapshot: Snapshot, survey: str, by: Iterable[str] = ()) -> pd.DataFrame:
    """Customers who were invited to a survey and those of them who answered it, up to the day of the snapshot.

    Parameters
    ----------
    snapshot
        A snapshot with invitations and responses.
    survey
        The survey.
    by
        Attributes of customers, each looked at on its own.

    Returns
    -------
    pandas.DataFrame
        First everybody, then each level of each attribute: ``attribute``, ``level``, ``invited`` and ``answered``
        customers, ``share`` answered, ``ratio`` of that share to everybody's; missing where a group is too small to be
        shown (``suppressed``).

    Raises
    ------
    InvalidAnswers
        When nobody was invited to such a survey, or `by` names what is no attribute of customers.
    MissingTable
        When the study has no invitations or no responses.
    """
    invitations = snapshot.numbered("invitations")
    sent = invitations.filter(invitations.survey == survey).select("customer").distinct()
    names = attributes(snapshot, by, "response_rates: by")
    answered = in_survey(snapshot, survey).select(who="customer").distinct()
    people = sent.left_join(answered, sent.customer == answered.who)
    people = with_attributes(snapshot, people.select("customer", answered=people.who.notnull().cast("int64")), names)
    keys = [f"by{at}" for at in range(len(names))]
    counted = people.group_by([*keys, "answered"]).agg(n=people.count()).to_pandas()
    if counted.empty:
        known = sorted(invitations.select("survey").distinct().to_pandas()["survey"])
        raise InvalidAnswers(
            f"response_rates: nobody was invited to a survey {survey!r}{nearest(survey, known)}; "
            f"invitations are to: {', '.join(map(repr, known)) or 'none'}"
        )
    counted = counted.assign(invited=counted["n"], answered=counted["n"] * counted["answered"])
    tables = [_of_group(counted.assign(all=EVERYBODY), "all", EVERYBODY, 1)]
    least = snapshot.settings.privacy.min_cell
    tables += [_of_group(counted, key, name, least) for key, name in zip(keys, names, strict=True)]
    found = pd.concat(tables, ignore_index=True)
    share = found["answered"].astype("Float64") / found["invited"].astype("Float64")
    return found.assign(share=share.astype(float), ratio=(share / share.iloc[0] if share.iloc[0] else share * np.nan))[
        ["attribute", "level", "invited", "answered", "share", "ratio", "suppressed"]
    ]


def _of_group(counted: pd.DataFrame, key: str, name: str, least: int) -> pd.DataFrame:
    levels = counted.groupby(key, as_index=False)[["invited", "answered"]].sum().rename(columns={key: "level"})
    shown = suppress(levels, ["level"], n="invited", min_cell=least)
    return shown.assign(attribute=name)
