"""A treasury small enough to follow by hand: a file with a few keys and a bar store of a few days."""

from pathlib import Path

import pandas as pd

from dat.adapters.parquet import write_table

__all__ = ["TREASURY", "files_under", "make_bars", "write_bars", "write_treasury"]

TREASURY = """\
[treasury]
name = "Small"
mode = "passive"
inception = 2024-01-01

[strategy]
name = "passive"

[strategy.params]
asset = "BTC"

[rebalance]
calendar = "once"

[market]
source = "bars"

[capital]
cash = 1000
"""


def make_bars(closes: list[float], *, start: str = "2024-01-01", volume: float = 1000.0) -> pd.DataFrame:
    """Give daily bars that open at the close before; the first opens at its own close."""
    opens = [closes[0], *closes[:-1]]
    both = list(zip(opens, closes, strict=True))
    return pd.DataFrame(
        {
            "open_time": pd.date_range(start, periods=len(closes), freq="D", tz="UTC", unit="us"),
            "open": opens,
            "high": [max(pair) for pair in both],
            "low": [min(pair) for pair in both],
            "close": closes,
            "volume": volume,
        }
    )


def write_bars(store: Path, frame: pd.DataFrame, asset: str = "BTC") -> None:
    """Write bars as they are, good or bad, where a store of bars has them."""
    for month, rows in frame.groupby(frame["open_time"].dt.strftime("%Y-%m")):
        write_table(store / "binance" / f"{asset}-USDT" / "1d" / f"{month}.parquet", rows)


def write_treasury(folder: Path, *changes: tuple[str, str], extra: str = "") -> Path:
    """Write FOLDER/small.toml: the text above, with each (old, new) replaced, and more lines at its end."""
    text = TREASURY
    for old, new in changes:
        assert old in text, f"{old!r} is not in the file"
        text = text.replace(old, new)
    path = folder / "small.toml"
    path.write_text(text + extra)
    return path


def files_under(folder: Path) -> set[str]:
    """Name every file, to see that nothing was written."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
