"""The command line as scripts see it: figures on stdout, exit codes, files."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dat.adapters.parquet import ParquetRunStore
from dat.app.cli import main
from dat.app.figures import result_from
from tests.small_treasury import files_under, make_bars, write_bars, write_treasury

# Bought at the second open, 100, and marked at the last close, 120.
CLOSES = [100.0, 110.0, 120.0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_bars(tmp_path / "bars", make_bars(CLOSES))
    return tmp_path


class Command:
    """Run ``dat`` in this process and give what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        found = main(arguments)
        self.printed = self.capsys.readouterr()
        assert found == code, self.printed.err
        return self.printed.out

    def json(self, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self(*arguments, "--json"))
        return found


@pytest.fixture
def dat(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


def test_a_lump_sum_is_units_times_price(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    found = dat.json("backtest", "small.toml", "--no-report", "--out", "result")
    assert found["holdings"] == {"BTC": "10.000000000000"}
    assert (found["equity_final"], found["cash"]) == ("1200.00000000", "0.00000000")
    assert found["costs"] == dict.fromkeys(("fee", "spread", "impact", "management"), "0.00000000")
    assert (found["start"], found["end"], found["bars"]) == (
        "2024-01-01T00:00:00Z",
        "2024-01-04T00:00:00Z",
        3,
    )
    assert (found["shares"], found["nav_per_share"]) == ("0.00000000", None)


def test_a_fee_is_paid_out_of_the_sum(folder: Path, dat: Command) -> None:
    write_treasury(folder, extra="shares = 10\n[costs]\nfee_bps = 10\n")
    found = dat.json("backtest", "small.toml", "--no-report", "--out", "result")
    # units = 1000 / (100 * 1.001), fee = 0.001 * 100 * units, equity = 120 * units
    assert Decimal(found["holdings"]["BTC"]) == Decimal("9.990009990010")
    assert Decimal(found["costs"]["fee"]) == Decimal("0.99900100")
    assert Decimal(found["equity_final"]) == Decimal("1198.80119880")
    assert Decimal(found["nav_per_share"]) == Decimal("119.880119880120")


def test_the_end_cuts_the_run_and_lots_round_down(folder: Path, dat: Command) -> None:
    write_treasury(
        folder,
        ("inception = 2024-01-01", "inception = 2024-01-01\nend = 2024-01-02"),
        ("cash = 1000", "cash = 950"),
        extra="[market.lots.BTC]\nstep = 1\n",
    )
    found = dat.json("backtest", "small.toml", "--no-report", "--out", "result")
    assert (found["holdings"]["BTC"], found["cash"]) == ("9.000000000000", "50.00000000")
    assert (found["equity_final"], found["bars"]) == ("1040.00000000", 2)


def test_the_run_directory_holds_what_the_command_printed(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    printed = dat.json("backtest", "small.toml", "--no-report", "--out", "result")
    stored = ParquetRunStore(folder / printed["run_dir"]).load()
    assert stored.result == {key: printed[key] for key in stored.result}
    assert printed.keys() - stored.result.keys() == {
        "run_dir", "report_html", "report_pdf", "books", "books_head"
    }  # fmt: skip
    again = result_from(stored.tables, stored.result)
    assert again.daily["nav"].tolist() == [1000.0, 1100.0, 1200.0]
    assert files_under(folder / "result" / "run") == {
        "breaches.parquet",
        "contributions.parquet",
        "daily.parquet",
        "decisions.parquet",
        "fills.parquet",
        "holdings.parquet",
        "issuances.parquet",
        "manifest.json",
        "moves.parquet",
        "result.json",
        "ventures.parquet",
    }


def test_the_same_run_twice_gives_identical_bytes_anywhere(
    folder: Path, dat: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_treasury(folder)
    dat("backtest", "small.toml", "--out", "first")
    monkeypatch.chdir(folder.parent)
    dat("backtest", str(folder / "small.toml"), "--out", str(folder / "second"))
    first, second = (
        {name: (folder / run / name).read_bytes() for name in files_under(folder / run) if "." in name}
        for run in ("first", "second")
    )
    assert set(first) >= {"report.html", "report.pdf", "run/manifest.json", "run/daily.parquet"}
    assert {name for name in first if first[name] != second.get(name)} == set()


def test_a_manifest_names_no_place_and_no_time(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    dat("backtest", str(folder / "small.toml"), "--no-report", "--out", "result")
    text = (folder / "result/run/manifest.json").read_text()
    manifest = json.loads(text)
    assert str(folder) not in text
    assert list(manifest) == [
        "run_id", "dat_version", "code_sha256", "python", "libraries", "seed", "treasury_file", "data",
        "assumptions",
    ]  # fmt: skip
    assert set(manifest["libraries"]) >= {"numpy", "pandas", "pyarrow", "typst", "vl-convert-python"}
    assert manifest["treasury_file"]["name"] == "small.toml"
    assert manifest["treasury_file"]["text"] == (folder / "small.toml").read_text()
    [source] = manifest["data"]
    assert (source["name"], source["source"], source["rows"]) == ("binance BTC/USDT 1d", "bars", 3)
    assert (source["first"], source["last"]) == ("2024-01-01T00:00:00Z", "2024-01-03T00:00:00Z")
    assert "1 USDT is taken as 1 USD." in manifest["assumptions"]


def test_another_price_is_another_run(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    first = dat.json("backtest", "small.toml", "--no-report", "--out", "result")
    write_bars(folder / "bars", make_bars([100.0, 110.0, 120.1]))
    second = dat.json("backtest", "small.toml", "--no-report", "--out", "result")
    assert first["run_id"] != second["run_id"]


def test_without_out_it_goes_to_treasury_and_date(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    found = dat.json("backtest", "small.toml", "--no-report")
    assert found["run_dir"] == "reports/out/small/2024-01-04/run"
    assert (folder / found["run_dir"] / "manifest.json").is_file()


def test_the_file_may_say_where_it_goes(folder: Path, dat: Command) -> None:
    write_treasury(folder, extra='[report]\nout = "board"\n')
    assert dat.json("backtest", "small.toml", "--no-report")["run_dir"] == "board/run"


def test_figures_for_a_reader_and_paths(folder: Path, dat: Command) -> None:
    write_treasury(folder, extra='[report]\ncompany = "Small plc"\n')
    printed = dat("backtest", "small.toml", "--out", "result")
    assert "Small" in printed
    assert "Small plc" in (folder / "result/report.html").read_text()
    assert "Net asset value, USD" in printed
    assert printed.splitlines()[-2:] == ["Small: result/report.html", "Small: result/report.pdf"]
    assert (folder / "result/report.html").read_text().lower().startswith("<!doctype html>")
    assert (folder / "result/report.pdf").read_bytes().startswith(b"%PDF-")
    assert dat.printed.err == ""


def test_an_output_that_cannot_be_written_is_exit_code_1(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    (folder / "taken").write_text("a file")
    assert dat("backtest", "small.toml", "--no-report", "--out", "taken", code=1) == ""
    assert dat.printed.err.startswith("error: taken/run cannot be written: ")


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (
            "ZeroDivisionError('nobody expects it')",
            2,
            "error: strategy Broken at 2024-01-02T00:00:00.000000Z: ZeroDivisionError: nobody expects it\n",
        ),
        ("KeyboardInterrupt", 130, ""),
    ],
)
def test_a_fault_is_one_line_and_no_traceback(
    folder: Path, dat: Command, monkeypatch: pytest.MonkeyPatch, *, fault: str, code: int, said: str
) -> None:
    (folder / f"broken_{code}.py").write_text(
        "from dataclasses import dataclass\n"
        "from dat.strategy import Needs\n"
        "@dataclass(frozen=True)\n"
        "class Broken:\n"
        "    needs = Needs(('BTC',))\n"
        "    def decide(self, window, book):\n"
        f"        raise {fault}\n"
    )
    monkeypatch.syspath_prepend(folder)
    named = ('[strategy]\nname = "passive"', f'[strategy]\nname = "broken_{code}:Broken"')
    write_treasury(folder, named, ('asset = "BTC"', ""))
    assert dat("backtest", "small.toml", "--no-report", "--out", "result", code=code) == ""
    assert dat.printed.err == said
    assert not (folder / "result").exists()


def test_what_nobody_expects_is_one_line_and_says_how_to_see_more(
    folder: Path, dat: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, **options: object) -> None:
        raise ZeroDivisionError(f"of {path.name}")

    monkeypatch.setattr("dat.app.wiring.read_treasury_file", fail)
    dat("check", "small.toml", code=1)
    assert dat.printed.err == (
        "error: ZeroDivisionError: of small.toml (unexpected; DAT_DEBUG=1 shows where)\n"
    )


@pytest.mark.parametrize("mode", ["passive", "active", "multi_asset", "ecosystem"])
def test_init_writes_a_file_that_passes_check(folder: Path, dat: Command, mode: str) -> None:
    printed = dat("init", "--mode", mode, "My Treasury No. 1")
    assert printed.splitlines()[0] == "Wrote my-treasury-no-1.toml"
    found = dat.json("check", "my-treasury-no-1.toml")
    assert (found["treasury"], found["mode"]) == ("My Treasury No. 1", mode)
    assert {row["missing"] for row in found["coverage"]} == {0}
    assert "What would break a limit is not traded, and the refusal is recorded." in found["mandate"]


def test_a_name_in_any_script_is_printed_and_filed_as_it_is(folder: Path, dat: Command) -> None:
    write_treasury(folder, ('"Small"', '"比特币 [bold]Fund :smile:"'))
    printed = dat("backtest", "small.toml", "--no-report")
    assert "比特币 [bold]Fund :smile:: reports/out/比特币-bold-fund-smile/2024-01-04/run" in printed


def test_a_directory_of_mine_named_run_is_not_replaced(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    (folder / "run").mkdir()
    (folder / "run" / "notes.txt").write_text("mine")
    dat("backtest", "small.toml", "--no-report", "--out", ".", code=1)
    assert dat.printed.err == "error: run holds something that is no run; it is not replaced\n"
    assert files_under(folder / "run") == {"notes.txt"}


def test_init_overwrites_nothing(folder: Path, dat: Command) -> None:
    (folder / "mine.toml").write_text("precious")
    dat("init", "--mode", "passive", "Mine", code=2)
    assert dat.printed.err == "error: mine.toml exists already and is not overwritten\n"
    assert (folder / "mine.toml").read_text() == "precious"


def test_init_refuses_a_name_that_toml_could_not_hold(folder: Path, dat: Command) -> None:
    before = files_under(folder)
    dat("init", "--mode", "passive", 'a"\nb', code=2)
    dat("init", "--mode", "passive", "", code=2)
    assert files_under(folder) == before


def test_check_says_it_in_words_and_writes_nothing(folder: Path, dat: Command) -> None:
    write_treasury(folder, extra="[mandate.weight_max]\nBTC = 0.9\n")
    before = files_under(folder)
    printed = dat("check", "small.toml")
    assert "BTC may be at most 90% of liquid NAV." in printed
    assert "It would run 3 bars of 1d, from 2024-01-01T00:00:00Z to 2024-01-04T00:00:00Z." in printed
    assert files_under(folder) == before


def test_check_warns_of_an_asset_that_is_traded_and_not_eligible(folder: Path, dat: Command) -> None:
    write_treasury(folder, extra='[mandate]\neligible = ["ETH"]\n')
    warning = "The strategy trades BTC, which mandate.eligible leaves out; holding it is a breach."
    assert f"Warnings\n  {warning}\n" in dat("check", "small.toml")
    assert dat.json("check", "small.toml")["warnings"] == [warning]
    write_treasury(folder)
    assert "Warnings" not in dat("check", "small.toml")
    assert dat.json("check", "small.toml")["warnings"] == []


def test_schema_is_a_json_schema_of_every_section(dat: Command) -> None:
    schema = json.loads(dat("schema"))
    assert list(schema["properties"]) == [
        "treasury", "strategy", "rebalance", "market", "mandate", "capital", "staking", "costs", "backtest",
        "ledger", "report",
    ]  # fmt: skip
    assert schema["required"] == ["treasury", "strategy", "capital"]
    cash_min = schema["$defs"]["MandateSection"]["properties"]["cash_min_frac"]
    assert (cash_min["minimum"], cash_min["maximum"], cash_min["default"]) == (0, 1, 0)
    assert cash_min["unit"] == "fraction"
    assert schema["additionalProperties"] is False


def test_strategies_lists_parameters_and_defaults(dat: Command) -> None:
    found = {item["name"]: item for item in dat.json("strategies")["strategies"]}
    assert set(found) >= {"active", "ecosystem", "multi_asset", "passive"}
    assert found["passive"]["target"] == "strategies.passive:Passive"
    by_name = {item["name"]: item for item in found["active"]["params"]}
    assert by_name["slow_bars"] == {
        "name": "slow_bars",
        "type": "int",
        "default": 100,
        "doc": "length of the slow average, bars",
    }
    assert "slow_bars" in dat("strategies")


def test_compare_refuses_two_treasuries_of_one_name(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    before = files_under(folder)
    dat("compare", "small.toml", "small.toml", "--out", "result", code=2)
    assert 'treasury.name = "Small": small.toml has the same name' in dat.printed.err
    assert files_under(folder) == before


def test_compare_writes_nothing_when_one_file_is_bad(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    before = files_under(folder)
    dat("compare", "small.toml", "other.toml", "--out", "result", code=2)
    assert "other.toml: no such file" in dat.printed.err
    assert files_under(folder) == before


def test_compare_writes_each_treasury_and_the_comparison(folder: Path, dat: Command) -> None:
    other = write_treasury(folder, ('name = "Small"', 'name = "Idle"'), ('"BTC"', '"BTC"\nkeep_cash = 500'))
    other.rename(folder / "idle.toml")
    write_treasury(folder)
    found = dat.json("compare", "small.toml", "idle.toml", "--out", "result")
    # Idle buys 5 units at 100 and keeps 500: 5 * 120 + 500.
    assert [run["equity_final"] for run in found["treasuries"]] == ["1200.00000000", "1100.00000000"]
    assert found["comparison_html"] == "result/comparison.html"
    assert {path.name for path in (folder / "result").iterdir()} == {
        "comparison.html",
        "comparison.pdf",
        "idle",
        "small",
    }


def test_compare_refuses_treasuries_without_shared_dates_before_anything_runs(
    folder: Path, dat: Command
) -> None:
    first = ("inception = 2024-01-01", "inception = 2024-01-01\nend = 2024-01-02")
    write_treasury(folder, first, ('"Small"', '"First"')).rename(folder / "first.toml")
    write_treasury(folder, ("inception = 2024-01-01", "inception = 2024-01-03"), ('"Small"', '"Late"'))
    before = files_under(folder)
    dat("compare", "first.toml", "small.toml", "--out", "result", code=2)
    assert dat.printed.err == (
        "error: nothing to compare: the runs share fewer than 2 dates: "
        "First 2024-01-01T00:00Z to 2024-01-03T00:00Z, Late 2024-01-03T00:00Z to 2024-01-04T00:00Z\n"
    )
    assert files_under(folder) == before


def test_a_report_goes_with_the_run_that_it_belongs_to(folder: Path, dat: Command) -> None:
    write_treasury(folder)
    (folder / "result").mkdir()
    (folder / "result" / "report.pdf").write_text("mine")
    dat("backtest", "small.toml", "--no-report", "--out", "result")  # no run was there: nothing is stale
    assert (folder / "result" / "report.pdf").read_text() == "mine"
    (folder / "result" / "report.html").write_text("of the run before")
    dat("backtest", "small.toml", "--no-report", "--out", "result")
    assert {path.name for path in (folder / "result").iterdir()} == {"run"}


def test_a_comparison_goes_with_the_runs_that_it_belongs_to(folder: Path, dat: Command) -> None:
    write_treasury(folder, ('"Small"', '"Other"')).rename(folder / "other.toml")
    write_treasury(folder)
    command = ("compare", "small.toml", "other.toml", "--no-report", "--out", "result")
    (folder / "result").mkdir()
    (folder / "result" / "comparison.pdf").write_text("of mine")
    dat(*command)  # no run was there: nothing is stale
    assert (folder / "result" / "comparison.pdf").read_text() == "of mine"
    dat(*command)
    assert {path.name for path in (folder / "result").iterdir()} == {"other", "small"}


def test_version_and_no_command(dat: Command) -> None:
    assert dat("--version").startswith("dat 0.")
    assert main([]) == 2
