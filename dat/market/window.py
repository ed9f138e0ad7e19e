"""What can be seen at one instant, and nothing after it."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np

from dat.errors import DataError
from dat.market.panel import Panel
from dat.market.series import Floats, Instants, Series

__all__ = ["Window"]


class Window:
    """Bars and series that are visible at `as_of`: a bar once it has closed, a value once it is known.

    Parameters
    ----------
    panel
        Aligned bars.
    rows
        How many bars of the panel have closed; `as_of` is the close of the last of them.
    series
        Extra series by name.

    Notes
    -----
    Arrays are read-only views of shape (rows, assets), columns in the order of `assets`.
    A bar is visible at `as_of` if and only if open time + bar size <= as_of.
    """

    __slots__ = (
        "_panel_chain",
        "_series",
        "as_of",
        "assets",
        "close",
        "high",
        "low",
        "open",
        "open_time",
        "volume",
    )

    def __init__(self, panel: Panel, rows: int, series: Mapping[str, Series] | None = None) -> None:
        if not 1 <= rows <= len(panel):
            raise DataError(f"a window of {rows} bars was asked of a panel of {len(panel)}")
        self.assets = panel.assets
        self.as_of: np.datetime64 = panel.as_of[rows - 1]
        self.open_time: Instants = panel.open_time[:rows]
        self.open: Floats = panel.open[:rows]
        self.high: Floats = panel.high[:rows]
        self.low: Floats = panel.low[:rows]
        self.close: Floats = panel.close[:rows]
        self.volume: Floats = panel.volume[:rows]
        self._panel_chain = panel.chain[rows - 1]
        self._series = series or {}

    def __len__(self) -> int:
        return len(self.open_time)

    @property
    def instant(self) -> datetime:
        """`as_of` as an aware UTC datetime."""
        return self.as_of.astype("datetime64[us]").item().replace(tzinfo=UTC)  # type: ignore[no-any-return]

    def closes(self, asset: str) -> Floats:
        """Give the visible closes of one asset, oldest first; nan where a bar is missing."""
        return self.close[:, self._column(asset)]

    def series(self, name: str) -> Floats:
        """Give the values of an extra series that are known by now, oldest first.

        Raises
        ------
        DataError
            When the treasury file declares no such series.
        """
        if name not in self._series:
            raise DataError(
                f"no series '{name}'; the treasury file declares {', '.join(self._series) or 'none'}"
            )
        return self._series[name].visible(self.as_of)

    @property
    def fingerprint(self) -> str:
        """Hash of all that is visible: the record of what a decision was based on."""
        link = hashlib.sha256(self._panel_chain)
        for name in sorted(self._series):
            link.update(f"{name}:{self._series[name].sha256_visible(self.as_of)}".encode())
        return link.hexdigest()

    def _column(self, asset: str) -> int:
        if asset not in self.assets:
            raise DataError(f"no bars for '{asset}'; the window holds {', '.join(self.assets)}")
        return self.assets.index(asset)
