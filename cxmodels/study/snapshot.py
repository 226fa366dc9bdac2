"""A snapshot: the tables of a study as they were known on a day, of the people who agree to it, under pseudonyms."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from cxmodels.study.config import Settings
from cxmodels.study.consent import agreeing
from cxmodels.study.contract import TABLES
from cxmodels.study.engine import held, named
from cxmodels.study.errors import MissingTable, StudyError
from cxmodels.study.months import month_end
from cxmodels.study.privacy import pseudonyms
from cxmodels.study.secret import read_secret
from cxmodels.study.terms import TableContract

if TYPE_CHECKING:
    from cxmodels.study.study import Study

_MONTH = re.compile(r"\d{4}-\d{2}")


class Snapshot:
    """What was known on a day; a table of the contract is an attribute, ``snapshot.orders`` an Ibis table.

    Every table holds the rows that passed the checks and were recorded up to the end of that day. An end, and what is
    known with it, is null while it lies ahead; where the column that dates it is absent, it is never known. Rows of
    a customer who is not known yet on that day, or whose data may not be used for the purpose of the study, are not
    there; rows of nobody (an anonymous answer) are, unless their device is linked to such a customer. Answers go with
    their response. ``customer_id`` and ``device_id`` are pseudonyms.

    Parameters
    ----------
    study
        An open study.
    as_of
        The day.
    """

    def __init__(self, study: Study, as_of: date) -> None:
        self._study = study
        self._as_of = as_of
        self._tables: dict[str, ir.Table] = {}
        self._numbered: dict[str, ir.Table] = {}

    def __repr__(self) -> str:
        return f"Snapshot({self.settings.study.name!r} as of {self.as_of}: {', '.join(self.tables)})"

    def __getattr__(self, name: str) -> ir.Table:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.table(name)

    @property
    def as_of(self) -> date:
        """The day; what was recorded on it is known."""
        return self._as_of

    @property
    def study(self) -> Study:
        """The study it was taken of."""
        return self._study

    @property
    def settings(self) -> Settings:
        """Settings of the study."""
        return self._study.settings

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables there are."""
        return self._study.tables

    def table(self, name: str) -> ir.Table:
        """The table of that name under pseudonyms.

        Raises
        ------
        MissingTable
            When the study has no such table.
        """
        if name not in self._tables:
            table = self._of_people(name, self.pseudonyms, {"pseudonym": "customer_id"})
            if "device_id" in table.columns:
                device = pseudonyms(table.rename({"device:": "device_id"}), "device:", "device_id", self._secret)
                table = device.select(*table.columns)
            self._tables[name] = named(table)
        return self._tables[name]

    def numbered(self, name: str) -> ir.Table:
        """The same rows with an integer ``customer`` in place of ``customer_id``, for counting by customer.

        Engines group and join integers several times faster than pseudonyms. The numbers mean nothing outside this
        snapshot.

        Raises
        ------
        MissingTable
            When the study has no such table.
        """
        if name not in self._numbered:
            self._numbered[name] = named(self._of_people(name, self._people, {"number": "customer"}))
        return self._numbered[name]

    @cached_property
    def pseudonyms(self) -> ir.Table:
        """The people of this snapshot: ``customer_id`` as in the source, ``number`` and ``pseudonym``.

        The one place where a pseudonym meets the person, for the company to act on a score; it stays in the engine.
        """
        return held(pseudonyms(self._people, "customer_id", "pseudonym", self._secret))

    @cached_property
    def excluded(self) -> pd.DataFrame:
        """Customers left out: ``reason``, ``customers``; every reason that is looked for, also with 0 customers.

        ``refused`` (under "opt_in": ``not granted``) by the latest decision recorded up to the day, and
        ``not known yet``: joined later.
        """
        known = self._known_people
        counted = known.count().execute() - self._people.count().execute()
        word = "refused" if self.settings.privacy.consent == "opt_out" else "not granted"
        found = [(word, int(counted))]
        if "customers" in self.tables:
            every = self._study.quality().clean("customers").count().execute()
            found.append(("not known yet", int(every - known.count().execute())))
        return pd.DataFrame(found, columns=["reason", "customers"])

    @cached_property
    def not_known_yet(self) -> pd.DataFrame:
        """Good rows dated after the day: ``table``, ``rows``."""
        found = []
        for name in self.tables:
            contract = TABLES[name]
            if contract.recorded:
                rows = self._study.quality().clean(name)
                found.append((name, int(rows.filter(~self._by_then(rows[contract.recorded])).count().execute())))
        return pd.DataFrame(found, columns=["table", "rows"])

    @cached_property
    def _secret(self) -> bytes:
        return read_secret(self._study.folder)

    def _by_then(self, column: ir.Value) -> ir.BooleanValue:
        """Whether a date or timestamp lies on the day or before."""
        if column.type().is_date():
            return column <= ibis.date(self._as_of)
        return column < ibis.timestamp(f"{self._as_of + timedelta(days=1)} 00:00:00")

    def _known(self, name: str, unchecked: tuple[str, ...] = ()) -> ir.Table:
        """Good rows of a table recorded up to the day, with what became known later taken back."""
        contract = TABLES[name]
        rows = self._study.quality().clean(name, unchecked)
        if contract.recorded:
            rows = rows.filter(self._by_then(rows[contract.recorded]))
        return rows.mutate(**self._taken_back(rows, contract))

    def _taken_back(self, rows: ir.Table, contract: TableContract) -> dict[str, ir.Value]:
        changed: dict[str, ir.Value] = {}
        for column in contract.columns:
            if column.known_with and column.name in rows.columns:
                value, unknown = rows[column.name], ibis.null(column.type)
                dated = column.known_with in rows.columns
                changed[column.name] = (
                    self._by_then(rows[column.known_with]).ifelse(value, unknown) if dated else unknown
                )
        return changed

    @cached_property
    def _known_people(self) -> ir.Table:
        """``customer_id`` of everybody known on the day, whether they agree or not."""
        if "customers" in self.tables:
            return self._known("customers").select("customer_id")
        parts = []
        for name in self.tables:
            if "customer_id" in TABLES[name].names and name != "consents":
                rows = self._study.quality().clean(name)
                if "customer_id" in rows.columns:
                    rows = rows.filter(self._by_then(rows[TABLES[name].recorded]), rows.customer_id.notnull())
                    parts.append(rows.select("customer_id"))
        if not parts:
            # Nobody is named anywhere: answers without customers are a study all the same.
            some = self._study.table(self.tables[0])
            return some.select(customer_id=ibis.null("string")).filter(ibis.literal(False))
        return (ibis.union(*parts) if len(parts) > 1 else parts[0]).distinct()

    @cached_property
    def _people(self) -> ir.Table:
        """``customer_id`` and ``number`` of everybody known on the day who agrees, held by the engine."""
        people = self._known_people
        if "consents" in self.tables:
            decided = self._known("consents", unchecked=("customers",))
            rules = self.settings.privacy
            people = agreeing(people, decided, rules.purpose, rules.consent, "customer_id")
        elif self.settings.privacy.consent == "opt_in":
            raise StudyError(
                f"{self.settings.file}: privacy.consent: 'opt_in' needs the table consents; "
                f"this study has: {', '.join(self.tables)}"
            )
        return held(people.mutate(number=ibis.row_number().over(order_by=people.customer_id)))

    def _of_people(self, name: str, people: ir.Table, key: dict[str, str]) -> ir.Table:
        """Known rows of `name` that belong to `people` or to nobody, the customer's id replaced as `key` says."""
        if name not in self.tables:
            raise MissingTable(
                f"{self.settings.file}: this study has no table {name!r}; it has: {', '.join(self.tables)}"
            )
        if name == "answers":
            return self._answers()
        contract = TABLES[name]
        rows = self._known(name, unchecked=("customers",))
        if "customer_id" not in rows.columns:
            return rows
        ((taken, given),) = key.items()
        persons = people.select(**{"person:": people.customer_id, "key:": people[taken]})
        columns = [*rows.columns]
        if contract.column("customer_id").required:
            rows = rows.inner_join(persons, rows.customer_id == persons["person:"])
        else:
            rows = rows.left_join(persons, rows.customer_id == persons["person:"])
            rows = rows.filter(rows.customer_id.isnull() | rows["person:"].notnull())
            if name == "interactions" and "device_id" in columns and "identities" in self.tables:
                rows = self._without_devices_of_others(rows)
        return rows.select(
            **{given if c == "customer_id" else c: rows["key:" if c == "customer_id" else c] for c in columns}
        )

    def _without_devices_of_others(self, rows: ir.Table) -> ir.Table:
        """Contacts of nobody, made on a device that a customer who is left out was seen on, are left out too."""
        links = self._known("identities", unchecked=("customers",))
        others = links.anti_join(self._people, "customer_id").select(**{"other:": links.device_id}).distinct()
        rows = rows.left_join(others, rows.device_id == others["other:"])
        return rows.filter(rows.customer_id.notnull() | rows["other:"].isnull())

    def _answers(self) -> ir.Table:
        if "responses" not in self.tables:
            raise MissingTable(
                f"{self.settings.file}: answers are dated by the table responses, which this study lacks; "
                f"it has: {', '.join(self.tables)}"
            )
        rows = self._known("answers", unchecked=("responses",))
        return rows.semi_join(self.numbered("responses"), "response_id")


def take(study: Study, when: str | date | None = None) -> Snapshot:
    """The tables of `study` as known on a day.

    Parameters
    ----------
    when
        A month ``"2026-09"`` (its last day), a day ``"2026-09-30"`` or `date`; empty: the last complete month.

    Raises
    ------
    StudyError
        When it is not a day or a month, or lies after the day the data were drawn.
    """
    day = _day(when or study.last_month())
    drawn = study.settings.study.extracted_on
    if day > drawn:
        raise StudyError(
            f"{study.settings.file}: {when or day}: the data were drawn on {drawn} and say nothing about a later day"
        )
    return Snapshot(study, day)


def _day(when: str | date) -> date:
    if isinstance(when, date):
        return date(when.year, when.month, when.day)
    try:
        if _MONTH.fullmatch(when):
            return month_end(date.fromisoformat(f"{when}-01"))
        return date.fromisoformat(when)
    except ValueError:
        raise StudyError(
            f"as-of day: a month such as 2026-09 or a day such as 2026-09-30 is required, found {when!r}"
        ) from None
