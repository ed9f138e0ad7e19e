"""Falls from a peak: how deep, from when to when, and how long under water.

Values are an index or a NAV per share, not a NAV that deposits lift. NaN: a missing row has no fall and is
passed over. A fall within rounding (1e-14) of the peak is none.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dat.errors import InputError
from dat.market.series import Floats
from dat.measures.returns import annualised_return, growth_index
from dat.measures.vectors import NOISE, as_vector, ratio

__all__ = [
    "Drawdown",
    "calmar",
    "deepest_drawdown",
    "drawdown_series",
    "drawdowns",
    "longest_underwater",
    "max_drawdown",
]


@dataclass(frozen=True, slots=True)
class Drawdown:
    """One fall from a peak until the value is back there.

    Parameters
    ----------
    peak_index
        Last row at the peak.
    trough_index
        First row at the lowest value.
    recovery_index
        First row back at or above the peak; None while still under water.
    depth_frac
        Value at the trough over value at the peak, minus 1: from -1 to 0.
    """

    peak_index: int
    trough_index: int
    recovery_index: int | None
    depth_frac: float


def drawdown_series(values: npt.ArrayLike) -> Floats:
    """Give the fall of each row from the highest value up to it.

    Parameters
    ----------
    values
        Shape (n,), not negative.

    Returns
    -------
    Floats
        Shape (n,), fractions from -1 to 0; nan where the value is missing or no value above zero came before.
        Row t uses rows up to t only.

    Raises
    ------
    InputError
        When a value is negative.

    Examples
    --------
    >>> drawdown_series([100, 80, 120, 90])
    array([ 0.  , -0.2 ,  0.  , -0.25])
    """
    levels = as_vector(values, name="values")
    if (levels < 0).any():
        row = int(np.argmax(levels < 0))
        raise InputError(f"values is {levels[row]} at row {row}; a fall is defined for values from 0 up")
    peaks = np.fmax.accumulate(levels)
    peaks[peaks == 0] = np.nan
    falls = levels / peaks - 1.0
    falls[falls > -NOISE] = 0.0
    return falls


def drawdowns(values: npt.ArrayLike) -> tuple[Drawdown, ...]:
    """List every fall, deepest first; of equal ones the earlier first.

    Parameters
    ----------
    values
        Shape (n,), not negative.

    Returns
    -------
    tuple of Drawdown
        Empty when the value never falls.

    Raises
    ------
    InputError
        When a value is negative.

    Examples
    --------
    >>> for fall in drawdowns([100, 87.5, 120, 90]):
    ...     print(fall)
    Drawdown(peak_index=2, trough_index=3, recovery_index=None, depth_frac=-0.25)
    Drawdown(peak_index=0, trough_index=1, recovery_index=2, depth_frac=-0.125)
    """
    falls, rows = _present_falls(values)
    ends = _peak_ends(falls)
    spells = np.flatnonzero(np.diff(ends) > 1)
    found = [_episode(falls, rows, peak=int(ends[spell]), back=int(ends[spell + 1])) for spell in spells]
    return tuple(sorted(found, key=lambda fall: fall.depth_frac))


def deepest_drawdown(values: npt.ArrayLike) -> Drawdown | None:
    """Give the first of `drawdowns` without listing the others; None when the value never falls.

    Examples
    --------
    >>> deepest_drawdown([100, 80, 120, 90]).depth_frac
    -0.25
    """
    falls, rows = _present_falls(values)
    if not len(falls) or falls.min() == 0.0:
        return None
    ends = _peak_ends(falls)
    spell = int(np.searchsorted(ends, falls.argmin()))
    return _episode(falls, rows, peak=int(ends[spell - 1]), back=int(ends[spell]))


def max_drawdown(values: npt.ArrayLike) -> float:
    """Give the depth of the deepest fall.

    Parameters
    ----------
    values
        Shape (n,), not negative.

    Returns
    -------
    float
        Fraction from -1 to 0; 0 when the value never falls, nan without a value above zero.

    Raises
    ------
    InputError
        When a value is negative.

    Examples
    --------
    >>> max_drawdown([100, 80, 120, 90])
    -0.25
    """
    falls, _ = _present_falls(values)
    return float(falls.min()) if len(falls) else math.nan


def longest_underwater(values: npt.ArrayLike) -> int:
    """Count the rows below the peak in the longest spell without a new peak, recovered or not.

    Parameters
    ----------
    values
        Shape (n,), not negative; missing rows are not counted.

    Returns
    -------
    int
        Periods; 0 when the value never falls.

    Raises
    ------
    InputError
        When a value is negative.

    Examples
    --------
    >>> longest_underwater([100, 80, 90, 120, 90])
    2
    """
    falls, _ = _present_falls(values)
    return int(np.diff(_peak_ends(falls)).max() - 1) if len(falls) else 0


def calmar(returns: npt.ArrayLike, *, periods_per_year: float) -> float:
    """Give the annualised return over the depth of the deepest fall, the opening value counted as a peak.

    Parameters
    ----------
    returns
        Shape (n,), fraction per period; missing rows count as no return.
    periods_per_year
        Above 0.

    Returns
    -------
    float
        nan without rows or when the value never falls.

    Notes
    -----
    Source: Young (1991), over the whole sample instead of 36 months.

    Examples
    --------
    >>> round(calmar([-0.5, 1.42], periods_per_year=2), 12)
    0.42
    """
    depth = max_drawdown(growth_index(returns, start=1.0, with_opening=True))
    return ratio(annualised_return(returns, periods_per_year=periods_per_year), -depth)


def _present_falls(values: npt.ArrayLike) -> tuple[Floats, npt.NDArray[np.intp]]:
    falls = drawdown_series(values)
    rows = np.flatnonzero(~np.isnan(falls))
    return falls[rows], rows


def _peak_ends(falls: Floats) -> npt.NDArray[np.intp]:
    # Rows at a peak, and the end: a spell under water is a gap between two neighbours.
    return np.append(np.flatnonzero(falls == 0.0), len(falls))


def _episode(falls: Floats, rows: npt.NDArray[np.intp], *, peak: int, back: int) -> Drawdown:
    trough = peak + int(falls[peak:back].argmin())
    recovery = int(rows[back]) if back < len(rows) else None
    return Drawdown(int(rows[peak]), int(rows[trough]), recovery, float(falls[trough]))
