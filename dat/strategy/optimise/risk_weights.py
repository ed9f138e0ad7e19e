"""Weights from the risk of the assets alone."""

import numpy as np

from dat.errors import DatError
from dat.market.series import Floats

__all__ = ["capped", "inverse_volatility", "minimum_variance"]


def inverse_volatility(returns: Floats, *, cap: float = 1.0) -> Floats:
    """Weigh each asset by one over its volatility.

    Parameters
    ----------
    returns
        Shape (rows, assets), finite, at least two rows.
    cap
        Largest weight, fraction; at least 1 / assets.

    Returns
    -------
    ndarray
        Shape (assets,), sums to 1.

    Examples
    --------
    >>> inverse_volatility(np.array([[0.01, 0.03], [-0.01, -0.03]])).round(2)
    array([0.75, 0.25])
    """
    volatility = returns.std(axis=0, ddof=1)
    inverse = 1.0 / np.maximum(volatility, 1e-12)
    return capped(inverse / inverse.sum(), cap)


def minimum_variance(returns: Floats, *, cap: float = 1.0) -> Floats:
    """Find the long-only, fully invested weights of least variance, each at most `cap`.

    Minimises w' S w with S the sample covariance (Markowitz 1952), solved by CLARABEL through cvxpy from a
    cold start, so the same input gives the same bits.

    Parameters
    ----------
    returns
        Shape (rows, assets), finite, at least two rows.
    cap
        Largest weight, fraction; at least 1 / assets.

    Returns
    -------
    ndarray
        Shape (assets,), at least 0, sums to 1.

    Raises
    ------
    DatError
        When the solver finds no solution.
    """
    import cvxpy as cp  # here, not above: it takes a second to import, and few runs optimise

    covariance = np.atleast_2d(np.cov(returns, rowvar=False))
    scale = float(np.trace(covariance)) / len(covariance) or 1.0
    weights = cp.Variable(len(covariance))
    risk = cp.quad_form(weights, cp.psd_wrap(covariance / scale))
    problem = cp.Problem(cp.Minimize(risk), [weights >= 0, weights <= cap, cp.sum(weights) == 1])
    problem.solve(solver=cp.CLARABEL, warm_start=False)
    if weights.value is None:
        raise DatError(
            f"minimum variance of {len(covariance)} assets with cap {cap}: solver says {problem.status}"
        )
    clipped = np.clip(weights.value, 0.0, cap)
    return capped(clipped / clipped.sum(), cap)


def capped(weights: Floats, cap: float) -> Floats:
    """Bring weights that sum to 1 under a cap, handing the excess to the others in proportion.

    Examples
    --------
    >>> capped(np.array([0.7, 0.2, 0.1]), 0.5).round(4)
    array([0.5   , 0.3333, 0.1667])
    """
    weights = weights.astype(np.float64)
    fixed = np.zeros(len(weights), dtype=bool)
    while (over := (weights > cap) & ~fixed).any():
        fixed |= over
        room = 1.0 - cap * fixed.sum()
        free = weights[~fixed].sum()
        weights = np.where(fixed, cap, weights * (room / free if free > 0 else 0.0))
    return weights
