"""What lies on the disk: the same bytes by any road, whole files after any death, one writer at a time."""

import json
import multiprocessing
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dat.adapters.files import exclusive, replace_file
from dat.adapters.memory import MemoryBarStore
from dat.adapters.parquet import ParquetBarStore, read_bars_file, read_table, write_table
from dat.adapters.sample import SampleBarStore
from dat.core.time import BarSize, parse_instant
from dat.errors import InputError, StoreError
from dat.market.bars import BarKey

KEY = BarKey("binance", "BTC/USDT", BarSize("1d"))
FOLDER = Path("binance/BTC-USDT/1d")


class StoppedClock:
    def now(self) -> datetime:
        return datetime(2024, 5, 1, tzinfo=UTC)


def real_bars(days: int = 50) -> pd.DataFrame:
    return SampleBarStore().read(KEY, start=parse_instant("2024-01-20")).head(days)


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_a_month_is_a_file(tmp_path: Path) -> None:
    ParquetBarStore(tmp_path).append(KEY, real_bars())
    months = ["2024-01.parquet", "2024-02.parquet", "2024-03.parquet"]
    assert sorted(contents(tmp_path)) == [(FOLDER / name).as_posix() for name in (".lock", *months)]
    assert len(read_table(tmp_path / FOLDER / "2024-02.parquet")) == 29


@given(st.lists(st.tuples(st.integers(0, 49), st.integers(1, 50), st.booleans()), min_size=1, max_size=6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_and_overlap_gives_the_bytes_of_one_append(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[int, int, bool]]
) -> None:
    bars, roots = real_bars(), [tmp_path_factory.mktemp(name) for name in ("parts", "whole")]
    wanted: set[int] = set()
    for start, count, is_reversed in parts:
        piece = bars.iloc[start : start + count]
        wanted |= set(piece.index)
        ParquetBarStore(roots[0]).append(KEY, piece.iloc[::-1] if is_reversed else piece)
    ParquetBarStore(roots[1]).append(KEY, bars.loc[sorted(wanted)])
    assert contents(roots[0]) == contents(roots[1])


def test_an_append_touches_only_the_months_that_change(tmp_path: Path) -> None:
    store = ParquetBarStore(tmp_path)
    store.append(KEY, real_bars(30))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / FOLDER).glob("*.parquet")}
    store.append(KEY, real_bars(50))
    after = {path: path.stat().st_mtime_ns for path in (tmp_path / FOLDER).glob("*.parquet")}
    kept = [path.stem for path in before if before[path] == after[path]]
    assert kept == ["2024-01"]
    assert len(after) == 3


def test_half_a_file_of_a_dead_writer_breaks_no_read_and_is_cleared(tmp_path: Path) -> None:
    store = ParquetBarStore(tmp_path)
    store.append(KEY, real_bars(30))
    leftover = tmp_path / FOLDER / ".2024-02.parquet.x1y2.tmp"
    leftover.write_bytes(b"PAR1 and then nothing")
    assert len(store.read(KEY)) == 30
    assert store.keys() == (KEY,)
    store.append(KEY, real_bars(50))
    assert not leftover.exists()
    pd.testing.assert_frame_equal(store.read(KEY), real_bars())


DYING_WRITER = textwrap.dedent("""
    import os, signal, sys
    from pathlib import Path
    import dat.adapters.files as files
    from dat.adapters.parquet import ParquetBarStore
    from dat.adapters.sample import SampleBarStore
    from dat.core.time import BarSize, parse_instant
    from dat.market.bars import BarKey

    root, deadly_write, is_half = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "half"
    whole_write, count = files._write_through, 0

    def write_and_die(path, data):
        global count
        count += 1
        if count < deadly_write:
            return whole_write(path, data)
        whole_write(path, data[: len(data) // 2] if is_half else data)
        os.kill(os.getpid(), signal.SIGKILL)

    files._write_through = write_and_die
    key = BarKey("binance", "BTC/USDT", BarSize("1d"))
    bars = SampleBarStore().read(key, start=parse_instant("2024-01-20")).head(50)
    ParquetBarStore(root).append(key, bars)
""")


@pytest.mark.parametrize("moment", ["half", "before the rename"])
def test_a_writer_killed_in_the_middle_leaves_a_prefix_and_the_next_completes_it(
    tmp_path: Path, moment: str
) -> None:
    for deadly_write in (2, 1):
        words = [sys.executable, "-c", DYING_WRITER, str(tmp_path), str(deadly_write), moment]
        assert subprocess.run(words, check=False, timeout=60).returncode == -signal.SIGKILL
        left = ParquetBarStore(tmp_path).read(KEY)
        pd.testing.assert_frame_equal(left, real_bars().head(len(left)))
        assert len(list((tmp_path / FOLDER).glob(".*.tmp"))) == 1
    assert len(left) == 12  # January; the second writer died at the first file that it had to write
    store = ParquetBarStore(tmp_path)
    assert store.append(KEY, real_bars()) == 38
    ParquetBarStore(tmp_path / "whole").append(KEY, real_bars())
    uninterrupted = contents(tmp_path / "whole")
    assert {name: contents(tmp_path)[name] for name in uninterrupted} == uninterrupted
    assert list((tmp_path / FOLDER).glob(".*.tmp")) == []


