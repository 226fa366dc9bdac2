"""Documentation covers what a user can write: every setting, every table and column, every exit code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from cxmodels.study.config import Settings
from cxmodels.study.contract import TABLES, TableContract
from cxmodels.study.sections import TableSection

ROOT = Path(__file__).resolve().parents[1]
STUDIES = (ROOT / "data" / "README.md").read_text(encoding="utf-8")


def settings() -> Iterator[str]:
    """Yield every key of study.toml with its section."""
    for section, field in Settings.model_fields.items():
        if section == "tables":
            yield from (f"tables.NAME.{key}" for key in TableSection.model_fields)
        elif isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from (f"{section}.{key}" for key in field.annotation.model_fields)


def documented() -> list[str]:
    """Return the keys in the table of settings."""
    return re.findall(r"^\| `([\w.]+\.\w+)` \|", STUDIES, flags=re.MULTILINE)


@pytest.mark.parametrize("key", list(settings()))
def test_every_setting_is_documented(key: str) -> None:
    assert key in documented()


def test_every_documented_setting_exists() -> None:
    assert set(documented()) <= set(settings())


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_table_is_documented_with_its_columns(table: TableContract) -> None:
    columns = ", ".join(f"`{c.name}`" if c.required else f"[`{c.name}`]" for c in table.columns)
    more = ", [any attribute]" if table.attributes else ""
    assert f"| `{table.name}` | {table.one_row} | {columns}{more} |" in STUDIES


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_value_a_column_is_limited_to_is_documented(table: TableContract) -> None:
    for column in table.columns:
        assert all(f"`{value}`" in STUDIES for value in column.allowed), column.name


@pytest.mark.parametrize(
    "file", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "reports/README.md"]
)
def test_what_a_document_points_to_is_there(file: str) -> None:
    here = ROOT / file
    for target in re.findall(r"\]\(([^)#:]+)\)", here.read_text(encoding="utf-8")):
        assert (here.parent / target).exists(), f"{file} points to {target}"
