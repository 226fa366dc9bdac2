"""Quality: every row of every table checked; bad rows set aside with the reason, counted, the rest goes on."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from cxmodels.study.checks import in_words, row_checks, typed
from cxmodels.study.contract import TABLES
from cxmodels.study.engine import named, told
from cxmodels.study.errors import MissingTable, NothingToCompute
from cxmodels.study.personal_values import personal_values
from cxmodels.study.quarantine import COLUMNS, set_aside
from cxmodels.study.secret import read_secret
from cxmodels.study.sieve import Finding, Sieve
from cxmodels.study.source import NOT_A_VALUE, NOT_IN_CONTRACT
from cxmodels.verdict import Check, Verdict

if TYPE_CHECKING:
    from cxmodels.study.study import Study


class Quality:
    """What the checks of a study found. Nothing is computed before it is asked for; all of it in the engine.

    Parameters
    ----------
    study
        An open study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._sieves: dict[str, Sieve] = {}
        self._clean: dict[tuple[str, tuple[str, ...]], ir.Table] = {}
        self._summaries: dict[str, dict[str, int]] = {}
        self._left_out: dict[str, dict[str, str]] = {}

    def clean(self, name: str, unchecked: tuple[str, ...] = ()) -> ir.Table:
        """The rows of a table that passed, in the types of the contract, without columns that name a person.

        Parameters
        ----------
        name
            A table of the study.
        unchecked
            Tables whose references are not looked at, because the caller joins with their rows anyway.

        Raises
        ------
        MissingTable
            When the study has no such table.
        """
        key = name, unchecked
        if key not in self._clean:
            self._clean[key] = named(self._sieve(name).clean(unchecked))
        return self._clean[key]

    def left_out(self, name: str) -> dict[str, str]:
        """Columns of a table that do not go on, with the reason: by their name, or by the values they hold."""
        if name not in self._left_out:
            table = self._study.table(name)
            attributes = tuple(column for column in table.columns if column not in TABLES[name].names)
            with told(f"{self._study.settings.file}: tables.{name}"):
                by_value = personal_values(table, attributes)
            self._left_out[name] = {**self._study.left_out(name), **by_value}
        return self._left_out[name]

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Rows set aside: ``table``, ``column``, ``reason``, ``rows``; only what was found. A row may count twice."""
        found = [
            (name, finding.column, finding.reason, self._summary(name)[finding.flag])
            for name in self._study.tables
            for finding in self._found(name)
        ]
        return pd.DataFrame(found, columns=["table", "column", "reason", "rows"])

    @cached_property
    def tables(self) -> pd.DataFrame:
        """One row a table: ``table``, ``rows``, ``usable``, ``set_aside``, ``columns_left_out`` (names to reasons)."""
        rows = []
        for name in self._study.tables:
            summary = self._summary(name)
            aside = summary["aside:"]
            rows.append((name, summary["rows:"], summary["rows:"] - aside, aside, self.left_out(name)))
        return pd.DataFrame(rows, columns=["table", "rows", "usable", "set_aside", "columns_left_out"])

    @cached_property
    def quarantine(self) -> ir.Table:
        """One line a row and reason: ``table``, ``row``, ``column``, ``value``, ``reason`` (`quarantine.set_aside`)."""
        secret = read_secret(self._study.folder)
        parts = [
            set_aside(self._sieve(name), self._found(name), secret) for name in self._study.tables if self._found(name)
        ]
        if not parts:
            return ibis.memtable(pd.DataFrame({name: [] for name in COLUMNS}), schema=COLUMNS)
        return ibis.union(*parts) if len(parts) > 1 else parts[0]

    @cached_property
    def verdict(self) -> Verdict:
        """Whether the data can carry the answers of the month."""
        filled = self.tables[self.tables.rows > 0]
        total = int(filled["rows"].sum())
        usable = int(filled["usable"].sum()) / total if total else 0.0
        shares = (filled["usable"] / filled["rows"]).tolist()
        worst = min(shares, default=0.0)
        place = filled["table"].tolist()[shares.index(worst)] if shares else "none"
        copied = int(self.counts.loc[self.counts.reason.isin(["duplicate_row", "duplicate_key"]), "rows"].sum())
        lost = int(self.counts.loc[self.counts.reason == "orphan", "rows"].sum())
        personal = sum(len(_persons(columns)) for columns in self.tables["columns_left_out"])
        named = f"{personal} columns were left out; the source should not deliver them."
        named = "One column was left out; the source should not deliver it." if personal == 1 else named
        return Verdict(
            "Data",
            (
                Check.at_least("Rows that passed, %", 100 * usable, 99, 95, _share("of all tables", usable)),
                Check.at_least(f"Worst table ({place}), %", 100 * worst, 98, 90, _share(f"of {place}", worst)),
                Check.at_most(
                    "Rows that repeat another, %",
                    100 * copied / max(total, 1),
                    0.5,
                    2,
                    f"{copied} rows repeat another; the earliest one stays.",
                ),
                Check.at_most(
                    "Rows of nobody, %",
                    100 * lost / max(total, 1),
                    0.5,
                    2,
                    f"{lost} rows refer to a customer or an answer that does not exist.",
                ),
                Check(
                    "Columns that name a person",
                    str(personal),
                    "0",
                    "amber" if personal else "green",
                    named if personal else "No column names a person.",
                ),
            ),
        )

    def require_usable(self) -> None:
        """Do nothing where something can be computed.

        Raises
        ------
        NothingToCompute
            When no row is left of the customers, or of every other table that holds what happened.
        """
        left = dict(zip(self.tables["table"], self.tables["usable"], strict=True))
        events = {name: usable for name, usable in left.items() if name not in ("customers", "items", "costs")}
        where = self._study.settings.file
        worst = self.counts.sort_values("rows", ascending=False, kind="stable").head(3)
        said = "; ".join(
            f"{row.table}.{row.column}: {row.rows} rows, {in_words(row.table, row.column, row.reason)}"
            for row in worst.itertuples()
        )
        found = f" Most rows were set aside for: {said}." if said else ""
        if left.get("customers") == 0:
            raise NothingToCompute(f"{where}: tables.customers: not one usable row.{found}")
        if not any(left.values()) or (events and not any(events.values())):
            raise NothingToCompute(f"{where}: not one usable row in {', '.join(events or left)}.{found}")

    def _sieve(self, name: str) -> Sieve:
        if name not in self._study.tables:
            raise MissingTable(f"this study has no table {name!r}; it has: {', '.join(self._study.tables)}")
        if name not in self._sieves:
            contract, table = TABLES[name], self._study.table(name)
            unwanted = self.left_out(name)
            attributes = tuple(c for c in table.columns if c not in contract.names and c not in unwanted)
            rows = typed(table, contract, attributes)
            columns = tuple(column for column in (*contract.names, *attributes) if column in rows.columns)
            if name == "answers" and "items" in self._study.tables:
                scales = self._sieve("items").clean().select("scale_min", "scale_max", **{"item:": ibis._.item})
                rows = rows.left_join(scales, rows.item == scales["item:"]).drop("item:")
            checks = row_checks(rows, contract, self._study.settings.study.extracted_on)
            self._sieves[name] = Sieve(contract, rows, checks, columns, self._parent)
        return self._sieves[name]

    def _parent(self, name: str) -> Sieve | None:
        return self._sieve(name) if name in self._study.tables else None

    def _summary(self, name: str) -> dict[str, int]:
        """Rows of a table, rows set aside, and rows per flag, in one pass."""
        if name not in self._summaries:
            sieve = self._sieve(name)
            flags = [finding.flag for finding in sieve.findings]
            with told(f"{self._study.settings.file}: tables.{name}"):
                rows = sieve.flagged
                asked = {flag: rows[flag].sum() for flag in flags}
                asked |= {"rows:": rows.count(), "aside:": ibis.or_(*(rows[flag] for flag in flags)).sum()}
                found = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
            self._summaries[name] = {key: int(count or 0) for key, count in found.items()}
        return self._summaries[name]

    def _found(self, name: str) -> tuple[Finding, ...]:
        return tuple(f for f in self._sieve(name).findings if self._summary(name)[f.flag])


def assess(study: Study) -> Quality:
    """The checks of a study, computed as far as they are asked for."""
    return Quality(study)


def _persons(columns: dict[str, str]) -> list[str]:
    return [name for name, reason in columns.items() if reason not in (NOT_IN_CONTRACT, NOT_A_VALUE)]


def _share(of: str, share: float) -> str:
    return f"Every row {of} passed every check." if share == 1 else f"{share:.2%} of the rows {of} passed every check."
