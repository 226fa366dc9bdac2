"""The path diagram: laid out without overlaps, readable by keyboard, at every width, and fit to be published."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from mobi_data import mobi
from stated_fits import stated

from cxmodels.look import Vector, style
from cxmodels.loyalty.answers.from_frame import answers_of
from cxmodels.loyalty.effects.told import ANYTHING, explained, last_construct, told_paths
from cxmodels.loyalty.errors import InvalidValue
from cxmodels.loyalty.figures.diagram import path_diagram
from cxmodels.loyalty.figures.layout import layered
from cxmodels.loyalty.figures.strokes import BOX
from cxmodels.loyalty.path_fit import PathFit
from cxmodels.loyalty.syntax.path_model import PathModel
from cxmodels.report.gate import inspect

ECSI = (
    ("Image", "Expectation"), ("Expectation", "Quality"), ("Expectation", "Value"), ("Quality", "Value"),
    ("Image", "Satisfaction"), ("Expectation", "Satisfaction"), ("Quality", "Satisfaction"),
    ("Value", "Satisfaction"), ("Satisfaction", "Complaints"), ("Image", "Loyalty"), ("Satisfaction", "Loyalty"),
    ("Complaints", "Loyalty"),
)  # fmt: skip
NAMES = ("Image", "Expectation", "Quality", "Value", "Satisfaction", "Complaints", "Loyalty")
SHORT = ("image", "satisfaction", "trust", "loyalty")
SHORT_PATHS = (("image", "trust"), ("satisfaction", "trust"), ("trust", "loyalty"), ("satisfaction", "loyalty"))


def model(names: tuple[str, ...], paths: tuple[tuple[str, str], ...]) -> PathModel:
    measured = [f"{name} =~ {name}1 + {name}2" for name in names]
    return PathModel("\n".join([*measured, *(f"{target} ~ {source}" for source, target in paths)]))


def told(paths: tuple[tuple[str, str], ...], values: list[tuple[float, float, float]]) -> pd.DataFrame:
    """Return what `told_paths` returns, of paths and limits that are stated."""
    rows = [
        (source, target, std, low, high, low > 0 or high < 0, std, low, high, f"{source} & {target} <go> together.")
        for (source, target), (std, low, high) in zip(paths, values, strict=True)
    ]
    columns = ["source", "target", "std", "low", "high", "clear", "points", "points_low", "points_high", "sentence"]
    return pd.DataFrame(rows, columns=columns)


def short_diagram() -> Vector:
    values = [(0.3, 0.1, 0.5), (-0.5, -0.7, -0.3), (0.1, -0.2, 0.4), (0.6, float("nan"), float("nan"))]
    return path_diagram(short_fit(), told(SHORT_PATHS, values))


def short_fit() -> PathFit:
    return unrelated(SHORT, SHORT_PATHS)


def unrelated(names: tuple[str, ...], paths: tuple[tuple[str, str], ...]) -> PathFit:
    """Return a fit of constructs that have nothing in common, so that a drawing shows the paths it is told."""
    return replace(stated(model(names, paths), dict.fromkeys(paths, 0.0)), correlations=np.eye(len(names)))


def drawings(found: Vector) -> list[ElementTree.Element]:
    return [*ElementTree.fromstring(f"<figure>{found.svg}</figure>")]


@pytest.mark.parametrize(("names", "paths"), [(NAMES, ECSI), (SHORT, SHORT_PATHS)])
def test_paths_lead_forward_layer_by_layer_and_nothing_of_a_layer_overlaps(
    names: tuple[str, ...], paths: tuple[tuple[str, str], ...]
) -> None:
    found = layered(names, paths, construct=130, bend=40, gap=10)
    rank = {vertex: layer for layer, row in enumerate(found.layers) for vertex in row}
    for (source, target), chain in found.chains.items():
        assert (chain[0], chain[-1]) == (source, target)
        assert [rank[vertex] for vertex in chain] == list(range(rank[source], rank[target] + 1))
    for row in found.layers:
        for one, other in pairwise(row):
            size = sum(130 if isinstance(vertex, str) else 40 for vertex in (one, other)) / 2
            assert found.across[other] - found.across[one] >= size + 10 - 1e-6
    assert {name for name in names if rank[name] == 0} == {
        name for name in names if name not in {target for _, target in paths}
    }


def test_paths_that_need_not_cross_do_not() -> None:
    found = layered("abcd", [("a", "d"), ("b", "c")], construct=10, bend=4, gap=2)
    first, second = found.layers
    assert (first.index("a") < first.index("b")) == (second.index("d") < second.index("c"))


def test_each_path_can_be_reached_by_keyboard_and_says_its_sentence() -> None:
    broad, narrow = drawings(short_diagram())
    for drawing, name in ((broad, "broad"), (narrow, "narrow")):
        assert name in drawing.attrib["class"].split()
        paths = [part for part in drawing if part.attrib.get("class") == "path"]
        assert [part.attrib["aria-label"] for part in paths] == [f"{a} & {b} <go> together." for a, b in SHORT_PATHS]
        assert all(part.attrib["tabindex"] == "0" and part.find("title") is not None for part in paths)
        by = {part.attrib["id"]: part.text for part in drawing if "id" in part.attrib}
        assert drawing.attrib["aria-labelledby"].split() == list(by)
        assert all(by.values())


def test_colour_and_line_say_whether_the_sign_is_sure_and_width_says_how_strong() -> None:
    broad, _ = drawings(short_diagram())
    lines = [[*part] for part in broad if part.attrib.get("class") == "path"]
    colours = [marks[2].attrib["stroke"] for marks in lines]
    assert colours == ["var(--teal)", "var(--red)", "var(--soft)", "var(--soft)"]
    assert ["stroke-dasharray" in marks[2].attrib for marks in lines] == [False, False, True, True]
    halo, line = (np.array([float(marks[at].attrib["stroke-width"]) for marks in lines]) for at in (1, 2))
    assert np.argsort(line).tolist() == [2, 0, 1, 3]
    assert (halo[:3] > line[:3]).all()
    assert halo[3] == line[3]


def test_labels_lie_on_no_box_and_on_no_other_label() -> None:
    values = [(0.5, 0.4, 0.6)] * len(ECSI)
    (only,) = drawings(path_diagram(unrelated(NAMES, ECSI), told(ECSI, values)))
    labels = [_place(part) for part in only if part.attrib.get("aria-hidden") == "true"]
    boxes = [
        np.array([float(part.attrib["x"]), float(part.attrib["y"])]) + np.array(BOX) / 2
        for part in only
        if part.tag == "rect"
    ]
    assert (len(labels), len(boxes)) == (12, 7)
    for at, label in enumerate(labels):
        assert not any((np.abs(label - box) < np.array(BOX) / 2 + [20, 6]).all() for box in boxes)
        assert not any((np.abs(label - other) < [60, 22]).all() for other in labels[:at])


def test_it_may_be_published_and_two_on_a_page_share_no_identifier() -> None:
    values = [(0.3, 0.1, 0.5)] * len(SHORT_PATHS)
    refused = path_diagram(short_fit(), told(SHORT_PATHS, values), believed=False)
    assert refused.title == "Not established: 4 paths as they are printed, none of which should be acted on"
    assert refused.alt.count("printed as 0.30, not established.") == 4
    assert "Teal" not in refused.note
    page = "".join(str(each._repr_mimebundle_()["text/html"]) for each in (short_diagram(), refused))
    assert inspect(f"<html><body>{page}</body></html>", "loyalty.html") == []
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 8
    with pytest.raises(ValueError, match="alt text is required"):
        Vector("<svg/>", "A finding", " ")


@pytest.mark.browser
def test_a_browser_shows_the_one_that_fits_and_finds_nothing_in_a_readers_way(
    chromium: str, axe_source: str, tmp_path: Path
) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    shown = short_diagram()._repr_mimebundle_()["text/html"]
    body = f'<main class="cx"><h1>Page</h1><h2>Part</h2>{shown}</main>'
    page = f'<!doctype html><html lang="en"><title>Loyalty</title><style>{style("parts")}</style>{body}</html>'
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for width, seen, hidden in ((1200, ".broad", ".narrow"), (390, ".narrow", ".broad")):
            opened = browser.new_page(viewport={"width": width, "height": 900})
            opened.goto((tmp_path / "page.html").as_uri())
            assert opened.locator(seen).is_visible()
            assert opened.locator(hidden).is_hidden()
            assert opened.evaluate("document.documentElement.scrollWidth") <= width
            opened.keyboard.press("Tab")
            assert opened.evaluate("document.activeElement.getAttribute('aria-label')").startswith("image & trust")
        opened.evaluate(axe_source)
        assert [found["id"] for found in opened.evaluate("axe.run()")["violations"]] == []
        browser.close()


def test_paths_in_words_say_points_what_is_equal_and_how_sure() -> None:
    frame = mobi()
    text = "Image =~ IMAG1 + IMAG4 + IMAG5\nSat =~ CUSA1 + CUSA2 + CUSA3\nLoyal =~ CUSL1 + CUSL3\n"
    compact = PathModel(f"{text}Sat ~ Image\nLoyal ~ Sat + Image")
    answers = answers_of(frame[list(compact.items)], scales=dict.fromkeys(compact.items, (1, 10)))
    fit = compact.fit(answers, engine="ml")
    found = told_paths(fit, answers).set_index(["source", "target"])
    clear = found.loc["Image", "Sat"]
    assert clear["clear"]
    assert clear["sentence"] == (
        f"One point more Image on the scale from 1 to 10 goes with {clear['points']:.2f} points more Sat "
        f"({clear['points_low']:.2f} to {clear['points_high']:.2f})."
    )
    assert found.loc["Sat", "Loyal"]["sentence"].endswith("Image being equal.")
    # the score of Sat spreads about as much as that of Image
    assert clear["points"] == pytest.approx(clear["std"], rel=0.35)
    rows = fit.estimates.set_index(["lhs", "op", "rhs"])["std"]
    assert explained(fit)["Sat"] == pytest.approx(1 - rows["Sat", "~~", "Sat"])
    without = told_paths(fit, answers_of(frame[list(compact.items)]))
    assert without["sentence"].iloc[0].startswith("One standard deviation more Image goes with ")
    assert without["points"].isna().all()
    scales = dict.fromkeys(compact.items, (1, 10)) | {"IMAG1": (0, 10)}
    mixed = told_paths(fit, answers_of(frame[list(compact.items)], scales=scales))
    assert "on the scale from 0 to 100" in mixed["sentence"].iloc[0]
    assert last_construct(compact) == "Loyal"
    with pytest.raises(InvalidValue, match="at least one path"):
        last_construct(PathModel("a =~ x + y"))


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ((-0.2, 0.4), "Whether more Image goes with more or with less Sat cannot be told"),
        ((-ANYTHING - 1, 0.4), "nearly anything agrees with the answers"),
        ((float("nan"), float("nan")), "how surely is not known"),
        ((-0.6, -0.2), "goes with 0.30 standard deviations less Sat (0.20 to 0.60)"),
    ],
)
def test_what_is_not_sure_is_said_to_be_so(limits: tuple[float, float], said: str) -> None:
    paths = (("Image", "Sat"),)
    fit = stated(model(("Image", "Sat"), paths), {paths[0]: 0.3})
    row = ("Sat", "~", "Image", "", 0.3, 0.1, *limits, -0.3 if limits[1] < 0 else 0.3, *limits)
    fit.estimates.loc[len(fit.estimates)] = list(row)
    draw = np.random.default_rng(0).normal(size=(50, 4))
    answers = answers_of(pd.DataFrame(draw, columns=list(fit.model.items)))
    assert said in told_paths(fit, answers)["sentence"].iloc[0]


def _place(part: ElementTree.Element) -> np.ndarray:
    x, y = re.findall(r"-?\d+", part.attrib["transform"])
    return np.array([float(x), float(y)])
