"""Series and bars out of CSV files that are written here."""

from datetime import timedelta
from pathlib import Path

import pytest

from dat.adapters.csv import read_bars_csv, read_series
from dat.adapters.foreign import read_foreign_bars
from dat.core.time import BarSize
from dat.errors import DataError, InputError


def written(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def days(path: Path, *, known_lag: timedelta = timedelta(0)) -> list[str]:
    return [str(day)[:10] for day in read_series(path, "supply", known_lag=known_lag).known_at]


def test_a_value_is_known_on_its_date_or_a_lag_after(tmp_path: Path) -> None:
    path = written(tmp_path, "date,supply\n2024-01-01,1.5\n2024-01-02,2.5\n")
    assert days(path) == ["2024-01-01", "2024-01-02"]
    assert days(path, known_lag=timedelta(days=3)) == ["2024-01-04", "2024-01-05"]
    assert read_series(path, "supply").values.tolist() == [1.5, 2.5]


def test_a_file_may_say_itself_when_a_value_was_known(tmp_path: Path) -> None:
    path = written(tmp_path, "date,known_at,supply\n2024-01-01,2024-02-01,1\n2024-01-02,2024-02-03,2\n")
    assert days(path, known_lag=timedelta(days=9)) == ["2024-02-01", "2024-02-03"]


def test_one_of_several_columns_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "time,usdt,usdc\n2024-01-01,1,10\n2024-01-02,2,20\n")
    assert read_series(path, "supply", column="usdc").values.tolist() == [10.0, 20.0]
    with pytest.raises(InputError, match="needs one value column; it has time, usdt, usdc"):
        read_series(path, "supply")
    with pytest.raises(InputError, match="has no column 'dai'; it has time, usdt, usdc"):
        read_series(path, "supply", column="dai")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date,supply\n", r"series supply: .* has no rows"),
        ("date,supply\n2024-01-01,1\n2024-01-02,many\n", "series supply: row 2 of .* has 'many', no number"),
        ("date,supply\n2024-01-01,inf\n", "series supply: row 1 of .* has 'inf', no number"),
        ("date,supply\n2024-01-02,1\n2024-01-01,1\n", "series supply: known_at does not rise"),
        ("date,supply\n2024-01-01,1\n2024-01-01,1\n", "series supply: known_at does not rise"),
        ("day,supply\n2024-01-01,1\n", "needs one column named date, time"),
        ("date,supply\nyesterday,1\n", "row 1: 'yesterday' is no instant"),
        ("", "is empty"),
    ],
)
def test_a_series_that_is_wrong_is_named(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises((DataError, InputError), match=message):
        read_series(written(tmp_path, text), "supply")


def test_nothing_is_known_before_its_date(tmp_path: Path) -> None:
    path = written(tmp_path, "date,supply\n2024-01-01,1\n")
    with pytest.raises(InputError, match="a value cannot be known 1 day, 0:00:00 before its date"):
        read_series(path, "supply", known_lag=timedelta(days=-1))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.csv does not exist"):
        read_series(tmp_path / "no.csv", "supply")
    with pytest.raises(InputError, match=r"no\.csv does not exist"):
        read_foreign_bars(tmp_path / "no.csv", venue="file")


def test_a_file_without_a_header_is_read_as_binance_publishes_it(tmp_path: Path) -> None:
    row = "1704067200000,42283.58,44184.10,42180.77,44179.55,27174.29,1704153599999,1173.1,1,1.0,2.0,0"
    path = written(
        tmp_path, f"{row}\n{row.replace('1704067200000', '1704153600000')}\n", "BTCUSDT-1d-2024-01.csv"
    )
    read = read_foreign_bars(path, venue="binance")
    assert (read.key.pair, read.key.bar, read.guessed) == ("BTC/USDT", BarSize("1d"), ("pair", "bars"))
    assert read.frame["close"].tolist() == [44179.55, 44179.55]
    assert read.frame["open_time"].iloc[1].isoformat() == "2024-01-02T00:00:00+00:00"


def test_what_is_said_is_not_guessed(tmp_path: Path) -> None:
    path = written(tmp_path, "d,open,high,low,close,volume\n2024-01-01,1,1,1,1,1\n", "prices.csv")
    read = read_foreign_bars(
        path, venue="kraken", pair="ETH/EUR", bar=BarSize("1d"), named={"open_time": "d"}
    )
    assert (str(read.key), read.guessed, read.mapping["open_time"]) == ("kraken ETH/EUR 1d", (), "d")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("date,open,high,low,close,volume\n", "has no rows"),
        ("date,open,high,low,close,volume\n2024-01-01,1,1,1,x,1\n", "no number or instant"),
        ("date,open,high,low,close\n2024-01-01,1,1,1,1\n", "no column for 'volume'"),
    ],
)
def test_bars_that_cannot_be_read_are_named(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text, "BTC_USDT-1d.csv")
    with pytest.raises(InputError, match=message):
        read_foreign_bars(path, venue="file", bar=BarSize("1d"))


def test_a_header_of_words_is_kept(tmp_path: Path) -> None:
    assert list(read_bars_csv(written(tmp_path, "a,2\n1,2\n")).columns) == ["a", "2"]
