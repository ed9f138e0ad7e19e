"""A manifest is the same for the same facts, and another for any other."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dat.backtest.manifest import (
    CodeFacts,
    DataSource,
    SourceText,
    build_manifest,
    source_of_bars,
    source_of_series,
)
from dat.market.series import Series

CODE = CodeFacts("0.1", "c0de", "3.11.7", {"numpy": "2.4"})
DATA = DataSource("binance BTC/USDT 1d", "sample", 2, "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z", "da7a")
FACTS: dict[str, Any] = {
    "code": CODE,
    "treasury_file": SourceText("mine.toml", "[treasury]\n"),
    "data": (DATA,),
    "assumptions": ("1 USDT is taken as 1 USD.",),
    "seed": 7,
}


def bars(close: float = 2.0) -> pd.DataFrame:
    days = pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True)
    prices = {"open": 1.0, "high": 3.0, "low": 1.0, "close": [1.5, close]}
    return pd.DataFrame({"open_time": days, **prices, "volume": 9.0})


def test_a_manifest_states_every_fact() -> None:
    made = build_manifest(**FACTS)
    text_sha256 = hashlib.sha256(b"[treasury]\n").hexdigest()
    assert made["treasury_file"] == {"name": "mine.toml", "sha256": text_sha256, "text": "[treasury]\n"}
    assert made["data"][0]["filled"] == []
    assert (made["seed"], made["python"], made["code_sha256"]) == (7, "3.11.7", "c0de")


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 8},
        {"assumptions": ()},
        {"data": ()},
        {"code": CodeFacts("0.1", "c0de", "3.12.0", {"numpy": "2.4"})},
        {"treasury_file": SourceText("mine.toml", "[treasury] \n")},
    ],
)
def test_another_fact_is_another_run(change: dict[str, Any]) -> None:
    assert build_manifest(**FACTS)["run_id"] == build_manifest(**FACTS)["run_id"]
    assert build_manifest(**FACTS)["run_id"] != build_manifest(**FACTS | change)["run_id"]


def test_bars_are_described_by_rows_range_hash_and_fills() -> None:
    second = datetime(2024, 1, 2, tzinfo=UTC)
    found = source_of_bars("binance BTC/USDT 1d", "sample", bars(), filled=[second])
    assert (found.rows, found.first, found.last) == (2, "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
    assert found.filled == ("2024-01-02T00:00:00Z",)
    assert found.sha256 == source_of_bars("other name", "elsewhere", bars()).sha256
    assert found.sha256 != source_of_bars("binance BTC/USDT 1d", "sample", bars(2.0000001)).sha256


def test_a_series_is_described_by_when_it_was_known() -> None:
    days = np.array(["2024-01-02", "2024-01-03"], dtype="datetime64[us]")
    found = source_of_series(Series("apr", days, np.array([0.03, 0.04])), "apr.csv")
    assert (found.name, found.source, found.rows) == ("apr", "apr.csv", 2)
    assert (found.first, found.last) == ("2024-01-02T00:00:00Z", "2024-01-03T00:00:00Z")
