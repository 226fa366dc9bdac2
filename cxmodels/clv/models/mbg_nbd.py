"""MBG/NBD: BG/NBD for customers who may stop after the very first purchase too."""

from __future__ import annotations

from dataclasses import dataclass, field

from cxmodels.clv.models.mbg_cnbd import MbgCnbd


@dataclass(frozen=True)
class MbgNbd(MbgCnbd):
    """Batislam, Denizel & Filiztekin (2007), International Journal of Research in Marketing 24(3).

    As `BgNbd`, but with a chance to stop after the first purchase as well, so that who never came back may be gone:
    the clock of `MbgCnbd` with one step.
    """

    k: int = field(default=1, init=False)

    @property
    def name(self) -> str:
        """``"mbg_nbd"``."""
        return "mbg_nbd"

    @property
    def title(self) -> str:
        """What pages call it."""
        return "MBG/NBD"
