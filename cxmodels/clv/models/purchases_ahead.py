"""Purchases to be expected of a customer who still buys and may stop after each purchase."""

from __future__ import annotations

import numpy as np

from cxmodels.clv.models.model import Array

_DEPTH = 25.0
"""The integral goes to where the density of the dropout has fallen to exp(-25) of its peak."""
_STEP = 0.35
"""Step in the logit of the dropout; halved, an expectation moves by less than a billionth."""
_BLOCK = 1 << 14
"""Rows times nodes held at a time."""
_END = 28.0
"""A chance to stop of exp(-28) is as good as 0 where one purchase is expected, and nearly 1 is as good as 1."""


def purchases_ahead(shape: Array, a: Array, b: Array, tau: Array, *, k: int = 1, phase: int = 0) -> Array:
    """Expected purchases of a customer who is still one, with a rate and a dropout that are not known.

    Parameters
    ----------
    shape, tau
        The rate is gamma distributed; `shape`, and the time ahead in units of its scale (time ahead over alpha + T).
    a, b
        The chance to stop after a purchase is beta distributed.
    k
        A purchase takes `k` events of the rate (Erlang-k).
    phase
        Events since the last purchase, less than `k`.

    Returns
    -------
    Of the shape that the arguments have together; finite and positive for a → 1, large shapes and large b too.

    Notes
    -----
    With dropout p, rate λ and time t the expectation is (1 - E (1-p)^m)/p, m = floor((events + phase)/k). For k = 1
    that is (1 - exp(-λ p t))/p, over the gamma (1 - (1 + p tau)^-shape)/p: equation 10 of Fader, Hardie & Lee (2005)
    before the integral over p is written as a hypergeometric function, which overflows for many purchases and has a
    removable singularity at a = 1. For k > 1 the generating function of floor(·/k) is a sum over the k-th roots of
    unity. The integral over p is taken by the trapezoidal rule in the logit of p, where the integrand is analytic and
    falls off exponentially on both sides: the error falls exponentially with the number of nodes. Towards p = 0 and
    p = 1 all but the density is constant, and the rest of the sum is a geometric series.
    """
    parts = np.broadcast_arrays(*(np.asarray(part, float) for part in (shape, a, b, tau)))
    flat = np.stack([part.ravel() for part in parts])
    found = np.empty(flat.shape[1])
    low, step, nodes = _grid(flat, k)
    # alike numbers of nodes stand together, so that one odd row does not make all others dear
    order, start = np.argsort(-nodes, kind="stable"), 0
    while start < len(order):
        most = int(nodes[order[start]])
        block = order[start : start + max(_BLOCK // most, 1)]
        # rows that need fewer nodes have them closer together, not further out
        closer = step[block] * (nodes[block] - 1) / (most - 1)
        found[block] = _integral(flat[:, block, None], low[block, None], closer[:, None], most, k, phase)
        start += len(block)
    return found.reshape(parts[0].shape)


def _grid(flat: Array, k: int) -> tuple[Array, Array, np.ndarray]:
    """Where the grid of each row begins, its step and the number of its nodes."""
    shape, a, b, tau = flat
    spread, peak = np.sqrt(1 / a + 1 / b), np.log(a / b)
    near = np.sqrt(2 * _DEPTH) * spread
    low = peak - _DEPTH / a - np.minimum((1 + b / a) * np.log1p(a / b), near)
    high = peak + _DEPTH / b + np.minimum((1 + a / b) * np.log1p(b / a), near)
    # so near to 0 or 1 that nothing changes any more but the density
    low = np.maximum(low, -_END - np.log1p(shape * tau + a + b))
    high = np.maximum(np.minimum(high, _END * k + np.log1p(shape + a + b)), low + 1)
    nodes = np.ceil((high - low) / np.minimum(_STEP, 0.7 * spread)).astype(int) + 1
    return low, (high - low) / (nodes - 1), nodes


def _integral(flat: Array, low: Array, step: Array, nodes: int, k: int, phase: int) -> Array:
    shape, a, b, tau = flat
    logit = low + step * np.arange(nodes)
    # the logarithms of p and 1 - p, since either may be too close to 0 or 1 to be told from it
    log_q = -np.log1p(np.exp(-np.abs(logit))) - np.maximum(logit, 0)
    weight = a * logit
    weight += (a + b) * log_q
    weight -= weight.max(axis=1, keepdims=True)
    np.exp(weight, out=weight)
    # the nodes further out, down to minus infinity and up to infinity, are geometric series
    weight[:, :1] /= -np.expm1(-a * step)
    weight[:, -1:] /= -np.expm1(-b * step)
    bought = _bought(shape, tau, log_q, k, phase)
    return np.einsum("ij,ij->i", weight, bought) / weight.sum(axis=1)


def _bought(shape: Array, tau: Array, log_q: Array, k: int, phase: int) -> Array:
    """Expected purchases at each dropout, without the loss of digits where it is close to 0."""
    p, root = -np.expm1(log_q), log_q / k
    bought = -np.expm1(-shape * np.log1p(tau * (p if k == 1 else -np.expm1(root))))
    if k == 1:
        return bought / p
    powers = [root * (phase - part) for part in range(k)]
    bought *= sum(map(np.exp, powers))
    bought -= sum(map(np.expm1, powers))
    bought /= p
    for turn in range(1, k // 2 + 1):
        z = -np.exp(root) if 2 * turn == k else np.exp(root + 2j * np.pi * turn / k)
        term = z ** (phase - k + 1) / (1 - z) * np.exp(-shape * np.log(1 + tau * (1 - z)))
        # the roots come in pairs, but for -1
        bought -= term.real * (1 if 2 * turn == k else 2)
    return bought / k
