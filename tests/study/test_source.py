from __future__ import annotations

import gzip
import io
import sqlite3
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from cxmodels.study import MissingTable, SourceError, StudyError, open_study
from cxmodels.study.engine import MEMORY_LIMIT, told

MakeStudy = Callable[..., Path]
CUSTOMERS = '[tables.customers]\npath = "customers.csv"\n'
KUNDEN = '[tables.customers]\nsql = "select id customer_id, seit joined_on from kunden"\n'
TWO = "customer_id,joined_on\n1,2020-01-02\n2,2020-02-03\n"


def parquet(**columns: list[object]) -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame(columns).to_parquet(buffer)
    return buffer.getvalue()


def rows(folder: Path, table: str = "customers") -> list[dict[str, object]]:
    found = open_study(folder).table(table)
    return found.order_by(found.columns[0]).to_pyarrow().to_pylist()


def refusal(folder: Path) -> str:
    with pytest.raises(SourceError) as caught:
        open_study(folder)
    return str(caught.value)


def test_csv_columns_of_the_contract_are_text_so_that_a_bad_value_stops_nothing(make_study: MakeStudy) -> None:
    folder = make_study(CUSTOMERS, {"customers.csv": TWO + "3,yesterday\n"})
    assert rows(folder)[2] == {"customer_id": "3", "joined_on": "yesterday"}


def test_attributes_of_a_csv_are_numbers_when_all_their_values_are(make_study: MakeStudy) -> None:
    text = (
        "customer_id,joined_on,age,score,department,note,dialled\n"
        "1,2020-01-02,31,1.5,01,x,+33612345678\n2,2020-01-02,,2e1,75,4,+33612345678\n"
    )
    first, second = rows(make_study(CUSTOMERS, {"customers.csv": text}))
    assert (first["age"], second["age"]) == (31.0, None)
    assert (first["score"], second["score"]) == (1.5, 20.0)
    assert (first["department"], second["department"]) == ("01", "75")
    assert (first["note"], second["note"]) == ("x", "4")
    assert first["dialled"] == "+33612345678"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_of_a_text_file_is_found_and_quotes_are_understood(make_study: MakeStudy, separator: str) -> None:
    text = TWO.replace(",", separator) + f'"a{separator}""b""\nc"{separator}2020-01-04\n'
    found = rows(make_study(CUSTOMERS, {"customers.csv": text}))
    assert [row["customer_id"] for row in found] == ["1", "2", f'a{separator}"b"\nc']


def test_a_byte_order_mark_and_windows_line_ends_are_no_part_of_the_data(make_study: MakeStudy) -> None:
    folder = make_study(CUSTOMERS, {"customers.csv": TWO.replace("\n", "\r\n").encode("utf-8-sig")})
    assert rows(folder)[0] == {"customer_id": "1", "joined_on": "2020-01-02"}


def test_a_gzipped_file_is_read(make_study: MakeStudy) -> None:
    folder = make_study('[tables.customers]\npath = "c.csv.gz"\n', {"c.csv.gz": gzip.compress(TWO.encode())})
    assert len(rows(folder)) == 2


def test_a_glob_joins_files_by_column_name(make_study: MakeStudy) -> None:
    files = {"c/1.csv": TWO, "c/2.csv": "region;joined_on;customer_id\nNord;2020-03-04;3\n"}
    found = rows(make_study('[tables.customers]\npath = "c/*.csv"\n', files))
    assert found[0] == {"customer_id": "1", "joined_on": "2020-01-02", "region": None}
    assert found[2] == {"customer_id": "3", "joined_on": "2020-03-04", "region": "Nord"}


def test_a_column_in_which_nothing_stands_yet_has_no_type_and_is_taken(make_study: MakeStudy) -> None:
    day = [pd.Timestamp("2020-01-02")]
    content = parquet(contract_id=["a"], customer_id=["1"], started_on=day, ended_on=[None])
    study = open_study(make_study('[tables.contracts]\npath = "c.parquet"\n', {"c.parquet": content}))
    assert study.quality().clean("contracts").ended_on.to_pandas().isna().tolist() == [True]


def test_a_glob_of_parquet_joins_files_by_column_name(make_study: MakeStudy) -> None:
    day = pd.Timestamp("2020-01-02")
    files = {
        "o/1.parquet": parquet(order_id=["a"], customer_id=[1], ordered_at=[day], amount=[1.5]),
        "o/2.parquet": parquet(amount=[2.5], channel=["web"], customer_id=[2], ordered_at=[day], order_id=["b"]),
    }
    found = rows(make_study('[tables.orders]\npath = "o/*.parquet"\n', files), "orders")
    assert [(row["order_id"], row["amount"], row["channel"]) for row in found] == [("a", 1.5, None), ("b", 2.5, "web")]


