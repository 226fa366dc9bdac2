"""Parts of the page that not every study can tell: why one is not told, and by which engine it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxmodels.errors import without_place
from cxmodels.loyalty.effects.measurement import measurement_of
from cxmodels.loyalty.errors import LoyaltyError, NotIdentified, TooFewRespondents

if TYPE_CHECKING:
    from cxmodels.loyalty.bayes.measurement import Measurement
    from cxmodels.loyalty.page.engines import Engines


def reason_of(error: LoyaltyError) -> str:
    """An error as a sentence of the page."""
    said = without_place(str(error))
    if isinstance(error, TooFewRespondents):
        # how many there are may be too few to be told
        said = said.partition(", found")[0]
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}"


def measuring(engines: Engines) -> Measurement:
    """How the constructs show in the items, by the first engine whose solution could be that of real constructs.

    Raises
    ------
    NotIdentified
        When no engine has such a solution.
    """
    fits: list[Any] = [fit for fit in (engines.ml, engines.bayes) if fit is not None]
    last: LoyaltyError = NotIdentified("No engine tells how the items measure the constructs.")
    for fit in fits:
        try:
            return measurement_of(fit)
        except LoyaltyError as error:
            last = error
    raise last
