"""What the package and the notebooks can say to a reader, found in their source."""

from __future__ import annotations

import ast
import itertools
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOMS = ("churn", "clv", "loyalty", "feedback", "segments")
"""Rooms with a catalogue of their own, which holds the prose of their notebook too."""
SHARED = {
    "look": ("look", "verdict.py"),
    "quality": (
        "study/checks.py", "study/contract.py", "study/quality.py", "study/snapshot.py", "study/personal_values.py",
        "report/data_quality.py", "report/coverage.py",
    ),
    "report": (
        "report/attachments.py", "report/context.py", "report/frame.py", "report/failure.py", "report/index.py",
        "report/manifest.py", "report/page.py", "report/render.py", "report/sparkline.py", "report/stage.py",
        "report/summary.py", "report/tables.py", "report/templates",
    ),
}  # fmt: skip
"""The other catalogues, and the files of the package that speak through them."""
NOTEBOOKS = {"00_summary": "report", "01_data_quality": "quality"}
# What these modules hold is looked for in the comments of customers; nobody is told of it.
_SILENT = frozenset({"first_names.py", "languages.py", "masking.py", "names.py", "patterns.py", "words.py"})
# Words of a drawing library or an engine, which no reader sees.
_SETTINGS = frozenset([
    "ha", "va", "color", "c", "colour", "facecolor", "edgecolor", "fontweight", "weight", "linestyle", "ls", "marker",
    "fmt", "kind", "how", "by", "cmap", "loc", "style", "coordinates", "textcoords", "xycoords", "align",
    "orientation", "which", "axis", "order", "mode", "unit", "engine", "method", "anchor", "coords", "bbox",
    "arrowprops",
])  # fmt: skip
_NO_WORDS = frozenset([
    "share", "customers", "center", "left", "right", "top", "bottom", "bold", "normal", "green", "amber", "red",
    "grey", "teal", "white", "none", "annotation clip", "compress level", "part squares", "squares", "products",
    "zstd", "compression", "row group size", "store schema", "use dictionary", "use byte stream split", "part",
])  # fmt: skip
_PROSE = re.compile(r"[A-Za-z’]{2,}")
# Markup, styles, paths and names of figures are for machines: `churn.rate.{0}`, `{0}.css`, `<td class=...`.
_MACHINE = re.compile(
    r"\(\?|[<>]\w|var\(--|^\S*[{}\w][./#_:]+\S*[{}\w]\S*$|^\S*\}[a-z]+$|^[a-z]+=\S*$|scope=|width:"
    r"|^[a-z]+\{\d+\}$|^\w+\(\{\d+\}, '"
)
_PLAIN = re.compile(r"[^\W\d_][\w ’()-]*")


def messages(package: Path, notebooks: Path) -> dict[str, dict[str, list[str]]]:
    """Every message by catalogue, each with the places it is said at.

    A message is a string of a module that speaks to readers: with a space in it, or one word that is an alternative
    (``"rise" if up else "fall"``), the heading of a column or an argument that names something. An f-string is a
    message with numbered places: ``f"{n} of {total}"`` is ``{0} of {1}``. Of what is raised only the errors that say
    why a page has nothing to tell are messages.

    Parameters
    ----------
    package
        The folder of the package.
    notebooks
        The folder of the notebooks.
    """
    untold = _untold(package)
    found: dict[str, dict[str, list[str]]] = {}

    def take(catalogue: str, said: str, where: str) -> None:
        found.setdefault(catalogue, {}).setdefault(said, []).append(where)

    for catalogue, places in {**{room: (room,) for room in ROOMS}, **SHARED}.items():
        for place in places:
            for file in _files(package / place):
                where = file.relative_to(package.parent).as_posix()
                text = file.read_text(encoding="utf-8")
                said = _of_template(text) if file.suffix == ".j2" else of_source(ast.parse(text), untold)
                for message in said:
                    take(catalogue, message, where)
    plan = notebooks / "plan.toml"
    for planned in tomllib.loads(plan.read_text(encoding="utf-8"))["notebooks"].values():
        take("report", planned["title"], f"{notebooks.name}/{plan.name}")
    for file in sorted(notebooks.glob("*.ipynb")):
        catalogue = NOTEBOOKS.get(file.stem, file.stem.split("_", 1)[-1])
        for message in _of_notebook(file):
            take(catalogue, message, f"{notebooks.name}/{file.name}")
    return found


def of_source(tree: ast.Module, untold: frozenset[str] = frozenset()) -> Iterator[str]:
    """The messages of one module.

    Parameters
    ----------
    untold
        Names of the errors whose words stand on a page.
    """
    yield from _Reader(untold).read(tree)


