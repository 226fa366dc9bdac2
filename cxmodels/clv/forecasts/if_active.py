"""Purchases to be expected of customers who still buy: worked out for a few T of each frequency, read off for all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cxmodels.clv.models.model import PurchaseModel

Array = NDArray[np.float64]
_INNER = ((0.5 - math.sqrt(3 / 28), 49 / 180), (0.5, 16 / 45), (0.5 + math.sqrt(3 / 28), 49 / 180))
"""Inner nodes and weights of the Gauss-Lobatto rule with five, over the square root of the time ahead: most purchases
come early. Nothing is bought by the first, and what is bought by the last, of weight 1/20, is known. Discounting takes
off little, so that the error of what is left stays below 1e-4, even for customers of today over three years."""
_DIGITS = 14.0
"""Of the interpolation over T, in natural logarithms: six decimal digits."""


@dataclass(frozen=True, eq=False)
class IfActive:
    """Expected purchases within a time, and their discounted number, of customers who still buy.

    Where a purchase leaves no trace but its number (all models but those with an Erlang clock), what is expected of
    somebody who still buys depends on frequency and T alone, and smoothly on log(T + scale). So Chebyshev nodes over
    the range of T say it for all, at a cost that hardly grows with the number of customers.

    Attributes
    ----------
    model, theta
        The model; (draws, parameters).
    ahead, rate
        How far ahead and the rate of continuous discounting, in the model's unit of time.
    scale
        A time of the model: the smallest alpha (or beta) of any draw.
    nodes
        Frequency → (nodes,) T at which it was worked out; empty where nothing can be read off.
    values
        Frequency → (2, draws, nodes) purchases and discounted purchases there.
    """

    model: PurchaseModel
    theta: Array
    ahead: float
    rate: float
    scale: float = 0.0
    nodes: dict[float, Array] = field(default_factory=dict)
    values: dict[float, Array] = field(default_factory=dict)

    def __call__(self, frequency: Array, recency: Array, T: Array, alive: Array) -> Array:
        """(2, draws, rows) expected purchases and discounted ones, given (draws, rows) the chance to buy still.

        Customers whom the nodes say nothing of are worked out there and then.
        """
        if not self.nodes:
            return _expected(self.model, self.theta, frequency, recency, T, self.ahead, self.rate)
        found = np.empty((2, *alive.shape))
        beyond = np.ones(len(frequency), bool)
        for value in np.unique(frequency):
            if (at := self.nodes.get(float(value))) is None:
                continue
            within = (frequency == value) & (at.min() <= T) & (at.max() >= T)
            if len(at) <= _enough(at, self.scale):
                # these are T of customers, of which nothing between them can be read off
                within &= np.isin(T, at)
            beyond &= ~within
            rows = np.flatnonzero(within)
            unique, place = np.unique(T[rows], return_inverse=True)
            weights = _interpolation(np.log(at + self.scale), np.log(unique + self.scale))
            found[:, :, rows] = (self.values[float(value)] @ weights)[:, :, place]
        if beyond.any():
            found[:, :, beyond] = _if_active(
                self.model, self.theta, frequency[beyond], T[beyond], self.ahead, self.rate
            )
        found *= alive
        return found


def if_active(model: PurchaseModel, theta: Array, frequency: Array, T: Array, *, ahead: float, rate: float) -> IfActive:
    """Work out what is expected of customers with these frequencies and T, if they still buy.

    Parameters
    ----------
    model, theta
        A purchase model and (draws, parameters) of it.
    frequency, T
        (rows,), in the model's unit of time.
    ahead, rate
        How far ahead, and the rate of continuous discounting.

    Notes
    -----
    For each frequency at the T themselves where they are few, otherwise at as many Chebyshev nodes as the digits need.
    The expectation is analytic up to a distance of π from the real line, which sets how fast the error falls with
    their number (Trefethen 2013, Approximation Theory and Approximation Practice, theorem 8.2).
    """
    if getattr(model, "k", 1) > 1 or not len(T):
        # the time since the last purchase tells how far the next one has come: nothing can be read off
        return IfActive(model, theta, ahead, rate)
    times = [model.parameters.index(name) for name in ("alpha", "beta") if name in model.parameters]
    scale = float(theta[:, times].min())
    nodes = {float(value): _nodes(np.unique(T[frequency == value]), scale) for value in np.unique(frequency)}
    sizes = [len(at) for at in nodes.values()]
    x, at = np.repeat(list(nodes), sizes), np.concatenate(list(nodes.values()))
    values = _if_active(model, theta, x, at, ahead, rate)
    parts = np.split(values, np.cumsum(sizes)[:-1], axis=2)
    return IfActive(model, theta, ahead, rate, scale, nodes, dict(zip(nodes, parts, strict=True)))


def _if_active(model: PurchaseModel, theta: Array, frequency: Array, T: Array, ahead: float, rate: float) -> Array:
    """(2, draws, rows) of somebody who still buys."""
    # if they still buy, recency says nothing more; with the last purchase at T the chance of it is never near 0
    return _expected(model, theta, frequency, T, T, ahead, rate) / model.p_alive(theta, frequency, T, T)


def _expected(
    model: PurchaseModel, theta: Array, frequency: Array, recency: Array, T: Array, ahead: float, rate: float
) -> Array:
    """(2, draws, rows) purchases, and ∫ e^(-δt) dE[N(t)] = e^(-δh) E[N(h)] + δ ∫ e^(-δt) E[N(t)] dt."""
    purchases = model.expected_purchases(theta, frequency, recency, T, ahead)
    if rate == 0:
        return np.stack([purchases, purchases])
    discounted = (1 + rate * ahead / 10) * math.exp(-rate * ahead) * purchases
    for root, weight in _INNER:
        time = ahead * root**2
        by_then = model.expected_purchases(theta, frequency, recency, T, time)
        discounted += 2 * rate * ahead * root * weight * math.exp(-rate * time) * by_then
    return np.stack([purchases, discounted])


def _nodes(T: Array, scale: float) -> Array:
    """(nodes,) for sorted T that differ."""
    number = _enough(T, scale)
    if len(T) <= number:
        return T
    low, high = math.log(T[0] + scale), math.log(T[-1] + scale)
    # of the second kind, which have the ends of the range among them
    angles = np.pi * np.arange(1, number) / number
    inner = np.exp((low + high) / 2 + (high - low) / 2 * np.cos(angles)) - scale
    return np.concatenate([T[-1:], inner, T[:1]])


def _enough(T: Array, scale: float) -> int:
    """Degree of the polynomial that has the digits over the range of T."""
    width = math.log((T.max() + scale) / (T.min() + scale))
    return math.ceil(_DIGITS / math.asinh(2 * math.pi / width)) + 1 if width else 1


def _interpolation(nodes: Array, at: Array) -> Array:
    """(nodes, points) weights of the barycentric formula (Berrut & Trefethen 2004, SIAM Review 46, eq. 4.2)."""
    apart = nodes[:, None] - nodes
    np.fill_diagonal(apart, 1.0)
    # scaled to the range, so that products of many distances neither vanish nor overflow
    weights = 1 / np.prod(apart * 4 / max(np.ptp(nodes), 1e-300), axis=1)
    distance = at - nodes[:, None]
    exact = distance == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = weights[:, None] / distance
        found = parts / parts.sum(axis=0)
    return np.where(exact.any(axis=0), exact, found)
