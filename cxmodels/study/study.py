"""A study: its settings and its tables, and the doors to their checks and to what was known on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from cxmodels.study.config import Settings, load_settings
from cxmodels.study.contract import TABLES
from cxmodels.study.errors import MissingTable, nearest

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.sql import SQLBackend

    from cxmodels.study.quality import Quality
    from cxmodels.study.snapshot import Snapshot
    from cxmodels.study.source import MappedTable


class Study:
    """A study that is open: one connection, the tables it names, nothing read into memory.

    Parameters
    ----------
    settings
        What its ``study.toml`` says.

    Raises
    ------
    SourceError
        When a file, a column, a type, a query or the connection is not as the settings and the contract say.
    """

    def __init__(self, settings: Settings) -> None:
        from cxmodels.study.engine import connect
        from cxmodels.study.source import map_tables

        self._settings = settings
        self._connection = connect(settings)
        self._mapped: dict[str, MappedTable] = map_tables(settings, self._connection)
        self._taken: WeakValueDictionary[date, Snapshot] = WeakValueDictionary()

    def __repr__(self) -> str:
        return f"Study({self.settings.study.name!r}: {', '.join(self.tables)})"

    @property
    def settings(self) -> Settings:
        """What ``study.toml`` says."""
        return self._settings

    @property
    def folder(self) -> Path:
        """The study folder (absolute)."""
        return self._settings.folder

    @property
    def root(self) -> Path:
        """The project's root: the nearest folder above with ``notebooks/plan.toml``, else the working directory."""
        return project_root(self.folder)

    @property
    def connection(self) -> SQLBackend:
        """The Ibis backend that holds the tables."""
        return self._connection

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables this study has, in the order of the contract."""
        return tuple(self._mapped)

    def table(self, name: str) -> ir.Table:
        """A table with the columns of the contract, by name, before any check; text where the source has text.

        Raises
        ------
        MissingTable
            When the study has no such table.
        """
        return self._found(name).rows

    def left_out(self, name: str) -> Mapping[str, str]:
        """Columns the source has and the study does not take, with the reason.

        Raises
        ------
        MissingTable
            When the study has no such table.
        """
        return self._found(name).left_out

    def quality(self) -> Quality:
        """Every row checked; computed once."""
        return self._quality

    def snapshot(self, when: str | date | None = None) -> Snapshot:
        """The tables as known on a day; the same snapshot as long as somebody holds it, with what was worked out of it.

        Parameters
        ----------
        when
            A month ``"2026-09"`` (its last day), a day ``"2026-09-30"`` or `date`; empty: the last complete month.
        """
        from cxmodels.study.snapshot import take

        found = take(self, when)
        return self._taken.setdefault(found.as_of, found)

    def months(self) -> tuple[str, str]:
        """First month with a date and last complete month the data cover, as ``"YYYY-MM"``.

        Dates after ``extracted_on`` do not count. Where ``extracted_on`` is not set, the month of the last date is
        complete only if that date is its last day. Every line of a text file is read for this, so a file that cannot
        be read is found here at the latest.

        Raises
        ------
        NothingToCompute
            When no table has a date, or no month is complete.
        SourceError
            When a file turns out to be unreadable.
        """
        return self._months

    def last_month(self) -> str:
        """The last complete month the data cover, as ``"YYYY-MM"``; see `months`."""
        return self._months[1]

    def fingerprint(self) -> dict[str, str]:
        """One hex word a table; it changes when what the table is read from changes."""
        from cxmodels.study.fingerprint import fingerprint

        return fingerprint(self._settings, self)

    def _found(self, name: str) -> MappedTable:
        if name not in self._mapped:
            known = "" if name in TABLES else f"; not a table of the contract{nearest(name, TABLES)}"
            raise MissingTable(
                f"{self.settings.file}: this study has no table {name!r}{known}; it has: {', '.join(self.tables)}"
            )
        return self._mapped[name]

    @cached_property
    def _months(self) -> tuple[str, str]:
        from cxmodels.study.months import complete_months

        return complete_months(self)

    @cached_property
    def _quality(self) -> Quality:
        from cxmodels.study.quality import assess

        return assess(self)


def open_study(path: str | Path) -> Study:
    """Open the study in a folder or its ``study.toml``; a relative path is looked for upwards.

    Raises
    ------
    StudyError
        When there is no such study, or its settings or tables are wrong.
    """
    return Study(load_settings(path))


def project_root(folder: Path) -> Path:
    """The nearest folder above `folder`, or above the working directory, that holds ``notebooks/plan.toml``.

    The working directory when there is none.
    """
    here = Path.cwd()
    for place in (folder, *folder.parents, here, *here.parents):
        if (place / "notebooks" / "plan.toml").is_file():
            return place
    return here
