"""The door through which every measure takes its arrays, and two operations that bear flat ones."""

import math

import numpy as np
import numpy.typing as npt

from dat.errors import InputError
from dat.market.series import Floats

__all__ = [
    "NOISE",
    "as_positive",
    "as_vector",
    "check_lengths",
    "deviation",
    "present",
    "present_pairs",
    "ratio",
]

NOISE = 1e-14
"""Returns are ratios of values near one, exact to about 1e-16: a spread or fall below this is rounding."""


def as_vector(values: npt.ArrayLike, *, name: str) -> Floats:
    """Read a one-dimensional float64 array; nan is allowed and means missing.

    Raises
    ------
    InputError
        When the array is not one-dimensional or holds an infinite value.

    Examples
    --------
    >>> as_vector([1, float("nan")], name="returns")
    array([ 1., nan])
    """
    vector = np.asarray(values, dtype=np.float64)
    if vector.ndim != 1:
        raise InputError(f"{name} has shape {vector.shape}; one dimension is needed")
    infinite = np.isinf(vector)
    if infinite.any():
        row = int(infinite.argmax())
        raise InputError(f"{name} is {vector[row]} at row {row}; a finite value or nan is needed")
    return vector


def check_lengths(**vectors: Floats) -> None:
    """Refuse arrays that do not go row by row together.

    Raises
    ------
    InputError
        When two lengths differ; the text gives every name with its length.

    Examples
    --------
    >>> check_lengths(nav=np.ones(2), costs=np.ones(2))
    """
    if len({len(vector) for vector in vectors.values()}) > 1:
        lengths = ", ".join(f"{name} {len(vector)}" for name, vector in vectors.items())
        raise InputError(f"lengths differ: {lengths}")


def as_positive(value: float, *, name: str) -> float:
    """Read a number that must be finite and above zero.

    Raises
    ------
    InputError
        When it is not.

    Examples
    --------
    >>> as_positive(365, name="periods_per_year")
    365.0
    """
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"{name} is {value}; a finite number above 0 is needed")
    return float(value)


def present(values: npt.ArrayLike, *, name: str) -> Floats:
    """Read a vector and leave its missing rows out.

    Examples
    --------
    >>> present([0.1, float("nan"), 0.2], name="returns")
    array([0.1, 0.2])
    """
    vector = as_vector(values, name=name)
    return vector[~np.isnan(vector)]


def present_pairs(**pair: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Read two vectors of one length and leave out the rows where either is missing.

    Raises
    ------
    InputError
        When the lengths differ.

    Examples
    --------
    >>> present_pairs(returns=[0.1, 0.2], benchmark_returns=[float("nan"), 0.3])
    (array([0.2]), array([0.3]))
    """
    vectors = {name: as_vector(values, name=name) for name, values in pair.items()}
    check_lengths(**vectors)
    left, right = vectors.values()
    both = ~(np.isnan(left) | np.isnan(right))
    return left[both], right[both]


def ratio(numerator: float, denominator: float) -> float:
    """Divide; nan where the quotient is undefined or too large for a float.

    Examples
    --------
    >>> ratio(1.0, 4.0), ratio(1.0, 0.0)
    (0.25, nan)
    """
    quotient = float(numerator) / float(denominator) if denominator else math.nan
    return quotient if math.isfinite(quotient) else math.nan


def deviation(values: Floats) -> float:
    """Give the sample standard deviation (n - 1); exactly 0 where the spread is rounding noise.

    Parameters
    ----------
    values
        Shape (n,), without nan.

    Returns
    -------
    float
        nan for fewer than two values.

    Examples
    --------
    >>> deviation(np.array([1.0, 3.0])) == 2**0.5, deviation(np.full(7, 0.1))
    (True, 0.0)
    """
    if len(values) < 2:
        return math.nan
    centre = float(values.mean())
    spread = math.sqrt(float(np.square(values - centre).sum()) / (len(values) - 1))
    return spread if spread > NOISE * (1.0 + abs(centre)) else 0.0
