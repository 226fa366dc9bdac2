"""Parts of the page that not every study can tell: what was found, or why nothing was."""

from __future__ import annotations

import re
from collections.abc import Callable

from cxmodels.errors import NothingToTell, Told, without_place
from cxmodels.feedback.errors import UnknownMetric
from cxmodels.study.errors import MissingTable

_TABLE = re.compile(r"no table '(\w+)'")


def told[**Asked, Result](
    function: Callable[Asked, Result], *args: Asked.args, **options: Asked.kwargs
) -> Told[Result]:
    """What `function` returns, or why the study cannot tell it.

    Parameters
    ----------
    function, args, options
        What is asked: ``told(coverage_map, snapshot, months=12)``.

    Returns
    -------
    Told
        Without a part where the data have no answer, or the study lacks a table or a question. Another error, such as a
        mistyped name, is raised.
    """
    try:
        return Told(function(*args, **options))
    except NothingToTell as error:
        return Told(None, reason_of(error))
    except MissingTable as error:
        lacking = _TABLE.search(str(error))
        return Told(None, f"The study has no table {lacking[1]}." if lacking else "The study lacks a table for this.")
    except UnknownMetric:
        return Told(None, "The study does not ask the question that this needs.")


def reason_of(error: NothingToTell) -> str:
    """An error as a sentence of the page: without the place it came from, and without how few were found."""
    said = without_place(str(error)).rpartition(".toml: ")[2].partition(", found")[0]
    return f"{said[:1].upper()}{said[1:]}{'' if said.endswith('.') else '.'}"