class _Reader:
    def __init__(self, untold: frozenset[str]) -> None:
        self._untold = untold

    def read(self, node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.Raise):
            yield from self._raised(node)
        elif isinstance(node, ast.JoinedStr):
            yield from self._formatted(node)
        elif isinstance(node, ast.Constant):
            yield from _said(str(node.value)) if _is_sentence(node.value) else ()
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
            for child in _without_docstring(node):
                yield from self.read(child)
        elif isinstance(node, ast.keyword) and node.arg in _SETTINGS:
            return
        elif isinstance(node, ast.Call) and _is_pattern(node.func):
            for child in node.args[1:]:
                yield from self.read(child)
        elif not isinstance(node, ast.arg):
            yield from self._words(node)
            for child in ast.iter_child_nodes(node):
                if not (isinstance(node, (ast.AnnAssign, ast.arg)) and child is node.annotation):
                    yield from self.read(child)

    def _raised(self, node: ast.Raise) -> Iterator[str]:
        call = node.exc
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and self._is_told(call.func.id):
            for argument in call.args:
                for said in self.read(argument):
                    yield re.sub(r"^[a-z_]+: ", "", said)

    def _is_told(self, error: str) -> bool:
        """Whether the words of an error stand on a page; one of a single module is caught there to be told."""
        return error in self._untold or error.startswith("_")

    def _formatted(self, node: ast.JoinedStr) -> Iterator[str]:
        place, text = 0, ""
        for part in node.values:
            if isinstance(part, ast.Constant):
                text += str(part.value)
                continue
            text += f"{{{place}}}"
            place += 1
            yield from self.read(part.value)  # type: ignore[attr-defined]
        if _PROSE.search(re.sub(r"\{\d+\}|</?[bi]>", " ", text)):
            yield from _said(text)

    def _words(self, node: ast.AST) -> Iterator[str]:
        """Single words: alternatives, headings of columns."""
        options: list[ast.expr | None] = []
        if isinstance(node, ast.IfExp):
            options = [node.body, node.orelse]
        elif isinstance(node, ast.BoolOp):
            options = [*node.values[1:]]
        elif isinstance(node, ast.Dict):
            options = [*node.keys, *node.values]
        for option in options:
            if isinstance(option, ast.Constant) and isinstance(option.value, str) and not _is_sentence(option.value):
                word = option.value.replace("_", " ").strip()
                if _PLAIN.fullmatch(word) and word not in _NO_WORDS and len(word) > 2:
                    yield word


def _is_sentence(value: object) -> bool:
    return isinstance(value, str) and " " in value.strip() and bool(_PROSE.search(value))


def _is_pattern(called: ast.expr) -> bool:
    """Whether what is called takes a pattern first, which nobody reads: ``re.compile``."""
    return isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re"


def _said(text: str) -> Iterator[str]:
    count = itertools.count(len(re.findall(r"\{\d+\}", text)))
    # what `format` puts in later is a place as well
    said = re.sub(r"\{\}", lambda _: f"{{{next(count)}}}", " ".join(text.strip().split("\n")))
    if re.search(r"<(?!/?[bi]>)\w", said):
        # an f-string may end within a tag and go on after it
        for part in re.split(r"<(?!/?[bi]>)[^<>]*>?", re.sub(r"\A[^<>]*>", "", said)):
            yield from _said(part) if part != said else ()
        return
    bare = re.sub(r"</?[bi]>", " ", said).strip()
    if _PROSE.search(re.sub(r"\{\d+\}", " ", bare)) and not _MACHINE.search(bare):
        yield said


def _without_docstring(node: ast.FunctionDef | ast.ClassDef | ast.Module) -> Iterator[ast.AST]:
    """What a definition holds but its docstring, those of attributes and its type hints."""
    if isinstance(node, ast.FunctionDef):
        yield from (default for default in node.args.defaults + node.args.kw_defaults if default is not None)
    for child in node.body:
        if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)):
            yield child


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return sorted(f for f in place.rglob("*") if f.suffix in (".py", ".j2") and f.name not in _SILENT)


def _untold(package: Path) -> frozenset[str]:
    """Names of the errors that say why a page has nothing to tell."""
    names = {"NothingToTell"}
    for file in sorted(package.rglob("errors.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and names & {b.id for b in node.bases if isinstance(b, ast.Name)}:
                names.add(node.name)
    return frozenset(names)


def _of_template(text: str) -> Iterator[str]:
    for words in re.findall(r'else "([^"]*)"|"([^"]+)" if|if [^%}]*?else "([^"]*)"', text):
        yield from (word for word in words if _PROSE.search(word) and "." not in word)
    text = re.sub(r"<(style|script)\b.*?</\1>", "", text, flags=re.DOTALL)
    for segment in re.split(r"\{%.*?%\}|<(?!/?[bi]>)[^>]*>|·", text, flags=re.DOTALL):
        count = iter(range(9))
        said = re.sub(r"\{\{.*?\}\}", lambda _: f"{{{next(count)}}}", segment.strip())  # noqa: B023
        if _PROSE.search(re.sub(r"\{\d+\}", " ", said)):
            yield said.strip()
    yield from re.findall(r'aria-label="([^"{]+)"', text)


def _of_notebook(file: Path) -> Iterator[str]:
    for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
        source, tags = "".join(cell["source"]), cell.get("metadata", {}).get("tags", [])
        if cell["cell_type"] == "code" and "parameters" not in tags:
            yield from of_source(ast.parse(source))
        elif cell["cell_type"] == "markdown" and "notebook-only" not in tags:
            # the title of the notebook gives way to the headline
            for part in re.sub(r"\A\s*# .*\n?", "", source).split("\n\n"):
                if said := re.sub(r"\A\s*#+ ", "", part).strip():
                    yield " ".join(said.split("\n"))
