"""Bars that come to a stored series must open on its grid."""

import numpy as np

from dat.adapters.foreign import ForeignBars
from dat.core.time import iso
from dat.errors import DataError
from dat.market.finding import instant_of
from dat.ports import BarReader

__all__ = ["require_one_grid"]


def require_one_grid(files: list[ForeignBars], store: BarReader) -> None:
    """Refuse files whose bars open off the grid of what is stored, or of a file before them.

    Each file is judged on its own before; here beside its series, for no run accepts two grids in one.

    Raises
    ------
    DataError
        When a bar is off the grid; names the first.
    """
    starts: dict[object, np.datetime64] = {}
    for file in files:
        held = store.read(file.key)
        opens = np.sort(file.frame["open_time"].to_numpy(dtype="datetime64[us]"))
        first = opens[0] if held.empty else held["open_time"].to_numpy(dtype="datetime64[us]")[0]
        start = starts.setdefault(file.key, first)
        off = np.flatnonzero((opens - start) % np.timedelta64(file.key.bar.delta) != np.timedelta64(0))
        if len(off):
            text = f"the bar that opens {iso(instant_of(opens[off[0]]))} is off the grid of the series"
            raise DataError(f"{file.key}: {text}, which has a bar at {iso(instant_of(start))}")
