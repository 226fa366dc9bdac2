"""Names of rows stand beside a drawing, those of groups in it, where a narrow screen has room for them."""

import matplotlib.pyplot as plt

from cxmodels.look import palette
from cxmodels.look.rows import row_names


def test_a_heading_stands_where_rows_have_no_drawing_and_takes_no_room_beside_it():
    figure, ax = plt.subplots()
    row_names(ax, [(0, "satisfaction → commitment", True), (-1, "18–29", False), (-2, "60+", False)])
    plt.close(figure)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["18–29", "60+"]
    assert [(text.get_text(), text.xy) for text in ax.texts] == [("satisfaction → commitment", (0, 0))]


def test_words_are_darker_than_what_they_name_where_thin_strokes_could_not_be_read():
    assert all(contrast(palette.word(colour)) >= 4.5 for colour in (*palette.CYCLE, palette.GREY, palette.SOFT))
    assert contrast(palette.OCHRE) < 3


def contrast(colour: str) -> float:
    """Contrast on the paper of a page (WCAG 2.2, relative luminance)."""

    def luminance(code: str) -> float:
        parts = [int(code[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance("#fbfaf7"), luminance(colour)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
