"""Charts of what one share stands for: core coins per share, net and gross, and mNAV."""

import numpy as np

from dat.market.series import Floats
from dat.report.plots import closes_of, described
from dat.report.record import Chart, Series
from dat.report.track import Track
from dat.report.writing import day_of

__all__ = ["mnav_chart", "per_share_chart", "share_scale"]

_SCALES = ((1.0, ""), (1e3, "1,000 "), (1e6, "1,000,000 "), (1e9, "1,000,000,000 "))


def per_share_chart(track: Track) -> Chart:
    """Units of the core coin per share: net of cash and what is payable, and gross."""
    core, daily = track.result.core, track.result.daily
    net, gross = (daily[name].to_numpy(dtype=np.float64) for name in ("hps_net", "hps"))
    scale, word = share_scale(net)
    unit = f"{core} per {word}{'share' if scale == 1 else 'shares'}"
    alone = f"Gross, {core} alone" if len(track.result.assets) > 1 else "Gross, coins alone"
    series = [Series("Net, with cash", "main", _above_0(net, scale))]
    series += [Series(alone, "benchmark", _above_0(gross, scale))] if (gross > 0).any() else []
    parts = [
        _became(track, "hps_net", scale=scale, word="net"),
        _became(track, "hps", scale=scale, word="gross"),
    ]
    said = "; ".join(part for part in parts if part)
    message = f"In {unit}: {said}." if said else f"No {core} was held."
    return Chart(
        "per_share",
        f"{core} per share, net and gross",
        message,
        described(f"{core} per share", message),
        "lines",
        unit,
        ",.6~g",
        closes_of(track),
        tuple(series),
    )


def mnav_chart(track: Track) -> Chart:
    """Market value of the shares over the value of the coins."""
    mnav = track.result.daily["mnav"].to_numpy(dtype=np.float64)
    defined = mnav[np.isfinite(mnav)]
    message = (
        f"The assumed mNAV is {defined.min():.2f} to {defined.max():.2f}, and {defined[-1]:.2f} at the end."
        if len(defined)
        else "mNAV is not defined: no coins were held."
    )
    series = (
        Series("mNAV", "main", tuple(mnav.tolist())),
        Series("Parity", "money", (1.0,) * len(mnav)),
    )
    return Chart(
        "mnav",
        "mNAV, assumed: share price over coin value per share",
        message,
        described("mNAV", message),
        "lines",
        "multiple",
        ".3f",
        closes_of(track),
        series,
    )


def share_scale(values: Floats) -> tuple[float, str]:
    """Choose for how many shares a per-share figure reads well: 1, 1,000, a million or a billion.

    Examples
    --------
    >>> share_scale(np.array([0.0, 0.0019]))
    (1000.0, '1,000 ')
    """
    last = next((float(value) for value in values[::-1] if value > 0), 1.0)
    return next((scale for scale in _SCALES if last * scale[0] >= 0.01), _SCALES[-1])


def _above_0(values: Floats, scale: float) -> tuple[float, ...]:
    return tuple(np.where(values > 0, values * scale, np.nan).tolist())


def _became(track: Track, column: str, *, scale: float, word: str) -> str:
    values = track.result.daily[column].to_numpy(dtype=np.float64)
    held = np.flatnonzero(values > 0)
    if not len(held):
        return ""
    first, last = values[held[0]] * scale, values[-1] * scale
    return f"{word} {first:,.6g} on {day_of(track.times[held[0] + 1])} became {last:,.6g}"
