"""What the data of a month are: what passed, what was set aside and why, what is there, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxmodels.estimate import Estimate
from cxmodels.look import Figure, dates, numbers
from cxmodels.report.coverage import coverage_figure, coverage_title
from cxmodels.report.page import Card, Shown, cards, headline, note, points, record, sentence
from cxmodels.report.tables import Markup, table
from cxmodels.study.checks import in_words
from cxmodels.study.contract import TABLES

if TYPE_CHECKING:
    from cxmodels.study import Study
    from cxmodels.study.quality import Quality
    from cxmodels.study.snapshot import Snapshot
    from cxmodels.verdict import Verdict

MONTHS_SHOWN = 36


@dataclass(frozen=True)
class DataPage:
    """The data of one study as known on a day; each method is one part of the page.

    Attributes
    ----------
    study
        An open study.
    month
        ``"2026-09"``; empty: the last complete month the data cover.
    """

    study: Study
    month: str = ""

    @cached_property
    def snapshot(self) -> Snapshot:
        """The tables as known at the end of the month."""
        return self.study.snapshot(self.month)

    @property
    def quality(self) -> Quality:
        """The checks of every row."""
        return self.study.quality()

    @property
    def verdict(self) -> Verdict:
        """Whether the data can carry the answers of the month."""
        return self.quality.verdict

    def headline(self) -> Shown:
        """How much passed, what was set aside, and which table is worst."""
        aside, total = self._total("set_aside"), self._total("rows")
        usable = 1 - aside / total if total else 0.0
        day = dates.day(self.snapshot.as_of)
        if aside == 0:
            title = f"All {numbers.count(total)} rows passed every check"
            worst = "No row had to be set aside."
        else:
            title = f"{numbers.share(usable)} of the rows passed every check"
            line = self._worst
            worst = (
                f"<b>{numbers.count(aside)}</b> rows were set aside, each with its reason; "
                f"{line['table']} suffers most, with {numbers.share(line['set_aside'] / line['rows'])} of its rows."
            )
        lead = f"<b>{numbers.count(total)}</b> rows in {len(self.quality.tables)} tables were checked. {worst}"
        if "customers" in self.study.tables:
            lead += (
                f" <b>{numbers.count(self._customers)}</b> customers are counted as known on {day}; "
                f"{numbers.count(self._refused)} without consent are left out."
            )
        return headline(title, lead, self.verdict)

    def cards(self) -> Shown:
        """Rows that passed, rows set aside, customers, refusals."""
        total = self._total("rows")
        usable = self._total("usable")
        shown = [
            Card("Rows that passed", Estimate.exact(usable / total if total else 0.0, "share", total)),
            Card("Rows set aside", Estimate.exact(total - usable, "rows", total)),
        ]
        if "customers" in self.study.tables:
            shown += [
                Card("Customers known", Estimate.exact(self._customers, "customers", self._customers)),
                Card(
                    "Left out, no consent", Estimate.exact(self._refused, "customers", self._customers + self._refused)
                ),
            ]
        return cards(shown)

    def reasons(self) -> Shown:
        """Every reason with its table, column and rows, the most frequent first."""
        counts = self.quality.counts.sort_values("rows", ascending=False, kind="stable")
        if counts.empty:
            return sentence("No row was set aside: every value has its type and lies where its column allows.")
        rows = dict(zip(self.quality.tables["table"], self.quality.tables["rows"], strict=True))
        frame = pd.DataFrame(
            {
                "table": counts["table"],
                "column": counts["column"],
                "reason": [in_words(row.table, row.column, row.reason) for row in counts.itertuples()],
                "rows": counts["rows"],
                "share_of_table": [row.rows / rows[row.table] for row in counts.itertuples()],
            }
        )
        hint = "A row with several faults counts once for each, and is set aside once."
        return table(frame, {"share_of_table": "share"}, hint=hint)

    def tables(self) -> Shown:
        """The tables there are: rows, what passed, which months they reach over, what is known on the day."""
        lines = []
        for line in self.quality.tables.itertuples():
            known, first, last = self._span(line.table)
            lines.append(
                {
                    "table": line.table,
                    "one_row_is": TABLES[line.table].one_row,
                    "rows": line.rows,
                    "set_aside": line.set_aside,
                    "used_this_month": known,
                    "from": _month_of(first),
                    "to": _month_of(last),
                }
            )
        hint = "Used this month: rows that passed, recorded by the day, of customers whose data may be used."
        return table(pd.DataFrame(lines), hint=hint)

    def absent(self) -> Shown:
        """Tables of the contract the study has not, and the pages that need them."""
        from cxmodels.report.plan import read_plan

        file = self.study.root / "notebooks" / "plan.toml"
        planned = read_plan(file).notebooks if file.is_file() else ()
        absent = [contract for name, contract in TABLES.items() if name not in self.study.tables]
        lines, unused = [], []
        for contract in absent:
            stopped = [notebook.title for notebook in planned if notebook.stopped_by(contract.name, self.study.tables)]
            if stopped:
                lines.append(
                    f"<b>{contract.name}</b> (one row is {contract.one_row}): without it there is no page "
                    f"{' and no page '.join(stopped)}."
                )
            else:
                unused.append(f"<b>{contract.name}</b> ({contract.one_row})")
        if unused:
            lines.append(f"Absent, and no page is left out for it: {', '.join(unused)}.")
        return points(lines) if lines else sentence("The study has every table there is a use for.")

    def coverage(self) -> Figure | Shown:
        """Rows by month of every table that has a date."""
        counted = self._by_month()
        if counted.empty:
            return note("No table has a date, so nothing can be said about coverage in time.")
        return coverage_figure(counted, coverage_title(counted))

    def missing(self) -> Shown:
        """Values that are not there, by column, in the rows used this month."""
        lines = []
        for name in self.study.tables:
            rows, empty = self._empty(name)
            lines += [
                {"table": name, "column": column, "missing": count, "share_of_rows": count / rows}
                for column, count in empty.items()
                if count
            ]
        if not lines:
            return sentence("No value is missing in the rows used this month.")
        frame = pd.DataFrame(lines).sort_values("share_of_rows", ascending=False, kind="stable")
        hint = "Ends that lie ahead are not counted as missing: a contract that runs has none."
        return table(frame, {"share_of_rows": "share"}, hint=hint, bars="share_of_rows")

    def persons(self) -> Shown:
        """Who is left out for lack of consent, and the columns that never pass because they name a person."""
        purpose, rule = self.study.settings.privacy.purpose, self.study.settings.privacy.consent
        how = "a recorded refusal leaves a customer out" if rule == "opt_out" else "only a recorded yes stays in"
        lines = [
            f"{row.reason.capitalize()}: <b>{numbers.count(row.customers)}</b> customers."
            for row in self.snapshot.excluded.itertuples()
            if row.customers or row.reason != "not known yet"
        ]
        for line in self.quality.tables.itertuples():
            lines += [
                f"<b>{line.table}.{column}</b> is left out: {reason}."
                for column, reason in line.columns_left_out.items()
            ]
        lines.insert(0, f"Purpose <b>{purpose}</b>: {how}.")
        return points([*lines, "Customers appear under pseudonyms that only this study's secret can make again."])

    def use(self) -> Shown:
        """What the study says its data are good for, and not good for."""
        said = self.study.settings.study
        lines = [("Good for", said.good_for), ("Not good for", said.not_good_for)]
        told = [f"<b>{words}:</b> {text}" for words, text in lines if text]
        return points(told) if told else note("The study does not say what its data are good for.")

    def results(self) -> Shown:
        """The figures of this page for `results.json`."""
        total, usable = self._total("rows"), self._total("usable")
        figures = {
            "data.rows": Estimate.exact(total, "rows", total),
            "data.usable_share": Estimate.exact(usable / total if total else 0.0, "share", total),
        }
        if "customers" in self.study.tables:
            everyone = self._customers + self._refused
            figures["data.customers"] = Estimate.exact(self._customers, "customers", everyone)
            figures["data.refused"] = Estimate.exact(self._refused, "customers", everyone)
        for line in self.quality.tables.itertuples():
            figures[f"data.rows.{line.table}"] = Estimate.exact(line.rows, "rows", line.rows)
        rows = dict(zip(self.quality.tables["table"], self.quality.tables["rows"], strict=True))
        for (name, reason), count in self.quality.counts.groupby(["table", "reason"])["rows"].sum().items():
            figures[f"data.set_aside.{name}.{reason}"] = Estimate.exact(int(count), "rows", int(rows[name]))
        return record(figures)

    @cached_property
    def _customers(self) -> int:
        return self._span("customers")[0]

    @cached_property
    def _refused(self) -> int:
        excluded = self.snapshot.excluded
        return int(excluded.loc[excluded["reason"] != "not known yet", "customers"].sum())

    def _total(self, column: str) -> int:
        return int(self.quality.tables[column].sum())

    @property
    def _worst(self) -> Any:
        filled = self.quality.tables[self.quality.tables["rows"] > 0]
        return filled.loc[(filled["set_aside"] / filled["rows"]).idxmax()]

    @cached_property
    def _spans(self) -> dict[str, tuple[int, Any, Any]]:
        return {}

    def _span(self, name: str) -> tuple[int, Any, Any]:
        """Rows known on the day, and the first and last time in them."""
        if name not in self._spans:
            rows, when = self.snapshot.numbered(name), TABLES[name].recorded
            asked = {"rows": rows.count()}
            if when:
                asked |= {"first": rows[when].min(), "last": rows[when].max()}
            found = rows.aggregate(**asked).to_pyarrow().to_pylist()[0]
            self._spans[name] = int(found["rows"]), found.get("first"), found.get("last")
        return self._spans[name]

    def _by_month(self) -> pd.DataFrame:
        """``table``, ``month`` (a period), ``rows``; months without rows too, the last 36 up to the day."""
        end = pd.Period(self.snapshot.as_of, freq="M")
        shown = pd.period_range(end=end, periods=MONTHS_SHOWN, freq="M")
        parts = []
        for name in self.study.tables:
            if when := TABLES[name].recorded:
                rows = self.snapshot.numbered(name)
                keyed = rows.select(year=rows[when].year(), number=rows[when].month())
                counted = keyed.group_by("year", "number").aggregate(rows=keyed.count()).to_pyarrow().to_pylist()
                by_month = {pd.Period(year=one["year"], month=one["number"], freq="M"): one["rows"] for one in counted}
                start = max(shown[0], min(by_month, default=end))
                months = pd.period_range(start, end, freq="M")
                parts.append(
                    pd.DataFrame({"table": name, "month": months, "rows": [by_month.get(one, 0) for one in months]})
                )
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["table", "month", "rows"])

    def _empty(self, name: str) -> tuple[int, dict[str, int]]:
        """Rows used, and by column those without a value; ends that lie ahead do not count."""
        ahead = {column.name for column in TABLES[name].columns if column.known_with}
        rows = self.snapshot.numbered(name)
        asked = {column: rows[column].isnull().sum() for column in rows.columns if column not in ahead}
        found = rows.aggregate(**asked, **{"rows:": rows.count()}).to_pyarrow().to_pylist()[0]
        counts = {"customer_id" if column == "customer" else column: int(count or 0) for column, count in found.items()}
        return counts.pop("rows:"), counts


def _month_of(when: date | None) -> Markup | None:
    """A month in a form that sorts, or nothing."""
    return None if when is None else Markup(f"{when:%Y-%m}")
