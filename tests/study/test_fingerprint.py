from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb

from cxmodels.study import load_settings, open_study
from cxmodels.study.fingerprint import file_fingerprints

MakeStudy = Callable[..., Path]
CUSTOMERS = '[tables.customers]\npath = "customers*.csv"\n'
COSTS = "[tables.costs]\nsql = \"select * from read_csv('costs.csv')\"\n"
FILES = {
    "customers.csv": "customer_id,joined_on\n1,2020-01-02\n",
    "costs.csv": "channel,month,cost\nweb,2020-01-01,3\n",
}


def test_unchanged_tables_keep_their_fingerprint_and_it_needs_no_engine(make_study: MakeStudy) -> None:
    folder = make_study(CUSTOMERS + COSTS, FILES)
    words = file_fingerprints(load_settings(folder))
    assert set(words) == {"customers", "costs"}
    assert None not in words.values()
    assert words == file_fingerprints(load_settings(folder)) == open_study(folder).fingerprint()


def test_a_byte_changed_changes_the_table_it_belongs_to_alone(make_study: MakeStudy) -> None:
    folder = make_study(CUSTOMERS + COSTS, FILES)
    before = file_fingerprints(load_settings(folder))
    (folder / "costs.csv").write_text("channel,month,cost\nweb,2020-01-01,4\n")
    after = file_fingerprints(load_settings(folder))
    assert after["customers"] == before["customers"]
    assert after["costs"] != before["costs"]


def test_a_further_file_of_a_glob_changes_the_fingerprint(make_study: MakeStudy) -> None:
    folder = make_study(CUSTOMERS, FILES)
    before = file_fingerprints(load_settings(folder))
    (folder / "customers2.csv").write_text("customer_id,joined_on\n2,2020-01-02\n")
    assert file_fingerprints(load_settings(folder)) != before


def test_other_sql_changes_the_fingerprint(make_study: MakeStudy) -> None:
    one = make_study(COSTS, FILES, name="one")
    two = make_study(COSTS.replace("select *", "select channel, month, 2 * cost as cost"), FILES, name="two")
    assert file_fingerprints(load_settings(one)) != file_fingerprints(load_settings(two))


def test_a_study_that_moves_keeps_its_fingerprint(make_study: MakeStudy, tmp_path: Path) -> None:
    folder = make_study(CUSTOMERS + COSTS, FILES)
    before = file_fingerprints(load_settings(folder))
    folder.rename(tmp_path / "moved")
    assert file_fingerprints(load_settings(tmp_path / "moved")) == before


def test_rows_that_no_file_holds_are_told_by_a_checksum_of_the_engine(make_study: MakeStudy, tmp_path: Path) -> None:
    file = tmp_path / "shop.duckdb"
    with duckdb.connect(str(file)) as database:
        database.execute("create table spent as select 'web' as channel, date '2020-01-01' as month, 3.0 as cost")
        database.execute("insert into spent values ('shop', '2020-01-01', null)")
    toml = f'[source]\nurl = "duckdb://{file}"\n[tables.costs]\nsql = "select * from spent"\n'
    folder = make_study(toml, {})
    assert file_fingerprints(load_settings(folder)) == {"costs": None}
    before = open_study(folder).fingerprint()
    with duckdb.connect(str(file)) as database:
        database.execute("create table turned as select * from spent order by channel")
        database.execute("drop table spent")
        database.execute("alter table turned rename to spent")
    assert open_study(folder).fingerprint() == before
    with duckdb.connect(str(file)) as database:
        database.execute("update spent set cost = 3.5 where channel = 'web'")
    assert open_study(folder).fingerprint() != before


def test_an_engine_that_cannot_hash_counts_as_changed_each_time(make_study: MakeStudy, tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with sqlite3.connect(file) as database:
        database.execute("create table spent (channel text, month text, cost real)")
    toml = f'[source]\nurl = "sqlite://{file}"\n[tables.costs]\nsql = "select * from spent"\n'
    study = open_study(make_study(toml, {}))
    assert study.fingerprint() != study.fingerprint()
