"""A company whose truth is known: Maison Aurore, coffee and tea by subscription, with a shop beside it.

`write` makes a study folder of any size, `company` holds a small one in memory, `demo` makes ``data/demo``.
Heavy packages are imported when a company is made, not when this room is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxmodels.simulate.blocks import Company

__all__ = ["Company", "company", "demo", "demo_on_first_use", "write"]

SEED = 20260930
"""Seed of the demo, and of any company made without one."""


def __getattr__(name: str) -> Any:
    if name == "Company":
        from cxmodels.simulate.blocks import Company

        return Company
    raise AttributeError(f"module 'cxmodels.simulate' has no attribute {name!r}; it has {', '.join(__all__)}")


def company(customers: int = 5000, months: int = 36, end: str = "2026-09-30", seed: int = SEED) -> Company:
    """Draw a company and hold it in memory.

    Parameters
    ----------
    customers
        Rows of the table ``customers``: everyone subscribed at some time in the window. Those who left before it are
        absent, those who joined before it are there if they stayed until then (left truncation).
    months, end
        The window: so many months up to and with the day `end`, a month's last.
    seed
        The same seed and sizes give the same company.

    Returns
    -------
    Company
        ``tables`` (Arrow), ``truth`` (the content of ``truth.json``), ``satisfaction`` (customers × months), ``types``
        (the content of ``customer_types.parquet``: the habits of each).

    Raises
    ------
    ValueError
        When `customers` is below 1, `months` below 13 or `end` not a month's last day.
    """
    from cxmodels.simulate.blocks import whole

    return whole(customers, months, end, seed)


def write(
    folder: str | Path,
    customers: int = 5000,
    months: int = 36,
    end: str = "2026-09-30",
    seed: int = SEED,
    dirt: Mapping[str, int] | bool | None = None,
) -> Path:
    """Write a company as a study: a Parquet file a table, ``study.toml``, path models, and what is true.

    The tables hold the same rows as `company` with the same arguments. Memory does not grow with `customers`.

    Parameters
    ----------
    folder
        Where; made when it is not there. Files of an earlier company in it are replaced.
    customers, months, end, seed
        As in `company`.
    dirt
        What the checks must find, as kind → number. A kind is a reason (``{"in_future": 5}``: five rows in every table
        where it can occur) or a table and a reason (``{"orders.orphan": 5}``): missing, wrong_type (the table is then
        written as CSV), not_finite, out_of_range, unknown_value, in_future, ends_before_start, off_scale,
        duplicate_row, duplicate_key, orphan, parent_set_aside (each with a row of its own for the parent, counted as
        missing). Every such row is a row more, with that fault alone. Further kinds leave personal data:
        comment_email, comment_phone, comment_iban (comments that have it) and identifier_column (customers get a
        column ``email``). ``True`` is three of each, wrong_type in orders alone. ``truth.json`` counts the rows as
        ``dirt`` (table → reason → rows) and the rest as ``personal_data``.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ValueError
        As in `company`, and when a kind of dirt is unknown or the company too small for so much of it.
    """
    from cxmodels.simulate.folder import write_study

    return write_study(Path(folder), customers, months, end, seed, dirt)


def demo(folder: str | Path) -> Path:
    """Make the demo study in `folder` if it is not there yet.

    It appears by one rename, so nobody ever reads half of it; of two processes that make it at once, one wins and
    the other takes what is there.
    """
    from cxmodels.simulate.first_use import make_demo

    return make_demo(Path(folder))


def demo_on_first_use(path: str | Path) -> None:
    """Make ``data/demo`` when `path` names it and it is nowhere from the working directory upwards.

    It is made in the project: the nearest parent of the working directory with ``notebooks/plan.toml``. Any other
    path, and a demo that exists, cost nothing.
    """
    named = Path(path)
    if named.name == "study.toml":
        named = named.parent
    if named.parts[-2:] != ("data", "demo"):
        return
    here = Path.cwd()
    places = (here, *here.parents)
    if any((place / named / "study.toml").exists() for place in places):
        return
    root = next((place for place in places if (place / "notebooks" / "plan.toml").exists()), None)
    if root is None:
        return
    meant = (named, (here / named).resolve())
    if Path("data/demo") in meant or root / "data" / "demo" in meant:
        demo(root / "data" / "demo")