def test_a_writer_waits_for_another_and_then_names_it(tmp_path: Path) -> None:
    lock = tmp_path / FOLDER / ".lock"
    with (
        exclusive(lock),
        pytest.raises(StoreError, match=r"1d is being written by another process for 0.1 s"),
        exclusive(lock, wait_s=0.1),
    ):
        pass


def hold_lock_and_die(lock: Path) -> None:
    with exclusive(lock):
        signal.raise_signal(signal.SIGKILL)


def test_the_lock_of_a_dead_writer_is_free(tmp_path: Path) -> None:
    lock = tmp_path / "series" / ".lock"
    writer = multiprocessing.get_context("spawn").Process(target=hold_lock_and_die, args=(lock,))
    writer.start()
    writer.join(60)
    assert writer.exitcode == -signal.SIGKILL
    with exclusive(lock, wait_s=0.0):
        assert lock.exists()


def test_a_revision_is_on_record_with_both_values(tmp_path: Path) -> None:
    store = ParquetBarStore(tmp_path, clock=StoppedClock())
    first, second = real_bars(), real_bars()
    first.loc[3, ["close", "volume"]] = 39000.5, 6.5
    second.loc[3, ["close", "volume"]] = 39000.5, 7.0
    store.append(KEY, first)
    store.append(KEY, second, revise=True)
    [revision] = json.loads((tmp_path / FOLDER / "notes.json").read_text())["revisions"]
    assert (revision["at"], revision["open_time"]) == ("2024-05-01T00:00:00Z", "2024-01-23T00:00:00Z")
    assert (revision["before"]["volume"], revision["after"]["volume"]) == ("6.5", "7.0")
    assert revision["before"]["close"] == revision["after"]["close"] == "39000.5"


def test_fills_survive_on_disk(tmp_path: Path) -> None:
    ParquetBarStore(tmp_path).append(KEY, real_bars().drop(index=5))
    ParquetBarStore(tmp_path).fill(KEY, real_bars().iloc[[5]], "previous_close")
    assert ParquetBarStore(tmp_path).fills(KEY) == {"previous_close": (parse_instant("2024-01-25"),)}


def test_a_real_bar_where_a_fill_was_noted_but_never_written_counts_as_real(tmp_path: Path) -> None:
    store = ParquetBarStore(tmp_path)
    store.append(KEY, real_bars().drop(index=5))
    noted = {"fills": {"previous_close": ["2024-01-25T00:00:00Z"]}, "revisions": []}
    (tmp_path / FOLDER / "notes.json").write_text(json.dumps(noted))
    store.append(KEY, real_bars())
    assert store.fills(KEY) == {}


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    store = ParquetBarStore(tmp_path)
    store.append(KEY, real_bars())
    (tmp_path / FOLDER / "2024-02.parquet").write_bytes(b"no parquet")
    with pytest.raises(StoreError, match=r"2024-02\.parquet cannot be read as Parquet"):
        store.read(KEY)


def test_broken_notes_are_named(tmp_path: Path) -> None:
    store = ParquetBarStore(tmp_path)
    store.append(KEY, real_bars())
    (tmp_path / FOLDER / "notes.json").write_text("[]")
    with pytest.raises(StoreError, match=r"notes\.json cannot be read"):
        store.fills(KEY)


def test_strangers_in_the_store_are_not_taken_for_series(tmp_path: Path) -> None:
    for name in (
        "binance/BTC-USDT/1d/notes.parquet",
        "binance/BTC-USDT/7x/2024-01.parquet",
        "a/b/1d/2024-01.parquet",
    ):
        replace_file(tmp_path / name, b"")
    assert ParquetBarStore(tmp_path).keys() == ()


@pytest.mark.parametrize(
    ("venue", "pair"), [("../up", "BTC/USDT"), ("binance", "../x/y"), ("binance", "BTCUSDT"), ("", "A/B")]
)
def test_a_name_that_is_no_folder_is_refused(tmp_path: Path, venue: str, pair: str) -> None:
    with pytest.raises(InputError, match=r"is no (venue name|pair)"):
        ParquetBarStore(tmp_path).append(BarKey(venue, pair, BarSize("1d")), real_bars())
    assert contents(tmp_path) == {}


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError, match=r"file/t\.parquet cannot be written"):
        write_table(tmp_path / "file" / "t.parquet", real_bars())


def test_a_table_comes_back_as_it_was(tmp_path: Path) -> None:
    table = real_bars().assign(reason=["buy", "hold"] * 25, count=range(50))
    write_table(tmp_path / "deep" / "table.parquet", table)
    first = (tmp_path / "deep" / "table.parquet").read_bytes()
    pd.testing.assert_frame_equal(read_table(tmp_path / "deep" / "table.parquet"), table)
    write_table(tmp_path / "deep" / "table.parquet", table.set_index(table.index + 7))
    assert (tmp_path / "deep" / "table.parquet").read_bytes() == first


@pytest.mark.parametrize("name", ["bars.xlsx", "absent.parquet", "text.feather"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.feather").write_text("no feather")
    with pytest.raises(InputError, match=name.replace(".", r"\.")):
        read_bars_file(tmp_path / name)


def test_a_reader_sees_the_old_or_the_new(tmp_path: Path) -> None:
    # The memory store is the oracle: after each page both hold the same bars.
    disk, memory = ParquetBarStore(tmp_path), MemoryBarStore()
    for start in range(0, 50, 7):
        for store in (disk, memory):
            store.append(KEY, real_bars().iloc[start : start + 9])
        pd.testing.assert_frame_equal(disk.read(KEY), memory.read(KEY))
