"""Purchase models by name."""

from __future__ import annotations

import re

from cxmodels.clv.errors import InvalidValue
from cxmodels.clv.models.bg_nbd import BgNbd
from cxmodels.clv.models.mbg_cnbd import MbgCnbd
from cxmodels.clv.models.mbg_nbd import MbgNbd
from cxmodels.clv.models.model import PurchaseModel
from cxmodels.clv.models.pareto_nbd import ParetoNbd


def purchase_model(name: str) -> PurchaseModel:
    """The model of a name.

    Parameters
    ----------
    name
        ``"bg_nbd"``, ``"mbg_nbd"``, ``"pareto_nbd"``, or ``"mbg_cnbd_2"`` with any k from 1 on for the 2.

    Raises
    ------
    InvalidValue
        When no model has this name.
    """
    models: dict[str, PurchaseModel] = {"bg_nbd": BgNbd(), "mbg_nbd": MbgNbd(), "pareto_nbd": ParetoNbd()}
    if name in models:
        return models[name]
    if regular := re.fullmatch(r"mbg_cnbd_([1-9]\d*)", name):
        return MbgCnbd(k=int(regular[1]))
    raise InvalidValue(f"purchase_model: name must be one of {', '.join(models)}, mbg_cnbd_2 …, found {name!r}")
