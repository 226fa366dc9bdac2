from __future__ import annotations

import re
from pathlib import Path

import pytest

from cxmodels.study.contract import TABLES, TableContract

EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def test_the_contract_has_the_tables_of_the_design() -> None:
    assert list(TABLES) == [
        "customers", "contracts", "orders", "responses", "answers", "items", "invitations", "interactions", "costs",
        "identities", "consents", "actions",
    ]  # fmt: skip


@EVERY
def test_keys_references_and_pairs_name_columns_that_exist(table: TableContract) -> None:
    names = set(table.names)
    assert len(names) == len(table.columns)
    assert set(table.key) <= set(table.required)
    for reference in table.references:
        assert reference.column in names
        assert reference.target in TABLES[reference.table].key
    for pair in table.pairs:
        assert {pair.start, pair.end} <= names
        assert table.column(pair.start).type == table.column(pair.end).type
    for column in table.columns:
        if column.known_with is not None:
            assert column.known_with in table.times
            assert not column.required
    if table.recorded is not None:
        assert table.recorded in table.times
        assert table.column(table.recorded).required


@EVERY
def test_every_column_says_what_it_means_and_bounds_hold_for_numbers_only(table: TableContract) -> None:
    assert table.one_row
    for column in table.columns:
        assert column.meaning
        if column.minimum is not None or column.maximum is not None or column.unit is not None:
            assert column.type == "float64"
        if column.allowed:
            assert column.type == "string"


@EVERY
def test_whatever_may_name_a_person_is_marked(table: TableContract) -> None:
    for column in table.columns:
        if column.name.endswith("_id") or column.name == "comment":
            assert column.personal, f"{table.name}.{column.name}"


def test_only_customers_take_attributes() -> None:
    assert [name for name, table in TABLES.items() if table.attributes] == ["customers"]


def test_a_return_may_be_negative_and_a_fee_may_not() -> None:
    assert TABLES["orders"].column("amount").minimum is None
    assert TABLES["contracts"].column("monthly_fee").minimum == 0
    assert TABLES["contracts"].column("margin_rate").maximum == 1


def test_the_documentation_names_every_column(root: Path) -> None:
    text = (root / "data" / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \|(.+)$", text, flags=re.MULTILINE))
    for name, table in TABLES.items():
        for column in table.columns:
            written = f"`{column.name}`" if column.required else f"[`{column.name}`]"
            assert written in rows[name], f"{name}.{column.name}"
