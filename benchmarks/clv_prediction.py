"""What a million customers will buy and be worth: means and predictive intervals, beside pymc-marketing's expectations.

A million customers who buy as BG/NBD and pay as Gamma-Gamma say, under 400 draws of the parameters: from the cells of
the base to means and 50 % and 90 % intervals of purchases, spend and value of each, and totals; wall clock with a
thread for each processor, and CPU seconds of all threads. The peer answers one of these questions, the expected
purchases, without an interval of what will be counted: both are asked for it of CDNOW's 23,570 customers under the
same 2,000 draws. Imports, the reading of data and the fit are left out.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.clv_fit import MANY, write_study
from benchmarks.measurement import Measurement, measure_stages, python
from benchmarks.peers import peer_python

CDNOW, WEEKS = 23_570, 39
DRAWS, PEER_DRAWS = 400, 2_000
TASK = f"{CDNOW:,} customers, expected purchases under {PEER_DRAWS:,} draws (CPU)"
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}


def run(folder: Path) -> Iterator[Measurement]:
    """Yield the measurements; the data are written to `folder` first."""
    write_study(folder / "million", folder / "many.csv")
    write_cdnow(folder)
    module = ("-m", "benchmarks.clv_prediction")
    yield from measure_stages("cxmodels", python(*module, "million", str(folder)), rows=MANY)
    yield from measure_stages("cxmodels", python(*module, "cxmodels", str(folder)), rows=CDNOW)
    if peer := peer_python():
        yield from measure_stages("pymc-marketing", [peer, *module, "pymc-marketing", str(folder)], rows=CDNOW)


def write_cdnow(folder: Path) -> None:
    """Write CDNOW's customers as of the end of September 1997, times in weeks, and draws of the posterior."""
    import lifetimes
    import pandas as pd

    from cxmodels.clv.counts.from_frame import counted
    from cxmodels.clv.fits.purchases import fit_purchases

    file = Path(lifetimes.__file__).parent / "datasets" / "CDNOW_master.txt"
    lines = pd.read_csv(file, sep=r"\s+", skiprows=1, names=["customer_id", "day", "cds", "paid"])
    made_on = pd.Timestamp("1997-09-30")
    days = lines.assign(day=pd.to_datetime(lines["day"], format="%Y%m%d"))[["customer_id", "day"]].drop_duplicates()
    by_customer = days[days["day"] <= made_on].groupby("customer_id")["day"]
    table = pd.DataFrame(
        {
            "frequency": by_customer.count() - 1,
            "recency": (by_customer.max() - by_customer.min()).dt.days / 7,
            "T": (made_on - by_customer.min()).dt.days / 7,
        }
    )
    table.reset_index().to_csv(folder / "cdnow.csv", index=False)
    fit = fit_purchases(counted(table, unit="weeks"), size=PEER_DRAWS)
    fit.posterior.draws.to_csv(folder / "draws.csv", index=False)


def million(folder: Path) -> None:
    """Forecast a million customers and say what it took."""
    import numpy as np
    import pandas as pd

    from benchmarks.clv_fit import TRUTH
    from cxmodels.clv.forecasts.contracts import Array
    from cxmodels.clv.forecasts.if_active import if_active
    from cxmodels.clv.forecasts.orders import OrdersAhead
    from cxmodels.clv.forecasts.outcomes import Ahead, Levels
    from cxmodels.clv.forecasts.streamed import stream
    from cxmodels.clv.models.bg_nbd import BgNbd
    from cxmodels.clv.models.gamma_gamma import GammaGamma

    random = np.random.default_rng(1)
    table = pd.read_csv(folder / "many.csv")
    rate = random.gamma(SPEND["q"], 1 / SPEND["v"], len(table))
    paid = random.gamma(SPEND["p"] * np.maximum(table["frequency"], 1e-9)) / rate
    table = table.assign(payments=table["frequency"], total=np.where(table["frequency"] > 0, paid.round(2), 0.0))
    cells = table.groupby(list(table.columns), as_index=False).size().rename(columns={"size": "n"})
    del table

    def drawn(truth: dict[str, float]) -> Array:
        # as much doubt as a million customers leave
        return np.array(list(truth.values())) * np.exp(0.005 * random.normal(size=(DRAWS, len(truth))))

    month, discount = 30.4375, np.log(1.1) / 365.25
    begun, used = time.perf_counter(), time.process_time()
    theta = drawn(TRUTH)
    active = if_active(
        BgNbd(), theta, cells["frequency"].to_numpy(), cells["T"].to_numpy(), ahead=36 * month, rate=discount
    )
    orders = OrdersAhead(BgNbd(), theta, GammaGamma(), drawn(SPEND), 1.0, 36 * month, discount, active)
    found, _ = stream(Ahead(Levels(orders), None, 1.0, DRAWS), cells, [np.ones(len(cells), bool)], 1)
    wall, cpu = time.perf_counter() - begun, time.process_time() - used
    assert np.isfinite(found).all(axis=None)
    print(f"1M customers × {DRAWS} draws, all with intervals (wall clock)\t{wall:.3f}")
    print(f"1M customers × {DRAWS} draws, all with intervals (CPU)\t{cpu:.3f}")


def with_cxmodels(folder: Path) -> Callable[[], object]:
    """What is to be timed."""
    import numpy as np
    import pandas as pd

    from cxmodels.clv.forecasts.if_active import if_active
    from cxmodels.clv.forecasts.orders import OrdersAhead
    from cxmodels.clv.models.bg_nbd import BgNbd

    table = pd.read_csv(folder / "cdnow.csv")
    theta = pd.read_csv(folder / "draws.csv").to_numpy()

    def expected() -> object:
        past = table.groupby(["frequency", "recency", "T"], as_index=False).size()
        frequency, T = past["frequency"].to_numpy(float), past["T"].to_numpy(float)
        active = if_active(BgNbd(), theta, frequency, T, ahead=WEEKS, rate=0.0)
        orders = OrdersAhead(BgNbd(), theta, None, np.empty((0, 3)), 1.0, WEEKS, 0.0, active)
        blocks = (past.iloc[start : start + 500] for start in range(0, len(past), 500))
        return np.concatenate([orders.expected(block)["purchases"].mean(axis=1) for block in blocks])

    return expected


def with_pymc_marketing(folder: Path) -> Callable[[], object]:
    """What is to be timed; a quick fit of some customers makes the model, into which the draws are put."""
    import pandas as pd
    import xarray
    from pymc_marketing.clv import BetaGeoModel

    table, draws = pd.read_csv(folder / "cdnow.csv"), pd.read_csv(folder / "draws.csv")
    model = BetaGeoModel()
    model.fit(data=table.head(500), method="map", progressbar=False)
    model.idata["/posterior"] = xarray.Dataset(
        {name: (("chain", "draw"), draws[name].to_numpy().reshape(2, -1)) for name in draws}
    )
    return lambda: model.expected_purchases(data=table, future_t=WEEKS).mean(("chain", "draw"))


if __name__ == "__main__":
    import contextlib
    import os

    task, folder = sys.argv[1], Path(sys.argv[2])
    if task == "million":
        million(folder)
    else:
        call = {"cxmodels": with_cxmodels, "pymc-marketing": with_pymc_marketing}[task](folder)
        begun = time.process_time()
        # peers print while they work
        with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
            call()
        print(TASK, time.process_time() - begun, sep="\t")
