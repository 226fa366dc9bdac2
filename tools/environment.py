"""Write environment.yml, the packages of pyproject.toml under their names on conda-forge; `make lock` calls it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
EXTRAS = ("examples", "test")
# conda-forge ships every package under its own name, except these: an extra is a package there, and the browser
# driver has taken the plain name.
CONDA_FORGE = {"ibis-framework[duckdb]": "ibis-duckdb", "playwright": "playwright-python"}
# What conda-forge does not have comes through pip.
NOT_ON_CONDA_FORGE = ("seminr",)

HEAD = """\
# Generated from pyproject.toml by `make lock`: change that file, not this one.
# conda env create -f environment.yml && conda activate cxmodels && pip install --no-deps -e .
name: cxmodels
channels:
  - conda-forge
  - nodefaults
dependencies:
"""


def environment(pyproject: str) -> str:
    """Return the text of environment.yml.

    Parameters
    ----------
    pyproject
        The text of pyproject.toml; every requirement in it stands on a line of its own and says in a comment what
        the package is for.

    Raises
    ------
    ValueError
        When a requirement does not say what it is for.
    """
    project = tomllib.loads(pyproject)["project"]
    requirements = [*project["dependencies"], *(r for e in EXTRAS for r in project["optional-dependencies"][e])]
    uses = {requirement: use_of(requirement, pyproject) for requirement in requirements}
    lines = [(f"python{project['requires-python']}", "the language")]
    by_pip = [(name, use) for name, use in uses.items() if name.startswith(NOT_ON_CONDA_FORGE)]
    lines += [(conda_name(name), use) for name, use in uses.items() if (name, use) not in by_pip]
    lines += [("setuptools", "installs cxmodels itself"), ("pip", "installs cxmodels itself")]
    width = max(len(line) for line, _ in lines)
    listed = "".join(f"  - {line:<{width}}  # {use}\n" for line, use in lines)
    return HEAD + listed + "  - pip:\n" + "".join(f"    - {name:<{width - 2}}  # {use}\n" for name, use in by_pip)


def use_of(requirement: str, pyproject: str) -> str:
    """Return the comment beside a requirement in pyproject.toml."""
    found = re.search(rf'^\s*"{re.escape(requirement)}",[ \t]*#[ \t]*(\S.*)$', pyproject, flags=re.MULTILINE)
    if not found:
        raise ValueError(f"pyproject.toml: {requirement!r} has no comment that says what it is for")
    return found[1]


def conda_name(requirement: str) -> str:
    """Return the requirement with the name that conda-forge gives the package."""
    found = re.fullmatch(r"([\w.-]+(?:\[[\w,]+\])?)(.*)", requirement)
    if not found:
        raise ValueError(f"pyproject.toml: {requirement!r} is no requirement of the form name[extra]>=version")
    return CONDA_FORGE.get(found[1], found[1]) + found[2]


if __name__ == "__main__":
    print(environment(PYPROJECT.read_text(encoding="utf-8")), end="")