@pytest.mark.parametrize("name", ["plain", "it's here", "a[1]"])
def test_a_study_may_lie_in_a_folder_of_any_name(make_study: MakeStudy, name: str) -> None:
    sql = "[tables.costs]\nsql = \"select * from read_csv('costs.csv')\"\n"
    files = {"customers.csv": TWO, "costs.csv": "channel,month,cost\nweb,2020-01-01,3\n"}
    study = open_study(make_study(CUSTOMERS + sql, files, name=name))
    assert study.table("customers").count().to_pyarrow().as_py() == 2
    assert study.table("costs").count().to_pyarrow().as_py() == 1


def test_sql_names_the_study_folder_and_packages_in_braces(make_study: MakeStudy) -> None:
    toml = """
[source.packages]
lib = "cxmodels"
[tables.items]
sql = '''
select 'q1' as item, 0 as scale_min, 10 as scale_max, '{study}' || {'a': 'b'}.a as wording, '{lib}' as construct
'''
"""
    folder = make_study(toml, {}, name="it's")
    (found,) = rows(folder, "items")
    assert found["wording"] == f"{folder.as_posix()}b"
    assert Path(str(found["construct"])).name == "cxmodels"


def test_names_outside_the_contract_and_identifiers_are_left_out_and_listed(make_study: MakeStudy) -> None:
    files = {
        "customers.csv": "customer_id,joined_on,region,E-mail\n1,2020-01-02,Nord,a@b.fr\n",
        "o.parquet": parquet(
            order_id=["a"],
            customer_id=["1"],
            ordered_at=[pd.Timestamp("2020-01-02")],
            amount=[1.0],
            basket=[3],
            iban=["F"],
        ),
    }
    study = open_study(make_study(CUSTOMERS + '[tables.orders]\npath = "o.parquet"\n', files))
    assert study.table("customers").columns == ("customer_id", "joined_on", "region")
    assert study.left_out("customers") == {"E-mail": "direct identifier"}
    assert study.table("orders").columns == ("order_id", "customer_id", "ordered_at", "amount")
    assert study.left_out("orders") == {"basket": "not in the contract", "iban": "direct identifier"}


def test_a_list_is_no_attribute(make_study: MakeStudy) -> None:
    content = parquet(customer_id=["1"], joined_on=[pd.Timestamp("2020-01-02")], tags=[["a", "b"]])
    study = open_study(make_study('[tables.customers]\npath = "c.parquet"\n', {"c.parquet": content}))
    assert study.left_out("customers") == {"tags": "not a single value"}


def test_a_table_the_study_lacks_is_named_with_those_it_has(make_study: MakeStudy) -> None:
    study = open_study(make_study(CUSTOMERS, {"customers.csv": TWO}))
    assert study.tables == ("customers",)
    with pytest.raises(MissingTable, match="no table 'orders'; it has: customers"):
        study.table("orders")
    with pytest.raises(MissingTable, match="did you mean 'customers'"):
        study.table("custmers")


def test_a_missing_file_is_told_with_what_lies_there(make_study: MakeStudy) -> None:
    said = refusal(make_study('[tables.customers]\npath = "custmers.csv"\n', {"customers.csv": TWO}))
    assert "tables.customers.path: 'custmers.csv': no such file; did you mean 'customers.csv'?" in said
    assert "study.toml" in said


def test_a_missing_folder_is_told(make_study: MakeStudy) -> None:
    assert "there is no folder" in refusal(make_study('[tables.customers]\npath = "in/c.csv"\n', {}))


def test_missing_columns_are_told_with_the_nearest(make_study: MakeStudy) -> None:
    said = refusal(make_study(CUSTOMERS, {"customers.csv": "Customer_ID,joined,x\n1,2020-01-02,3\n"}))
    assert "2 problems" in said
    assert "required column 'customer_id' (string, the customer) is missing; did you mean 'Customer_ID'?" in said
    assert "required column 'joined_on'" in said
    assert said.count("found columns: Customer_ID, joined, x; sql in place of path renames them: ") == 1
    assert said.endswith("\"select ... customer_id, ... from read_csv('customers.csv', all_varchar = true)\"")


def test_a_date_in_another_form_is_told_with_what_reads_the_others(make_study: MakeStudy) -> None:
    sql = "select id customer_id, strptime(day, '%d/%m/%Y') joined_on from read_csv('c.csv', all_varchar = true)"
    folder = make_study(f'[tables.customers]\nsql = "{sql}"\n', {"c.csv": "id,day\na,31/01/2020\nb,2020-02-01\n"})
    with pytest.raises(SourceError, match="try_strptime in place of strptime leaves empty what it cannot read"):
        open_study(folder).quality().tables  # noqa: B018  # a property that reads
    mended = (folder / "study.toml").read_text().replace("strptime", "try_strptime")
    (folder / "study.toml").write_text(mended)
    assert open_study(folder).quality().tables.usable.tolist() == [1]


