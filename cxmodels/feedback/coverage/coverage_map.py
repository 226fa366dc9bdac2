"""Surveys by touchpoints beside contacts: where customers are met and never asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.feedback.coverage.contacts import answers_by_touchpoint, contacts_by_touchpoint
from cxmodels.feedback.errors import InvalidValue, NoContacts
from cxmodels.study.errors import MissingTable
from cxmodels.study.months import months_before
from cxmodels.suppression import hidden_cells

if TYPE_CHECKING:
    from cxmodels.study.snapshot import Snapshot

OTHERS = "other touchpoints"
BLIND, ASKED, NO_CONTACT = "never asked", "asked", "contacts not recorded"


@dataclass(frozen=True, eq=False)
class CoverageMap:
    """Where customers were met and where they were asked.

    Attributes
    ----------
    touchpoints
        One row a touchpoint, blind spots first, those of most contacts first: ``touchpoint``; ``contacts`` with
        customers and ``answers`` (Int64; missing where too few people stand behind them or they would betray others);
        ``state``: ``"never asked"``, a blind spot; ``"asked"``; or ``"contacts not recorded"``, asked about, but in no
        table of contacts.
    cells
        Tidy, one row a touchpoint and survey: ``touchpoint``, ``survey``, ``answers`` (Int64, likewise).
    uncovered
        Share of the contacts with customers that fell on blind spots, counted; ``n`` is the contacts. NaN where it
        would tell of few people: all that were met at blind spots, or all elsewhere.
    anonymous
        Contacts of nobody known, who cannot be asked: they count nowhere else.
    first, last
        First and last day that count.
    """

    touchpoints: pd.DataFrame
    cells: pd.DataFrame
    uncovered: Estimate
    anonymous: int
    first: date
    last: date

    @property
    def blind_spots(self) -> tuple[str, ...]:
        """Touchpoints with contacts and no answer, those of most contacts first."""
        found = self.touchpoints
        return tuple(found.loc[found["state"] == BLIND, "touchpoint"])


def coverage_map(snapshot: Snapshot, *, months: int = 12, orders: str = "order", most: int = 30) -> CoverageMap:
    """Lay surveys beside contacts.

    Parameters
    ----------
    snapshot
        A snapshot with responses, and interactions or orders.
    months
        How far back it looks.
    orders
        The touchpoint that an order is a contact at: ``"delivery"``, where a survey about deliveries is what asks about
        orders.
    most
        Blind spots beyond so many are told as one, ``"other touchpoints"``.

    Raises
    ------
    InvalidValue
        When `months` or `most` is below 1.
    NoContacts
        When no customer was met in this time.
    MissingTable
        When the study lacks responses, or interactions and orders both.

    Notes
    -----
    A touchpoint is asked about when one answer in this time names it, in any survey; names are compared without
    capitals. Small cells, and what would betray them: `hidden_cells`, of the totals too.
    """
    for name, given in (("months", months), ("most", most)):
        if given < 1:
            raise InvalidValue(f"{name}: a whole number of at least 1 is required, found {given!r}")
    if not {"interactions", "orders"} & set(snapshot.tables):
        raise MissingTable(
            f"{snapshot.settings.file}: contacts come from interactions or orders; this study has: "
            f"{', '.join(snapshot.tables)}"
        )
    first = months_before(snapshot.as_of, months) + timedelta(days=1)
    said = answers_by_touchpoint(snapshot, first)
    met = contacts_by_touchpoint(snapshot, first, orders)
    anonymous, met = int(met["anonymous"].sum()), met[met["contacts"] > 0]
    if met.empty:
        raise NoContacts(f"coverage_map: no customer was met from {first} to {snapshot.as_of}")
    met = _lumped(met, set(said["key"]), most)
    least = snapshot.settings.privacy.min_cell
    names = met.set_index("key")["touchpoint"].combine_first(said.groupby("key")["touchpoint"].min())
    surveys = sorted(said["survey"].unique())
    contacts = met.set_index("key").reindex(names.index)
    wide = {name: _wide(said, name, names.index, surveys) for name in ("answers", "people")}
    away = hidden_cells(wide["people"], least)
    asked = wide["answers"].sum(axis=1) > 0
    state = np.where(contacts["contacts"].isna(), NO_CONTACT, np.where(asked, ASKED, BLIND))
    few, apart = _few(contacts["people"].fillna(0).to_numpy(), state, least)
    table = pd.DataFrame(
        {
            "touchpoint": names.to_numpy(),
            "contacts": contacts["contacts"].astype("Int64").mask(few).array,
            "answers": pd.array(wide["answers"].sum(axis=1), "Int64"),
            "state": state,
        }
    )
    table["answers"] = table["answers"].mask(away[:-1, -1])
    cells = pd.DataFrame(wide["answers"], columns=surveys).astype("Int64").mask(away[:-1, :-1])
    order = _order(state, contacts["contacts"].fillna(0).mask(few, 0).to_numpy(), names.to_numpy())
    total = int(met["contacts"].sum())
    share = float(contacts["contacts"][state == BLIND].sum() / total) if apart else float("nan")
    return CoverageMap(
        touchpoints=table.iloc[order].reset_index(drop=True),
        cells=cells.assign(touchpoint=names.to_numpy())
        .iloc[order]
        .melt("touchpoint", var_name="survey", value_name="answers"),
        uncovered=Estimate.exact(share, "share", total),
        anonymous=anonymous,
        first=first,
        last=snapshot.as_of,
    )


def _lumped(met: pd.DataFrame, asked: set[str], most: int) -> pd.DataFrame:
    """Blind spots beyond the `most` of most contacts as one."""
    blind = met[~met["key"].isin(asked)].sort_values(["contacts", "key"], ascending=[False, True])
    rest = blind.index[most:]
    if len(rest) < 2:
        return met
    sums = met.loc[rest, ["contacts", "people"]].sum()
    return pd.concat([met.drop(index=rest), pd.DataFrame([{"key": OTHERS, "touchpoint": OTHERS, **sums}])])


def _few(people: np.ndarray, state: np.ndarray, least: int) -> tuple[np.ndarray, bool]:
    """Touchpoints whose contacts are hidden, and whether the sums of states, so the share not covered, may be told."""
    few, apart = np.zeros(len(people), bool), True
    for each in (BLIND, ASKED):
        here = state == each
        few[here] = _within_sum(people[here], least)
        apart &= not 0 < people[here & few].sum() < least
    return (few, True) if apart else (_within_sum(people, least), False)


def _within_sum(people: np.ndarray, least: int) -> np.ndarray:
    return hidden_cells(people, least, known=np.append(np.zeros(len(people), bool), True))[:-1]


def _wide(said: pd.DataFrame, name: str, keys: pd.Index, surveys: list[str]) -> np.ndarray:
    wide = said.pivot_table(index="key", columns="survey", values=name, aggfunc="sum", fill_value=0)
    return wide.reindex(index=keys, columns=surveys, fill_value=0).to_numpy(np.int64)


def _order(state: np.ndarray, contacts: np.ndarray, names: np.ndarray) -> np.ndarray:
    """Blind spots, then what is asked, then what has no contacts; most contacts first."""
    place = np.select([state == BLIND, state == ASKED], [0, 1], 2)
    return np.lexsort((names, -contacts, place))
