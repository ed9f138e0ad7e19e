"""Rolling statistics on arrays of shape (bars, assets); row t uses rows <= t only."""

import numpy as np

from dat.market.series import Floats

__all__ = ["log_returns", "rolling_mean"]


def rolling_mean(values: Floats, bars: int) -> Floats:
    """Average the last `bars` rows; nan until there are that many, and where one of them is missing.

    Parameters
    ----------
    values
        Shape (rows, columns), float64.
    bars
        At least 1.

    Returns
    -------
    ndarray
        Shape of `values`. Each row is summed on its own, so a shorter history gives the same bits.

    Examples
    --------
    >>> rolling_mean(np.array([[1.0], [2.0], [6.0]]), 2).ravel()
    array([nan, 1.5, 4. ])
    """
    means = np.full_like(values, np.nan)
    if len(values) >= bars:
        means[bars - 1 :] = np.lib.stride_tricks.sliding_window_view(values, bars, axis=0).mean(axis=-1)
    return means


def log_returns(close: Floats) -> Floats:
    """Give log returns from row to row; shape (rows - 1, columns); nan where a bar is missing.

    Examples
    --------
    >>> log_returns(np.array([[1.0], [np.e]])).round(12)
    array([[1.]])
    """
    return np.diff(np.log(close), axis=0)