def test_every_wrong_table_is_told_at_once(make_study: MakeStudy) -> None:
    toml = CUSTOMERS + '[tables.orders]\npath = "orders.csv"\n'
    said = refusal(make_study(toml, {"customers.csv": "a,b\n1,2\n"}))
    assert "tables.customers.path: 'customers.csv'" in said
    assert "tables.orders.path: 'orders.csv'" in said


def test_a_type_that_can_never_be_right_is_told(make_study: MakeStudy) -> None:
    content = parquet(customer_id=[1.0], joined_on=[20200101])
    said = refusal(make_study('[tables.customers]\npath = "c.parquet"\n', {"c.parquet": content}))
    assert "column 'customer_id': found type float64, expected string" in said
    assert "column 'joined_on': found type int64, expected date" in said


def test_a_broken_parquet_file_is_told(make_study: MakeStudy) -> None:
    said = refusal(make_study('[tables.customers]\npath = "c.parquet"\n', {"c.parquet": b"PAR1 and nothing PAR1"}))
    assert "tables.customers.path: 'c.parquet'" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "found an empty line"), ("customer_id,joined_on,joined_on\n", "named twice: 'joined_on'")],
)
def test_a_csv_without_a_usable_header_is_told(make_study: MakeStudy, content: str, said: str) -> None:
    assert said in refusal(make_study(CUSTOMERS, {"customers.csv": content}))


def test_wrong_sql_is_told_with_the_engines_reason(make_study: MakeStudy) -> None:
    toml = "[tables.customers]\nsql = \"select Id customer_id, joind joined_on from read_csv('c.csv')\"\n"
    said = refusal(make_study(toml, {"c.csv": "Id,joined\n1,2020-01-02\n"}))
    assert 'tables.customers.sql: Binder Error: Referenced column "joind" not found' in said
    assert "CREATE" not in said


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b"3,2020-01-02,marie@example.org,more\n", "Line: 4 Expected Number of Columns: 2 Found: 3"),
        ("é,2020-01-02\n".encode("latin-1"), "save it as UTF-8"),
    ],
)
def test_a_broken_line_is_told_by_its_place_and_not_shown(make_study: MakeStudy, broken: bytes, said: str) -> None:
    study = open_study(make_study(CUSTOMERS, {"customers.csv": TWO.encode() + broken}))
    with pytest.raises(SourceError) as caught:
        study.last_month()
    assert said in str(caught.value)
    assert "customers.csv" in str(caught.value)
    assert "marie" not in str(caught.value)


def test_a_covariate_must_be_a_column_that_may_be_shown(make_study: MakeStudy) -> None:
    toml = CUSTOMERS + '[churn]\ncovariates = ["regio", "email", "customer_id", "region"]\n'
    said = refusal(make_study(toml, {"customers.csv": "customer_id,joined_on,region,email\n1,2020-01-02,N,a@b.fr\n"}))
    assert "churn.covariates: 'regio' is not a column" in said
    assert "did you mean 'region'?" in said
    assert "churn.covariates: 'email'" in said
    assert "churn.covariates: 'customer_id'" in said
    assert "'region' is not" not in said


def test_a_model_file_must_be_there(make_study: MakeStudy) -> None:
    toml = CUSTOMERS + '[loyalty]\nmodel = "loyalty.lav"\n'
    assert "loyalty.model: 'loyalty.lav': there is no such file" in refusal(make_study(toml, {"customers.csv": TWO}))


def test_a_package_that_is_not_installed_is_told(make_study: MakeStudy) -> None:
    toml = "[source.packages]\nx = 'no_such_package'\n[tables.costs]\nsql = \"select * from read_csv('{x}/c.csv')\"\n"
    assert "source.packages.x: the package 'no_such_package' is not installed" in refusal(make_study(toml, {}))


def test_duckdb_keeps_to_its_memory_and_writes_beside_no_data(make_study: MakeStudy) -> None:
    folder = make_study(CUSTOMERS, {"customers.csv": TWO})
    connection = open_study(folder).connection.con
    settings = dict(connection.execute("select name, value from duckdb_settings()").fetchall())
    # DuckDB shows binary units: 1500 MB are 1.3 GiB.
    assert MEMORY_LIMIT == "1500MB"
    assert settings["memory_limit"] == "1.3 GiB"
    assert not Path(settings["temp_directory"]).is_relative_to(folder)
    assert settings["TimeZone"] == "UTC"


