"""One connection to the engine that counts: DuckDB inside the process, or any other by its URL."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from uuid import uuid4
from weakref import finalize

from cxmodels.personal import mask
from cxmodels.study.config import Settings
from cxmodels.study.errors import SourceError, StudyError
from cxmodels.study.places import with_variables

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.sql import SQLBackend

MEMORY_LIMIT = "1500MB"
"""What DuckDB may hold in memory before it writes to disk; another by ``duckdb://?memory_limit=8GB``."""

_ROW_SHOWN = re.compile(
    r"^Original Line:.*?(?=^(?:Expected|Invalid|Error|Value|Maximum|Possible)|\Z)", re.DOTALL | re.MULTILINE
)
_FILE_SHOWN = re.compile(r"^\s*file = (.+)$", re.MULTILINE)
_PASSWORD = re.compile(r"://[^@/\s]*@")


def connect(settings: Settings) -> SQLBackend:
    """Open the engine that ``source.url`` names.

    What does not fit in memory is written to a private folder that goes when the process ends.

    Raises
    ------
    SourceError
        When the engine is unknown, not installed or cannot be reached. Passwords are never part of the message.
    """
    import ibis

    # Engines see through nested selects themselves; merging them first costs Ibis longer than most queries run.
    ibis.options.sql.fuse_selects = False
    url = with_variables(settings.source.url.get_secret_value(), settings, "source.url")
    with told(f"{settings.file}: source.url ({settings.source.engine})"):
        if settings.source.engine == "duckdb":
            return _duckdb(url, settings)
        if settings.source.engine in ("spark", "pyspark"):
            return _spark(url)
        return ibis.connect(url)


def held(table: ir.Table) -> ir.Table:
    """`table` computed once and held by its engine until nobody needs it, or the connection ends.

    Spark would keep the plan of what it holds, and the plans of what that came from: later queries then take longer to
    plan than to run. Its local checkpoint is the rows alone.
    """
    import ibis

    engine: Any = ibis.get_backend(table)
    if engine.name != "pyspark":
        return table.cache()
    name = f"held_{uuid4().hex}"
    # makes the tables that came from memory known to Spark
    engine._run_pre_execute_hooks(table)
    engine._session.sql(engine.compile(table)).localCheckpoint().createTempView(name)
    return engine.table(name)


def named(table: ir.Table) -> ir.Table:
    """`table` under a name of its own in its engine, as long as somebody needs it: a temporary view, nothing computed.

    What is asked of it is written in SQL that says the name, where Ibis would write the whole of `table` into every
    query, which takes longer than most queries run. Engines other than DuckDB and Spark get `table` itself.
    """
    import ibis
    import ibis.expr.operations as ops

    engine: Any = ibis.get_backend(table)
    if engine.name not in ("duckdb", "pyspark"):
        return table
    name = f"named_{uuid4().hex}"
    # makes the tables that came from memory known to the engine
    engine._run_pre_execute_hooks(table)
    engine.raw_sql(f"CREATE TEMPORARY VIEW {name} AS {engine.compile(table)}")
    view = ops.DatabaseTable(name=name, schema=table.schema(), source=engine)
    # What the view is made of has to last as long as the view.
    finalize(view, _drop_view, engine, name, table).atexit = False
    return view.to_expr()


def _drop_view(engine: Any, name: str, _: ir.Table) -> None:
    # an engine that is closed has no views any more, and each says so in an error of its own
    with suppress(Exception):
        engine.raw_sql(f"DROP VIEW IF EXISTS {name}")


@contextmanager
def told(where: str) -> Iterator[None]:
    """Whatever an engine raises inside becomes a `SourceError` that says where, without secrets or people."""
    try:
        yield
    except StudyError:
        raise
    except Exception as error:  # engines share no base class of errors
        raise SourceError(f"{where}: {_said(error)}") from None


def _said(error: Exception) -> str:
    # DuckDB shows the whole row a file breaks in; the place and the file are enough.
    text = _ROW_SHOWN.sub("", str(error))
    file = _FILE_SHOWN.search(text)
    kept = []
    for line in text.splitlines():
        # What follows shows the query or the settings of the reader.
        if line.startswith(("LINE ", "Possible", "== SQL", "JVM stacktrace")) or _FILE_SHOWN.match(line):
            break
        if line.strip():
            kept.append(line.strip())
    said = " ".join(kept) or type(error).__name__
    if file and file[1] not in said:
        said = f"{said} (file {file[1]})"
    if "not utf-8" in said:
        said += "; save it as UTF-8, or read it with sql = \"select ... from read_csv('...', encoding = 'latin-1')\""
    if "according to format specifier" in said:
        said += "; try_strptime in place of strptime leaves empty what it cannot read, and its row is set aside"
    said = mask(_PASSWORD.sub("://***@", said))
    return said if len(said) <= 500 else said[:497] + "..."


@cache
def _scratch_root() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="cxmodels-", ignore_cleanup_errors=True)


def _scratch() -> str:
    # One folder a connection, since each engine names its files alike.
    return mkdtemp(dir=_scratch_root().name)


@cache
def _scratch_of(database: str) -> str:
    # Connections of one process to one file share an engine, which wants the same options each time.
    return _scratch()


def _duckdb(url: str, settings: Settings) -> SQLBackend:
    import ibis

    place, _, query = url.partition("://")[2].partition("?")
    options: dict[str, Any] = {"memory_limit": MEMORY_LIMIT, **dict(parse_qsl(query))}
    database = ":memory:"
    if place and place != ":memory:":
        file = settings.folder / unquote(place)
        if not file.is_file():
            raise SourceError(f"{settings.file}: source.url: there is no database {file}")
        # Notebooks read it side by side, and what a study reads is never written.
        database, options["read_only"] = str(file), True
    options["temp_directory"] = _scratch() if database == ":memory:" else _scratch_of(database)
    connection = ibis.duckdb.connect(database, **options)
    # The setting takes a list, so a folder with a comma in its name can only be named by {study}.
    if "," not in str(settings.folder):
        folder = settings.folder.as_posix().replace("'", "''")
        connection.raw_sql(f"SET file_search_path = '{folder}'")
    # A timestamp without a zone means the same on every machine.
    connection.raw_sql("SET TimeZone = 'UTC'")
    return connection


def _spark(url: str) -> SQLBackend:
    import ibis
    from pyspark.sql import SparkSession

    scratch = _scratch()
    place = url.partition("://")[2]
    # spark://host:7077 is Spark's own name for a cluster; spark://local[2] and a bare spark:// mean this machine.
    master = (place or "local[*]") if place.startswith("local") or not place else f"spark://{place}"
    builder = (
        SparkSession.builder.master(master)
        .appName("cxmodels")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.warehouse.dir", scratch)
    )
    if master.startswith("local"):
        # The default of 200 is meant for a cluster.
        builder = builder.config("spark.sql.shuffle.partitions", "4").config("spark.driver.host", "127.0.0.1")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("FATAL")
    # Before it raises, Spark warns with the very line of a file that it could not read.
    warnings.filterwarnings("ignore", message="toPandas attempted Arrow optimization", category=UserWarning)
    return ibis.pyspark.connect(session)
