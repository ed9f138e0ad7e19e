"""Foreign columns, instants and names, as exchanges and tools write them."""

import pandas as pd
import pytest

from dat.errors import InputError
from dat.market.mapping import guess_bar, guess_mapping, guess_pair, read_instants

NOV_10 = pd.Timestamp("2021-11-10", tz="UTC")


@pytest.mark.parametrize(
    "columns",
    [
        ["date", "open", "high", "low", "close", "volume", "n_hours"],
        ["timestamps", "open", "high", "low", "close", "volume", "amount"],
        ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"],
        ["Open time", "Open", "High", "Low", "Close", "Volume", "Close time", "Quote asset volume"],
        ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<VOL>"],
        ["ts", "o", "h", "l", "c", "v"],
    ],
    ids=["freqtrade", "kronos", "yahoo", "binance", "metatrader", "letters"],
)
def test_columns_are_guessed_in_their_order(columns: list[str]) -> None:
    guess = guess_mapping(columns)
    assert list(guess) == ["open_time", "open", "high", "low", "close", "volume"]
    starts = [name.strip("<").lower()[0] for name in guess.values()]
    assert starts[1:] == ["o", "h", "l", "c", "v"]
    assert starts[0] in "dto"


def test_a_missing_column_is_named_with_what_was_found() -> None:
    with pytest.raises(
        InputError, match=r"no column for 'volume' .*; the file has date, open, high, low, close"
    ):
        guess_mapping(["date", "open", "high", "low", "close"])


def test_two_columns_that_fit_are_not_chosen_between() -> None:
    columns = ["unix", "date", "open", "high", "low", "close", "volume"]
    with pytest.raises(InputError, match="unix and date could each be 'open_time'; name one"):
        guess_mapping(columns)
    assert guess_mapping(columns, {"open_time": "unix"})["open_time"] == "unix"


def test_a_named_column_must_be_there() -> None:
    columns = ["date", "open", "high", "low", "close", "volume"]
    with pytest.raises(InputError, match="no column 'Day' for 'open_time'; the file has date"):
        guess_mapping(columns, {"open_time": "Day"})
    with pytest.raises(InputError, match="'price' is no column of bars; they are open_time, open"):
        guess_mapping(columns, {"price": "close"})


@pytest.mark.parametrize(
    "written",
    [
        1636502400,
        1636502400.0,
        1636502400000,
        1636502400000000,
        1636502400000000000,
        "1636502400000",
        "2021-11-10",
        "2021-11-10 00:00:00",
        "2021-11-10T00:00:00Z",
        "2021-11-10T08:00:00+08:00",
    ],
)
def test_an_instant_is_read_however_it_is_written(written: object) -> None:
    read = read_instants(pd.Series([written]))
    assert read.tolist() == [NOV_10]
    assert str(read.dtype) == "datetime64[us, UTC]"


def test_datetimes_keep_their_instant() -> None:
    naive = pd.Series(pd.to_datetime(["2021-11-10"]))
    assert read_instants(naive).tolist() == [NOV_10]
    assert read_instants(naive.dt.tz_localize("Asia/Shanghai")).tolist() == [NOV_10 - pd.Timedelta(hours=8)]


@pytest.mark.parametrize("written", ["next week", "10/11/2021", 20211110, None])
def test_what_is_no_instant_is_named_with_its_row(written: object) -> None:
    with pytest.raises(InputError, match=r"row 2: '.*' is no instant"):
        read_instants(pd.Series(["2021-11-10" if isinstance(written, str) else 1636502400, written]))


@pytest.mark.parametrize(
    ("stem", "pair"),
    [
        ("BTC_USDT-1d", "BTC/USDT"),
        ("BTCUSDT", "BTC/USDT"),
        ("ETHBTC-1h-2024", "ETH/BTC"),
        ("BTC_USD-1d_2020_2026", "BTC/USD"),
        ("binance-SOLUSDC-4h", "SOL/USDC"),
        ("eth-eur", "ETH/EUR"),
    ],
)
def test_a_pair_is_guessed_from_a_file_name(stem: str, pair: str) -> None:
    assert guess_pair(stem) == pair


@pytest.mark.parametrize("stem", ["prices", "daily_bars", "USDT"])
def test_a_name_without_a_pair_is_no_guess(stem: str) -> None:
    with pytest.raises(InputError, match=f"no pair can be guessed from the file name '{stem}'"):
        guess_pair(stem)


@pytest.mark.parametrize(
    ("freq", "bar"), [("D", "1d"), ("h", "1h"), ("4h", "4h"), ("15min", "15m"), ("7D", "1w")]
)
def test_a_bar_size_is_the_commonest_step(freq: str, bar: str) -> None:
    opens = pd.Series(pd.date_range("2024-01-01", periods=9, freq=freq, tz="UTC")).drop(index=[4])
    assert guess_bar(opens).text == bar


def test_one_bar_has_no_step() -> None:
    with pytest.raises(InputError, match="cannot be guessed from fewer than two bars"):
        guess_bar(pd.Series(pd.to_datetime(["2024-01-01"], utc=True)))


def test_seconds_are_no_bar_size() -> None:
    with pytest.raises(InputError, match="bars are 10 s apart"):
        guess_bar(pd.Series(pd.date_range("2024-01-01", periods=3, freq="10s", tz="UTC")))