def test_a_duckdb_file_is_read_and_never_written(make_study: MakeStudy, tmp_path: Path) -> None:
    file = tmp_path / "crm.duckdb"
    with duckdb.connect(str(file)) as database:
        database.execute("create table kunden as select 'a' as id, date '2020-01-05' as seit")
    before = file.read_bytes()
    study = open_study(make_study(f'[source]\nurl = "duckdb://{file}?threads=1"\n' + KUNDEN, {}))
    assert study.last_month() == "2020-01"
    again = open_study(study.folder)
    assert again.table("customers").count().to_pyarrow().as_py() == 1
    with pytest.raises(duckdb.Error, match="read-only"):
        study.connection.raw_sql("insert into kunden values ('b', null)")
    assert file.read_bytes() == before


def test_another_engine_is_opened_by_its_url(make_study: MakeStudy, tmp_path: Path) -> None:
    file = tmp_path / "crm.db"
    with sqlite3.connect(file) as database:
        database.execute("create table kunden (id text, seit text)")
        database.execute("insert into kunden values ('a', '2020-01-05')")
    study = open_study(make_study(f'[source]\nurl = "sqlite://{file}"\n' + KUNDEN, {}))
    assert study.connection.name == "sqlite"
    assert study.table("customers").to_pyarrow().to_pylist() == [{"customer_id": "a", "joined_on": "2020-01-05"}]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("oracel://bob:hunter2@host/x", "source.url (oracel)"),
        ("duckdb://crm.duckdb", "there is no database"),
        ("duckdb://?thread=1", "not recognized: thread"),
        ("postgres://bob:${CRM_PASSWORD}@host/x", "the environment variable CRM_PASSWORD is not set"),
    ],
)
def test_an_engine_that_cannot_be_opened_is_told_without_its_password(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    monkeypatch.delenv("CRM_PASSWORD", raising=False)
    found = refusal(make_study(f'[source]\nurl = "{url}"\n' + CUSTOMERS, {"customers.csv": TWO}))
    assert said in found
    assert "hunter2" not in found


def test_a_variable_in_the_url_is_read_from_the_environment(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_THREADS", "1")
    folder = make_study('[source]\nurl = "duckdb://?threads=${CRM_THREADS}"\n' + CUSTOMERS, {"customers.csv": TWO})
    assert open_study(folder).connection.con.execute("select current_setting('threads')").fetchone() == (1,)


def test_what_an_engine_says_is_passed_on_without_secrets() -> None:
    with pytest.raises(StudyError) as caught, told("here"):
        raise RuntimeError("cannot reach postgres://bob:hunter2@host/x for marie@example.org\nLINE 1: select secret")
    assert str(caught.value) == "here: cannot reach postgres://***@host/x for [e-mail]"


def test_the_project_root_is_the_nearest_folder_with_a_plan(make_study: MakeStudy, tmp_path: Path) -> None:
    study = open_study(make_study(CUSTOMERS, {"customers.csv": TWO}))
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "plan.toml").touch()
    assert study.root == tmp_path


def test_attributes_that_value_is_told_by_must_be_those_of_customers(make_study: MakeStudy) -> None:
    toml = CUSTOMERS + '[clv]\nacquired_by = "regoin"\ngroups = ["joined_on", "region"]\n'
    said = refusal(make_study(toml, {"customers.csv": "customer_id,joined_on,region\n1,2020-01-02,N\n"}))
    assert "clv.acquired_by: 'regoin' is not an attribute of customers; did you mean 'region'?" in said
    assert "clv.groups: 'joined_on' is not an attribute of customers; known are: region" in said


def test_attributes_that_loyalty_is_told_by_must_be_those_of_customers(make_study: MakeStudy) -> None:
    toml = CUSTOMERS + '[loyalty]\nweights = ["regoin"]\ngroups = ["left_on"]\n'
    said = refusal(make_study(toml, {"customers.csv": "customer_id,joined_on,region\n1,2020-01-02,N\n"}))
    assert "loyalty.weights: 'regoin' is not an attribute of customers; did you mean 'region'?" in said
    assert "loyalty.groups: 'left_on' is not an attribute of customers; known are: region" in said


def test_attributes_that_scores_are_told_by_must_be_those_of_customers(make_study: MakeStudy) -> None:
    toml = CUSTOMERS + '[feedback]\ngroups = ["regoin"]\n'
    said = refusal(make_study(toml, {"customers.csv": "customer_id,joined_on,region\n1,2020-01-02,N\n"}))
    assert "feedback.groups: 'regoin' is not an attribute of customers; did you mean 'region'?" in said
