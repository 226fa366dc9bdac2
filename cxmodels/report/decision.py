"""What a run has to do: which notebooks run, which stay as published, which the month will not have."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from cxmodels.language import ENGLISH
from cxmodels.report.cache import file_hash, input_hash, secret_hash, shared_hash
from cxmodels.report.errors import WrongUse
from cxmodels.report.facts import Facts
from cxmodels.report.manifest import LeftOut, Made
from cxmodels.report.plan import Plan, PlannedNotebook


@dataclass(frozen=True)
class Decision:
    """What to do.

    Attributes
    ----------
    hashes
        Input hash of each notebook the month will have, or that ran for it and was withdrawn.
    run
        Notebooks to run, in running order.
    kept
        Names of those that stay as published.
    left_out
        Those the month will not have, as far as nothing has to run to know it.
    nothing_to_do
        Whether the published month is what was asked for already.
    """

    hashes: Mapping[str, str]
    run: tuple[PlannedNotebook, ...]
    kept: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    nothing_to_do: bool


def decide(
    plan: Plan,
    facts: Facts,
    root: Path,
    month: Path,
    published: Mapping[str, Made],
    withdrawn: Mapping[str, LeftOut],
    parameters: Mapping[str, Mapping[str, object]],
    only: Collection[str] = (),
    force: bool = False,
    language: str = ENGLISH,
) -> Decision:
    """Compare what the month would be made from with what it was made from.

    Parameters
    ----------
    root
        The project.
    month
        The folder of the month, published or not.
    published, withdrawn
        What it has, and what had nothing to tell; both empty when it is not published.
    parameters
        Values by notebook and name, defaults included.
    only
        Names of the notebooks asked for; they run even if nothing changed. Empty: all, as far as something changed.
    force
        Run every notebook asked for.
    language
        What readers are spoken to in; figures are drawn in it.

    Raises
    ------
    WrongUse
        When a notebook not asked for would stay although what it rests on has changed: the month would mix two states.
    """
    chosen = plan.chosen(only)
    settings = facts.settings
    files = [root / "requirements.lock", root / "notebooks" / "plan.toml", settings.file]
    files += [settings.folder / settings.loyalty.model] if settings.loyalty.model else []
    more = [month.name, settings.study.extracted_on, secret_hash(settings.folder), language]
    shared = shared_hash(facts.data, files, more)
    hashes: dict[str, str] = {}
    left_out: list[LeftOut] = []
    ran = {name: made.inputs for name, made in published.items()} | {n: one.inputs for n, one in withdrawn.items()}
    for notebook in plan.in_running_order:
        lacks = notebook.lacks(facts.tables)
        if lacks or not (notebook.name in chosen or notebook.name in ran):
            left_out.append(LeftOut(notebook.name, notebook.title, lacks))
            continue
        before = {name: hashes.get(name, "left out") for name in notebook.after}
        hashes[notebook.name] = input_hash(notebook, parameters[notebook.name], shared, before)
    fresh = {
        name
        for name, inputs in ran.items()
        if inputs == hashes.get(name) and (name in withdrawn or _intact(month, published[name]))
    }
    if stale := [name for name in hashes if name not in chosen and name not in fresh]:
        raise WrongUse(
            f"--only {','.join(only)}: {', '.join(stale)} would stay as published in {month.name}, but what it rests "
            "on (data, settings, code or parameters) has changed since; name it too or leave --only out"
        )
    run = tuple(
        notebook
        for notebook in plan.in_running_order
        if notebook.name in hashes
        and notebook.name in chosen
        and (force or notebook.name in only or notebook.name not in fresh)
    )
    stays = [name for name in plan.names if name in hashes and name not in {notebook.name for notebook in run}]
    left_out += [withdrawn[name] for name in stays if name in withdrawn]
    kept = tuple(name for name in stays if name in published)
    there = {month / made.page for made in published.values()} | {month / "results.json", month / "manifest.json"}
    done = not run and set(ran) == set(hashes) and all(path.is_file() for path in there)
    in_order = sorted(left_out, key=lambda one: plan.names.index(one.name))
    return Decision(hashes, run, kept, tuple(in_order), done)


def _intact(month: Path, made: Made) -> bool:
    """Whether what a notebook left is there as it was published."""
    left = {f"notebooks/{made.file}": made.executed} | {one.file: one.sha256 for one in made.attached}
    return all((month / file).is_file() and file_hash(month / file) == expected for file, expected in left.items())
