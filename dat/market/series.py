"""Extra series (staking yield, a premium path, any CSV): values that carry when they became known."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dat.core.ids import content_hash
from dat.errors import DataError

__all__ = ["Floats", "Instants", "Series"]

Floats = npt.NDArray[np.float64]
Instants = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Series:
    """One number through time, with the instant at which each value became known.

    Parameters
    ----------
    name
        How a treasury file and a strategy call it.
    known_at
        Shape (n,), datetime64[us] in UTC, strictly rising.
    values
        Shape (n,), float64, finite.

    Raises
    ------
    DataError
        When lengths differ, times do not rise, or a value is not finite.
    """

    name: str
    known_at: Instants
    values: Floats

    def __post_init__(self) -> None:
        if len(self.known_at) != len(self.values):
            raise DataError(
                f"series {self.name}: {len(self.known_at)} instants but {len(self.values)} values"
            )
        falls = np.flatnonzero(np.diff(self.known_at) <= np.timedelta64(0))
        if len(falls):
            raise DataError(f"series {self.name}: known_at does not rise after {self.known_at[falls[0]]}Z")
        bad = np.flatnonzero(~np.isfinite(self.values))
        if len(bad):
            raise DataError(
                f"series {self.name}: value {self.values[bad[0]]} at {self.known_at[bad[0]]}Z is not finite"
            )
        self.known_at.setflags(write=False)
        self.values.setflags(write=False)

    def visible(self, as_of: np.datetime64) -> Floats:
        """Give the values known at or before `as_of`, oldest first.

        Examples
        --------
        >>> days = np.array(["2024-01-01", "2024-01-02"], dtype="datetime64[us]")
        >>> Series("apr", days, np.array([0.03, 0.04])).visible(days[0])
        array([0.03])
        """
        return self.values[: int(np.searchsorted(self.known_at, as_of, side="right"))]

    def known_on(self, instants: Instants) -> Floats:
        """Give the latest value known at each instant, nan before the first; shape of `instants`."""
        place = np.searchsorted(self.known_at, instants, side="right") - 1
        return (
            np.where(place >= 0, self.values[np.maximum(place, 0)], np.nan)
            if len(self.values)
            else np.full(len(instants), np.nan)
        )

    @cached_property
    def chain(self) -> tuple[str, ...]:
        """Hash of the values up to and including each one; entry 0 stands for none."""
        links = [content_hash(self.name)]
        for time, value in zip(self.known_at.astype("int64"), self.values, strict=True):
            links.append(content_hash(links[-1].encode() + time.tobytes() + value.tobytes()))
        return tuple(links)

    @property
    def sha256(self) -> str:
        """Hash of all instants and values."""
        return self.chain[-1]

    def sha256_visible(self, as_of: np.datetime64) -> str:
        """Hash of the values known at or before `as_of`."""
        return self.chain[len(self.visible(as_of))]
