"""An executed notebook as a page: one file that needs no network, no script and no other file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cxmodels import language
from cxmodels.look import MIME, bare, escape, prose
from cxmodels.report.context import PageContext
from cxmodels.report.frame import FILTERS, LOOK, TEMPLATES, months_nav
from cxmodels.report.month import read_page

if TYPE_CHECKING:
    from nbformat import NotebookNode


def render_page(notebook: NotebookNode, context: PageContext, name: str = "") -> str:
    """The page of an executed notebook.

    Its ``h1`` is the notebook's headline; what follows keeps the notebook's order: prose as written, of each output
    what is meant for a reader (never warnings, errors or the bare name of an object), and all code folded at the end.

    Parameters
    ----------
    notebook
        Executed; nbformat 4.
    context
        The frame around it.
    name
        File of the executed notebook without its ending, to link to; no link without it.
    """
    # Not HTMLExporter: that one gives a picture without words an empty excuse for words, which hides it from the gate.
    from nbconvert.exporters import TemplateExporter

    said = read_page(notebook, name)
    told: list[str] = []

    def aside(html: str) -> str:
        """Keep what is in the readers' language already out of the words of the frame, until those are too."""
        told.append(html)
        return f"<!--told {len(told) - 1}-->"

    def written(source: str) -> str:
        return aside(_prose(language.markdown(source, context.language)))

    exporter = TemplateExporter(
        template_name="notebook",
        file_extension=".html",
        extra_template_basedirs=[str(TEMPLATES)],
        extra_template_paths=[str(TEMPLATES)],
    )
    exporter.environment.autoescape = True
    exporter.environment.globals.update(LOOK)
    own = {"written": written, "with_code": _with_code, "shown": lambda output: aside(_shown(output)), "prose": prose}
    for label, function in {**FILTERS, **own}.items():
        exporter.register_filter(label, function)
    page, _ = exporter.from_notebook_node(
        _without_lone_captions(notebook),
        resources={
            "about": context,
            "headline": said.headline or context.title,
            "lead": said.lead,
            "months": months_nav(context.previous, context.month, context.next),
            "notebook": f"notebooks/{name}.ipynb" if name else "",
        },
    )
    page = language.page(page, context.language)
    page = re.sub(r"<!--told (\d+)-->", lambda place: told[int(place[1])], page)
    return _outlined(_told_apart(_once_named(page))).strip() + "\n"


def _without_lone_captions(notebook: NotebookNode) -> NotebookNode:
    """The notebook without the prose tagged ``with-next`` whose next cell shows a reader nothing this month."""
    from copy import copy

    def shows(cell: Mapping[str, Any]) -> bool:
        return any(_shown(output).strip() for output in cell.get("outputs", ()))

    lone = [
        "with-next" in cell.metadata.get("tags", ()) and not shows(following)
        for cell, following in zip(notebook.cells, [*notebook.cells[1:], {}], strict=True)
    ]
    kept = copy(notebook)
    kept.cells = [cell for cell, alone in zip(notebook.cells, lone, strict=True) if not alone]
    return kept


def _prose(source: str) -> str:
    """Markdown as HTML, without the notebook's own title, whose place on the page the headline takes."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    told = re.sub(r"\A\s*# .*\n?", "", source)
    return str(MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True)).render(told))


def _with_code(cells: Sequence[NotebookNode]) -> list[tuple[str, str]]:
    """What is said above a code cell, and its source."""
    words = {"parameters": "Parameters as the notebook has them", "injected-parameters": "Parameters of this run"}
    return [
        (next((said for tag, said in words.items() if tag in cell.metadata.get("tags", ())), ""), cell.source)
        for cell in cells
        if cell.cell_type == "code" and cell.source.strip()
    ]


def _shown(output: Mapping[str, Any]) -> str:
    """What a reader sees of one output."""
    if output["output_type"] == "stream":
        return f'<pre tabindex="0">{escape(output["text"])}</pre>' if output["name"] == "stdout" else ""
    if output["output_type"] == "error":
        return ""
    data, metadata = output["data"], output.get("metadata", {})
    if MIME in data and (data[MIME]["kind"] == "headline" or "text/html" not in data):
        return ""
    if "text/html" in data:
        return f"\n{_scrolling(bare(_text(data['text/html'])))}"
    if "text/markdown" in data:
        return _prose(_text(data["text/markdown"]))
    for kind in ("image/webp", "image/png", "image/jpeg", "image/svg+xml"):
        if kind in data:
            return _picture(kind, _text(data[kind]), metadata.get(kind, {}).get("alt", metadata.get("alt", "")))
    words = _text(data.get("text/plain", ""))
    # The bare name of an object, such as <Axes: title=...> or [<Line2D at 0x...>], tells a reader nothing.
    if not words or re.fullmatch(r"[\[(]*<.*>[\])]*", words.strip(), re.DOTALL):
        return ""
    return f'<pre tabindex="0">{escape(words)}</pre>'


def _picture(kind: str, content: str, alt: str) -> str:
    if kind == "image/svg+xml":
        import base64

        content = base64.b64encode(content.encode()).decode()
    described = f' alt="{escape(alt)}"' if alt else ""
    return f'<figure><img{described} src="data:{kind};base64,{content.strip()}"></figure>'


def _scrolling(html: str) -> str:
    """HTML whose tables scroll in a place of their own, without the style pandas brings along."""
    html = re.sub(r"<style scoped>.*?</style>", "", html, flags=re.DOTALL)
    if "<table" not in html or 'class="scroll"' in html:
        return html
    region = '<div class="scroll" tabindex="0" role="region" aria-label="Table">'
    return re.sub(r"<table.*?</table>", lambda table: f"{region}{table[0]}</div>", html, flags=re.DOTALL)


def _once_named(page: str) -> str:
    """The page with every id used once: the first keeps it, links go there."""
    seen: set[str] = set()

    def keep_first(match: re.Match[str]) -> str:
        if match[2] in seen:
            return match[1]
        seen.add(match[2])
        return match[0]

    return re.sub(r'(<[a-zA-Z][^<>]*?) id="([^"]*)"', keep_first, page)


def _told_apart(page: str) -> str:
    """The page with every region under a name of its own: who hears it read out could not tell them apart."""
    seen: Counter[str] = Counter()

    def numbered(match: re.Match[str]) -> str:
        seen[match[1]] += 1
        return match[0] if seen[match[1]] == 1 else f'{match[0][:-1]} ({seen[match[1]]})"'

    return re.sub(r'role="region" aria-label="([^"]*)"', numbered, page)


def _outlined(page: str) -> str:
    """The page with no level of heading left out: a heading is at most one level below the one before it."""
    level = 0
    open_now: list[int] = []

    def place(match: re.Match[str]) -> str:
        nonlocal level
        if match[1]:
            return f"</h{open_now.pop()}"
        level = min(int(match[2]), level + 1)
        open_now.append(level)
        return f"<h{level}"

    return re.sub(r"<(/?)h([1-6])\b", place, page)


def _text(content: str | Sequence[str]) -> str:
    return content if isinstance(content, str) else "".join(content)
