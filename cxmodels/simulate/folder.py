"""A company written to a study folder, block by block."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq

from cxmodels.simulate import dirt, traces, truth
from cxmodels.simulate.blocks import TABLES, blocks, calendar_of, shared_tables
from cxmodels.simulate.parameters import PARAMETERS

STUDY = """\
# Made by cxmodels.simulate: a company whose truth is known. truth.json says what is behind the tables.
[study]
name = "Maison Aurore"
currency = "EUR"
language = "en"
extracted_on = {extracted_on}
good_for = "Seeing every page at work, and checking estimates against the known truth in truth.json."
not_good_for = "Any statement about a real company: every customer is invented."

{tables}
[churn]
covariates = ["plan", "region", "joined_channel"]
window_months = 24
time_varying = ["satisfaction", "incidents"]
contact_cost = 1.0      # EUR a customer contacted
incentive = 10.0        # EUR, when the offer is taken

[clv]
horizon_months = 36
discount_rate = 0.10
acquired_by = "joined_channel"
groups = ["joined_channel", "region"]

[loyalty]
model = "loyalty.lav"   # further models, each with its source, are in theory/
survey = "annual"
weights = ["age_band"]
groups = ["age_band"]
[loyalty.moderation]    # does satisfaction matter less where leaving is hard?
model = "theory/exit_barriers.lav"
source = "satisfaction"
moderator = "coercive"
target = "behaviour"

[privacy]
min_cell = 10
purpose = "analytics"
consent = "opt_out"
"""


def write_study(
    folder: Path, customer_count: int, months: int, end: str, seed: int, dirty: Mapping[str, int] | bool | None
) -> Path:
    """Write the tables, ``study.toml``, path models and the truth; one block of customers is held at a time."""
    calendar = calendar_of(customer_count, months, end)
    dirt.wanted_rows(dirty)
    shared = shared_tables(customer_count, calendar, seed)
    realised: truth.Sums = {}
    added = dirt.Dirt()
    folder.mkdir(parents=True, exist_ok=True)
    with _Files(folder) as written:
        for number, block in enumerate(blocks(customer_count, calendar, seed)):
            tables = block.tables
            if number == 0:
                tables = {**shared, **tables}
                added = dirt.mix(dirty, tables, seed)
                tables["responses"] = traces.leave_traces(tables["responses"], added.traces)
            if added.email:
                tables["customers"] = traces.with_email(tables["customers"])
            for name, table in tables.items():
                written.put(name, dirt.as_text(table) if name in added.as_text else table, name in added.as_text)
            written.put("customer_types", block.types, False)
            realised = truth.add([realised, block.sums])
        for name in added.rows:
            written.put(name, added.table(name, written.schema(name)), name in added.as_text)

    recorded = truth.record(realised, PARAMETERS, calendar, customer_count, seed)
    recorded["dirt"] = added.counts
    recorded["personal_data"] = {"comments": added.traces, "customer_columns": ["email"] if added.email else []}
    (folder / "truth.json").write_text(json.dumps(recorded, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    settings = STUDY.format(
        extracted_on=date.fromisoformat(end) + timedelta(days=1),
        tables="".join(f'[tables.{name}]\npath = "{_file(name, name in added.as_text)}"\n' for name in TABLES),
    )
    (folder / "study.toml").write_text(settings, encoding="utf-8")
    _write_models(folder)
    return folder


def _write_models(folder: Path) -> None:
    """The path models: the one of the settings beside them, those of the theories in a folder of their own."""
    (folder / "theory").mkdir(exist_ok=True)
    for model in (files("cxmodels.simulate") / "theory").iterdir():
        place = folder if model.name == "loyalty.lav" else folder / "theory"
        (place / model.name).write_bytes(model.read_bytes())


class _Files:
    """The files of a study while they grow, opened with the first rows of each table."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._writers: dict[str, tuple[pq.ParquetWriter | csv.CSVWriter, pa.Schema]] = {}

    def __enter__(self) -> _Files:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.close()

    def put(self, name: str, table: pa.Table, as_text: bool) -> None:
        """Add rows."""
        if name not in self._writers:
            kind = csv.CSVWriter if as_text else pq.ParquetWriter
            writer = self._stack.enter_context(kind(self._folder / _file(name, as_text), table.schema))
            self._writers[name] = (writer, table.schema)
        self._writers[name][0].write_table(table)

    def schema(self, name: str) -> pa.Schema:
        """The columns a table is written with."""
        return self._writers[name][1]


def _file(name: str, as_text: bool) -> str:
    return f"{name}.csv" if as_text else f"{name}.parquet"
