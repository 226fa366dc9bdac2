"""A shown object brings its look to JupyterLab and leaves it behind on a page."""

import io

import pytest
from PIL import Image

from cxmodels.look import MIME, Figure, bare, bundle, prose, style, styled


@styled
def drawn(label="far outside the axes"):
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots()
    axes.plot([0, 1], color="C0")
    axes.annotate(label, (1.05, 0.5), xycoords="axes fraction", annotation_clip=False)
    return Figure(figure, "A <title>", 'It says "words".', "A note.")


def test_html_carries_the_look_for_jupyterlab_and_can_put_it_off():
    shown = bundle("<p>a</p>", "a")
    assert style("parts") in shown["text/html"]
    assert bare(shown["text/html"]) == "<p>a</p>"


def test_html_that_is_not_ours_stays_as_it_is():
    assert bare("<div><p>a</p></div>") == "<div><p>a</p></div>"


def test_what_only_the_machine_reads_has_no_html():
    shown = bundle(None, "a", kind="results", data=[1])
    assert "text/html" not in shown
    assert shown[MIME] == {"kind": "results", "data": [1]}


def test_prose_keeps_bold_and_italic_and_escapes_the_rest():
    assert prose('<b>1</b> <i onclick="x">2</i> & <a>') == (
        "<b>1</b> &lt;i onclick=&quot;x&quot;&gt;2</i> &amp; &lt;a&gt;"
    )


def test_a_figure_without_words_is_refused():
    with pytest.raises(ValueError, match="alt text is required"):
        Figure(drawn().drawing, "A", " ")


def test_a_figure_shows_title_words_note_and_the_size_it_takes():
    figure = drawn()
    html = bare(figure._repr_mimebundle_()["text/html"])
    width, height = Image.open(io.BytesIO(figure.webp())).size
    for part in ("<h3>A &lt;title&gt;</h3>", 'alt="It says &quot;words&quot;."', "<figcaption>A note.</figcaption>"):
        assert part in html
    assert f'width="{round(width / 1.5)}" height="{round(height / 1.5)}"' in html


def test_a_label_outside_the_axes_is_not_cut_off():
    assert Image.open(io.BytesIO(drawn("x" * 40).webp())).size[0] > Image.open(io.BytesIO(drawn("").webp())).size[0]


def test_the_colours_of_the_house_hold_when_the_figure_is_saved():
    picture = Image.open(io.BytesIO(drawn("").webp())).convert("RGB")
    assert (0x0B, 0x6A, 0x6A) in {colour for _, colour in picture.getcolors(1_000_000)}


def test_a_shown_figure_is_closed_and_its_style_leaves_nothing_behind():
    import matplotlib.pyplot as plt

    before = dict(plt.rcParams)
    drawn()._repr_mimebundle_()
    assert plt.get_fignums() == []
    assert dict(plt.rcParams) == before
