"""One colour language for every page: teal better or first, vermilion worse, grey not told apart from nothing."""

INK = "#1c2430"
SOFT = "#5a6473"
LINE = "#e3dfd6"
TEAL = "#0b6a6a"
RED = "#c8553d"
BLUE = "#3b5b92"
OCHRE = "#d9a441"
VIOLET = "#7a5195"
SLATE = "#6b7280"
GREY = "#8f98a6"
CYCLE = (TEAL, RED, BLUE, OCHRE, VIOLET, SLATE)
_DARKER = {RED: "#b23a22", OCHRE: "#8a5a00", SLATE: SOFT, GREY: SOFT}


def word(colour: str) -> str:
    """The colour of words about what is drawn in `colour`: darker where thin strokes of it could not be read."""
    return _DARKER.get(colour, colour)
