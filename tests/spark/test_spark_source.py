from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cxmodels.study import SourceError, Study, open_study

pytestmark = pytest.mark.spark

HEAD = '[study]\nname = "Shop"\ncurrency = "EUR"\nextracted_on = 2020-06-30\n'
TABLES = """
[tables.customers]
path = "c/*.csv"
[tables.orders]
path = "o/*.parquet"
"""
# A file is named in SQL as each engine wants it.
CONSENTS = """
[tables.consents]
sql = '''
select order_id as customer_id, 'x' as purpose, true as granted, ordered_at as recorded_at from FILE
'''
"""
FILE = {"duckdb": "'o/1.parquet'", "spark": "parquet.`{study}/o/1.parquet`"}
FILES = {
    "c/1.csv": 'customer_id;joined_on;age;dep;Email;note\n1;2020-01-02;31;01;a@b.fr;"a;b"\n2;soon;;75;;"say ""hi"""\n',
    "c/2.csv": 'note,customer_id,joined_on\n"two\nlines",3,2020-03-04\n',
}


def parquet(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    # Spark reads no nanoseconds.
    pd.DataFrame(columns).to_parquet(buffer, coerce_timestamps="us")
    return buffer.getvalue()


@pytest.fixture
def both(spark: Any, tmp_path: Path) -> Callable[[str], tuple[Study, Study]]:
    """Open the same study on DuckDB and on Spark."""

    def opened(toml: str) -> tuple[Study, Study]:
        studies = []
        for engine, url in (("duckdb", "duckdb://"), ("spark", "spark://local[2]")):
            folder = tmp_path / engine
            text = f'{HEAD}[source]\nurl = "{url}"\n{toml}{CONSENTS.replace("FILE", FILE[engine])}'
            days = [pd.Timestamp("2020-03-01 10:00"), pd.Timestamp("2020-05-31 12:30")]
            files = {
                **{name: content.encode() for name, content in FILES.items()},
                "o/1.parquet": parquet(order_id=["a", "b"], customer_id=[1, 2], ordered_at=days, amount=[1.5, 2.5]),
                "o/2.parquet": parquet(
                    amount=[3.5], channel=["web"], customer_id=[3], ordered_at=days[:1], order_id=["c"]
                ),
                "study.toml": text.encode(),
            }
            for name, content in files.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes(content)
            studies.append(open_study(folder))
        return studies[0], studies[1]

    return opened


def test_tables_of_every_kind_are_the_same_on_both_engines(both: Callable[[str], tuple[Study, Study]]) -> None:
    here, there = both(TABLES)
    assert there.connection.name == "pyspark"
    assert there.tables == here.tables == ("customers", "orders", "consents")
    assert there.months() == here.months() == ("2020-01", "2020-05")
    for name in here.tables:
        mine, other = here.table(name), there.table(name)
        assert set(other.columns) == set(mine.columns)
        assert dict(there.left_out(name)) == dict(here.left_out(name))
        key = mine.columns[0]
        columns = sorted(mine.columns)
        expected = mine.order_by(key).select(columns).to_pyarrow().to_pylist()
        found = other.order_by(key).select(columns).to_pyarrow().to_pylist()
        # Spark gives a timestamp its zone, which is UTC on both.
        plain = [{c: v.replace(tzinfo=None) if hasattr(v, "tzinfo") else v for c, v in row.items()} for row in found]
        assert plain == expected


def test_a_broken_line_is_told_on_spark_too_and_not_shown(
    both: Callable[[str], tuple[Study, Study]], recwarn: pytest.WarningsRecorder
) -> None:
    _, there = both(TABLES)
    file = there.folder / "c" / "1.csv"
    file.write_text(FILES["c/1.csv"] + "9;2020-01-02;31;01;marie@example.org;x;too;many\n")
    with pytest.raises(SourceError) as caught:
        open_study(there.folder).months()
    assert "tables.customers" in str(caught.value)
    assert "marie" not in str(caught.value)
    assert not any("marie" in str(warning.message) for warning in recwarn)
