"""Contracts as counts: those of the literature, and simulated ones whose chances to stop are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Survivors of 1 000 customers after 0, 1, … 12 years:
# Fader & Hardie (2007), How to project customer retention, table 1.
HIGH_END = (1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394)
REGULAR = (1000, 631, 468, 382, 326, 289, 262, 241, 223, 207, 194, 183, 173)


def counted(survivors: tuple[int, ...], years: int = 7) -> pd.DataFrame:
    """Return contracts watched for so many years as counts."""
    ended = [(0, year, 1, survivors[year - 1] - survivors[year]) for year in range(1, years + 1)]
    return pd.DataFrame([*ended, (0, years, 0, survivors[years])], columns=["entry", "exit", "ended", "n"])


def watched(theta: tuple[float, float], contracts: int, months: int, entry: int, seed: int) -> pd.DataFrame:
    """Return simulated contracts that had been renewed `entry` times and were then watched for so many months."""
    random = np.random.default_rng(seed)
    stop = random.beta(theta[0], theta[1] + entry, contracts)
    with np.errstate(divide="ignore", over="ignore"):
        renewed = np.floor(random.standard_exponential(contracts) / -np.log1p(-stop))
    ended = renewed < months
    frame = pd.DataFrame({"entry": entry, "exit": entry + np.minimum(renewed + 1, months), "ended": ended})
    return frame.astype(int).value_counts().rename("n").reset_index()
