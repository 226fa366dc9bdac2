"""Classes of loyalty for the other pages: each customer's, by the study's own model and without its other engines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.errors import Told
from cxmodels.loyalty.answers.from_study import survey_answers
from cxmodels.loyalty.customers.from_study import CustomerClasses
from cxmodels.loyalty.errors import LoyaltyError, WrongSetting
from cxmodels.loyalty.page.classed import attitude_of, behaviour_of, classed_customers
from cxmodels.loyalty.page.engines import fit_engines
from cxmodels.loyalty.page.parts import reason_of
from cxmodels.loyalty.page.study_model import study_model
from cxmodels.study.errors import MissingTable

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from cxmodels.study.snapshot import Snapshot


def known_classes(
    snapshot: Snapshot, *, leaving: ir.Table | None = None, worth: ir.Table | None = None
) -> Told[CustomerClasses]:
    """Class the customers who answered, as the page of loyalty does by maximum likelihood.

    Parameters
    ----------
    snapshot
        The study on a day.
    leaving, worth
        As `behaviour_of` takes them.

    Returns
    -------
    Told
        Without a part where the study names no model or lacks answers or behaviour, where that is known only by the
        words of respondents, and where maximum likelihood finds no solution.

    Raises
    ------
    WrongSetting
        As `study_model` and `behaviour_of`.
    """
    try:
        model = study_model(snapshot)
        answers = survey_answers(snapshot, model.items, by=())
        engines = fit_engines(model, answers, engine="ml", alone=True)
        behaviour = behaviour_of(snapshot, model, leaving=leaving, worth=worth)
        attitude = attitude_of(model, behaviour=snapshot.settings.loyalty.behaviour or "")
    except WrongSetting:
        raise
    except LoyaltyError as error:
        return Told(None, reason_of(error))
    except MissingTable:
        return Told(None, "The study has no answers to the items of a path model.")
    found = classed_customers(snapshot, answers, engines, behaviour, attitude=attitude)
    if found.found is None:
        return Told(None, found.reason)
    return Told(
        found.found.customers, "" if found.found.customers else "Only respondents themselves tell of behaviour."
    )
