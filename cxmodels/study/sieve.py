"""One table through its checks: which rows stay, which are set aside and why. All of it in the engine.

Order of the checks, which decides what a row is set aside for:

1. every check a row can fail on its own (`checks`), all of them listed;
2. among the rows that passed, each key once: the row recorded earliest stays (then the smallest values, column by
   column in the order of the contract, nulls first), so that a row added later never displaces one known before;
3. every row that refers to a row that does not exist, or that was itself set aside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir

from cxmodels.study.checks import RowCheck
from cxmodels.study.engine import held
from cxmodels.study.terms import Reference, TableContract


@dataclass(frozen=True)
class Finding:
    """A reason rows of a table are set aside for: `flag` names the column of `Sieve.flagged` that is true there."""

    column: str
    reason: str
    flag: str


class Sieve:
    """The checks of one table.

    Parameters
    ----------
    contract
        The table's contract.
    table
        The table from `checks.typed`, possibly with further columns that its checks need.
    checks
        What each row must satisfy on its own.
    columns
        The columns that go on: those of the contract that are there, then the attributes.
    parent
        The sieve of a table this one may refer to, by name; ``None`` when the study lacks it.
    """

    def __init__(
        self,
        contract: TableContract,
        table: ir.Table,
        checks: tuple[RowCheck, ...],
        columns: tuple[str, ...],
        parent: Callable[[str], Sieve | None],
    ) -> None:
        self.contract = contract
        self.table = table
        self.columns = columns
        self._checks = checks
        self._parent = parent

    def clean(self, unchecked: tuple[str, ...] = ()) -> ir.Table:
        """The rows that stay.

        Parameters
        ----------
        unchecked
            Tables whose references are not looked at, because the caller joins with their rows anyway.
        """
        kept = self._once
        for reference in self._references:
            if reference.table not in unchecked:
                lost = self._unmatched(reference)
                if lost is not None:
                    kept = kept.anti_join(lost, kept[reference.column] == lost["key:"])
        return kept

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """Every reason that is looked for in this table, found or not."""
        named = [(check.column, check.reason) for check in self._checks]
        key = self.contract.key[0]
        named += [(key, "duplicate_row"), (key, "duplicate_key")]
        for reference in self._references:
            named.append((reference.column, absent(reference)))
            named.append((reference.column, "parent_set_aside"))
        return tuple(Finding(column, reason, f"flag:{n}") for n, (column, reason) in enumerate(named))

    @cached_property
    def flagged(self) -> ir.Table:
        """Every row with a column per finding, true where the row is set aside for it."""
        flags = {(finding.column, finding.reason): finding.flag for finding in self.findings}
        own = [flags[check.column, check.reason] for check in self._checks]
        rows = self.table.mutate(**{flag: check.failed for flag, check in zip(own, self._checks, strict=True)})
        rows = rows.mutate(**{"sound:": ~ibis.or_(*(rows[flag] for flag in own))})
        rows = self._flag_duplicates(rows, flags[self.contract.key[0], "duplicate_row"])
        for reference in self._references:
            orphan, cascaded = (flags[reference.column, reason] for reason in (absent(reference), "parent_set_aside"))
            lost = self._unmatched(reference)
            if lost is None:
                rows = rows.mutate(**{orphan: ibis.literal(False), cascaded: ibis.literal(False)})
                continue
            lost = lost.rename({f"lost:{reference.column}": "key:", f"known:{reference.column}": "known:"})
            rows = rows.left_join(lost, rows[reference.column] == lost[f"lost:{reference.column}"])
            missing, known = rows[f"lost:{reference.column}"].notnull(), rows[f"known:{reference.column}"]
            rows = rows.mutate(**{orphan: missing & ~known.fill_null(False), cascaded: known.fill_null(False)})
        return rows

    def _flag_duplicates(self, rows: ir.Table, copied: str) -> ir.Table:
        """Two more flags: a full copy (`copied`), and another row with the key of one that stays (the next flag)."""
        second = f"flag:{int(copied.removeprefix('flag:')) + 1}"
        never = ibis.literal(False)
        if self._repeated is None:
            return rows.mutate(**{copied: never, second: never})
        suspects, rest = self._split(rows, self._repeated)
        suspects = suspects.mutate(**{"nth:": self._rank(suspects)})
        same = ibis.window(group_by=[suspects[name] for name in self.columns])
        suspects = suspects.mutate(**{"copy:": suspects["nth:"] > suspects["nth:"].min().over(same)})
        later = suspects["nth:"] > 0
        suspects = suspects.mutate(**{copied: later & suspects["copy:"], second: later & ~suspects["copy:"]})
        return suspects.drop("nth:", "copy:").union(rest.mutate(**{copied: never, second: never}))

    def _split(self, rows: ir.Table, repeated: ir.Table) -> tuple[ir.Table, ir.Table]:
        """Sound rows whose key is repeated, and all others."""
        marked = repeated.mutate(**{"repeated:": ibis.literal(True)})
        joined = rows.left_join(marked, [rows[name] == marked[f"key:{name}"] for name in self.contract.key])
        suspect = joined["repeated:"].fill_null(False) & joined["sound:"]
        columns = rows.columns
        return joined.filter(suspect).select(*columns), joined.filter(~suspect).select(*columns)

    def _rank(self, rows: ir.Table) -> ir.IntegerColumn:
        """0 for the row of a key that stays."""
        dated = [self.contract.recorded] if self.contract.recorded else []
        later = {column.name for column in self.contract.columns if column.known_with}
        order = sorted(self.columns, key=lambda name: (name not in dated, name in later))
        window = ibis.window(
            group_by=[rows[name] for name in self.contract.key],
            order_by=[rows[name].asc(nulls_first=True) for name in order],
        )
        return ibis.row_number().over(window)

    @cached_property
    def _sound(self) -> ir.Table:
        """Rows that fail nothing on their own."""
        return self.table.filter(*(~check.failed for check in self._checks)).select(*self.columns)

    @cached_property
    def _repeated(self) -> ir.Table | None:
        """Keys that sound rows have more than once; ``None`` where there is none, so that nothing need be joined."""
        named = {f"key:{name}": self._sound[name] for name in self.contract.key}
        counted = self._sound.group_by(**named).agg(rows=ibis._.count())
        return kept_if_any(counted.filter(counted.rows > 1).select(*named))

    @cached_property
    def _once(self) -> ir.Table:
        if self._repeated is None:
            return self._sound
        suspects, rest = self._split(self._sound.mutate(**{"sound:": ibis.literal(True)}), self._repeated)
        ranked = suspects.mutate(**{"nth:": self._rank(suspects)})
        first = ranked.filter(ranked["nth:"] == 0)
        return first.select(*self.columns).union(rest.select(*self.columns))

    @property
    def _references(self) -> tuple[Reference, ...]:
        return tuple(
            reference
            for reference in self.contract.references
            if reference.column in self.columns and self._parent(reference.table) is not None
        )

    @cached_property
    def _keys(self) -> ir.Table:
        """Clean keys (``there:``), held by the engine: several tables refer to them."""
        kept = self.clean()
        return held(kept.select(**{"there:": kept[self.contract.key[0]]}))

    def _unmatched(self, reference: Reference) -> ir.Table | None:
        """Values of a reference that no clean row has: ``key:``, and ``known:`` where a row set aside has it."""
        if reference not in self._lost:
            self._lost[reference] = self._search(reference)
        return self._lost[reference]

    @cached_property
    def _lost(self) -> dict[Reference, ir.Table | None]:
        return {}

    def _search(self, reference: Reference) -> ir.Table | None:
        parent = self._parent(reference.table)
        assert parent is not None
        named = self.table.filter(self.table[reference.column].notnull())
        wanted = named.select(**{"key:": named[reference.column]}).distinct()
        there = parent._keys
        lost = kept_if_any(wanted.anti_join(there, wanted["key:"] == there["there:"]))
        if lost is None:
            return None
        aside = parent.table.select(**{"aside:": parent.table[reference.target]}).distinct()
        joined = lost.left_join(aside, lost["key:"] == aside["aside:"])
        return held(joined.select("key:", **{"known:": joined["aside:"].notnull()}))


def absent(reference: Reference) -> str:
    """Reason of a reference to nothing: a question that is not known is an unknown value, all else an orphan."""
    return "unknown_value" if reference.table == "items" else "orphan"


def kept_if_any(table: ir.Table) -> ir.Table | None:
    """`table` computed once and held by the engine, or ``None`` when it has no row."""
    kept = held(table)
    return kept if int(kept.count().execute()) else None
