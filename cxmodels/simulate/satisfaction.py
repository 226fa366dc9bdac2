"""Latent satisfaction month by month, and the late deliveries that disturb it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxmodels.simulate.calendar import Calendar
from cxmodels.simulate.parameters import Satisfaction


@dataclass(frozen=True)
class Feelings:
    """Latent satisfaction of customers.

    Attributes
    ----------
    satisfaction
        float32, customers × months of the calendar.
    late
        bool, same shape: the month's delivery came late.
    image
        float32, customers: the image they have of the company, standard normal.
    """

    satisfaction: np.ndarray
    late: np.ndarray
    image: np.ndarray

    def of(self, rows: np.ndarray) -> Feelings:
        """The same of some customers."""
        return Feelings(self.satisfaction[rows], self.late[rows], self.image[rows])


def feel(
    parameters: Satisfaction,
    calendar: Calendar,
    joined: np.ndarray,
    region: np.ndarray,
    regions: list[str],
    random: np.random.Generator,
) -> Feelings:
    """Draw satisfaction paths; nothing comes late before joining."""
    count, months = len(joined), calendar.length
    image = random.standard_normal(count, dtype=np.float32)
    own = random.standard_normal(count, dtype=np.float32)
    path = np.float32(parameters.image_path)
    level = np.float32(parameters.level_sd) * (path * image + np.sqrt(1 - path**2) * own)

    late = random.random((months, count), dtype=np.float32) < _late_probability(parameters, calendar, region, regions)
    late &= np.arange(months)[:, None] >= np.floor(joined)[None, :]
    noise = random.standard_normal((months, count), dtype=np.float32)

    # Months run along the first axis here: each step of the recursion then reads and writes neighbouring memory.
    satisfaction = np.empty((months, count), np.float32)
    correlation, memory = np.float32(parameters.drift_correlation), np.float32(parameters.shock_memory)
    innovation = np.float32(parameters.drift_sd) * np.sqrt(1 - correlation**2)
    drift = np.float32(parameters.drift_sd) * noise[0]
    shock = np.float32(parameters.late_effect) * late[0]
    satisfaction[0] = level + drift + shock
    for month in range(1, months):
        drift = correlation * drift + innovation * noise[month]
        shock = memory * shock + np.float32(parameters.late_effect) * late[month]
        satisfaction[month] = level + drift + shock
    return Feelings(satisfaction.T, late.T, image)


def _late_probability(
    parameters: Satisfaction, calendar: Calendar, region: np.ndarray, regions: list[str]
) -> np.ndarray:
    december = calendar.month_of_year[: calendar.length] == 12
    by_month = np.where(december, parameters.december_late_probability, parameters.late_probability)
    probability = np.repeat(by_month.astype(np.float32)[:, None], len(region), axis=1)
    probability[calendar.stop - 1, region == regions.index(parameters.event_region)] = parameters.event_late_probability
    return probability
