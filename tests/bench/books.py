"""The books of a million entries: import, balances, verify, beside beancount on the same journal.

``python -m tests.bench.books [--entries 1000000] [--json]``
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

__all__ = ["main", "write_events"]

_START = datetime(2015, 1, 1, tzinfo=UTC)
_SPAN = timedelta(days=3_650)
_WALLETS = ("binance", "kraken", "cold")
_COINS = {"BTC": 20_000, "ETH": 1_500, "SOL": 40}
_COLUMNS = "wallet,to_wallet,cash_wallet,asset,units,currency,amount,value,fee,fee_asset,fee_value"
_HEADER = f"kind,at,source_id,{_COLUMNS}\n"
_RUN = """
import resource, sys
from dat.app.cli import main
code = main(sys.argv[1:])
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""


def write_events(path: Path, count: int, *, seed: int = 7) -> None:
    """Write a CSV of `count` events over ten years: 45 % each buys and sales, 5 % transfers, 5 % rewards."""
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEADER)
        file.writelines(_rows(count, random.Random(seed)))


def _rows(count: int, draw: random.Random) -> Iterator[str]:
    yield f"deposit,{_START:%Y-%m-%dT%H:%M:%SZ},e0,bank,,,USD,1000000000000,,,,,,\n"
    held = {(wallet, coin): 0 for wallet in _WALLETS for coin in _COINS}  # in 1e-8
    step = _SPAN / count
    for number in range(1, count):
        at = f"{_START + number * step:%Y-%m-%dT%H:%M:%SZ}"
        wallet, coin = draw.choice(_WALLETS), draw.choice(tuple(_COINS))
        units, roll = draw.randrange(1_000, 90_000_000), draw.random()
        price = _COINS[coin] * (1 + number % 1_000 / 500)
        here = held[wallet, coin]
        if roll < 0.45 or here < units + 10_000:
            held[wallet, coin] += units
            amount = f"{units * price / 1e8 + 1:.2f}"
            yield f"trade,{at},e{number},{wallet},,bank,{coin},{units / 1e8:.8f},USD,{amount},,0.25,USD,\n"
        elif roll < 0.9:
            held[wallet, coin] -= units
            amount = f"{units * price / 1e8 + 1:.2f}"
            yield f"trade,{at},e{number},{wallet},,bank,{coin},-{units / 1e8:.8f},USD,{amount},,0.25,USD,\n"
        elif roll < 0.95:
            there = _WALLETS[(_WALLETS.index(wallet) + 1) % 3]
            held[wallet, coin] -= units + 100
            held[there, coin] += units
            moved = f"{wallet},{there},,{coin},{units / 1e8:.8f}"
            yield f"transfer,{at},e{number},{moved},,,,0.00000100,{coin},0.05\n"
        else:
            held[wallet, coin] += 5_000
            yield f"reward,{at},e{number},{wallet},,,{coin},0.00005,,,{price * 5e-5:.6f},,,\n"


def _dat(*words: str) -> tuple[float, int]:
    """Run a command in a process of its own: seconds, and peak memory in MB."""
    start = perf_counter()
    done = subprocess.run([sys.executable, "-c", _RUN, *words], capture_output=True, text=True, check=False)
    took = perf_counter() - start
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return took, int(done.stderr.rsplit("PEAK", 1)[1])


def _balance_ms(books: Path, *, asked: int = 40) -> tuple[float, float]:
    """Ask for all balances at instants all over the ten years: median and longest, milliseconds, warm."""
    from dat.app.books_place import books_place, reading

    draw = random.Random(3)
    with reading(books_place(str(books))) as ledger:
        ledger.balances(_START + _SPAN / 2)
        took = []
        for _ in range(asked):
            at = _START + _SPAN * draw.random()
            start = perf_counter()
            ledger.balances(at)
            took.append((perf_counter() - start) * 1e3)
    return median(took), max(took)


def _beancount(journal: Path) -> dict[str, Any]:
    program = shutil.which("bean-check") or shutil.which("bean-check", path=Path(sys.executable).parent)
    if program is None:
        return {}
    start = perf_counter()
    done = subprocess.run([program, "--no-cache", str(journal)], capture_output=True, text=True, check=False)
    return {"beancount_s": perf_counter() - start, "beancount_accepts": done.returncode == 0}


def measure(entries: int) -> dict[str, Any]:
    """Import, ask, verify, export and check; figures by name."""
    with tempfile.TemporaryDirectory() as folder:
        events, books, journal = (Path(folder) / name for name in ("e.csv", "b.db", "b.beancount"))
        write_events(events, entries)
        at = ("--books", str(books))
        import_s, import_mb = _dat("ledger", "import", str(events), *at)
        verify_s, verify_mb = _dat("ledger", "verify", *at)
        middle, longest = _balance_ms(books)
        export_s, _ = _dat("ledger", "export", str(journal), "--format", "journal", *at)
        add_s, _ = _dat("ledger", "add", "kind=rate", "asset=BTC", "currency=USD", "price=1", *at)
        return {
            "entries": entries,
            "import_s": import_s,
            "import_mb": import_mb,
            "file_mb": books.stat().st_size / 1e6,
            "verify_s": verify_s,
            "verify_mb": verify_mb,
            "balance_ms": middle,
            "balance_ms_max": longest,
            "add_s": add_s,
            "export_journal_s": export_s,
            **_beancount(journal),
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.books", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.entries)
    print(json.dumps(found, indent=1) if asked.json else "\n".join(_lines(found)))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    yield f"books of {found['entries']:,} entries on SQLite, {found['file_mb']:.0f} MB"
    rows = (
        (
            "import from CSV, all or nothing",
            f"{found['import_s']:.1f} s",
            "< 60 s",
            f"{found['import_mb']} MB",
        ),
        ("verify everything", f"{found['verify_s']:.1f} s", "< 60 s", f"{found['verify_mb']} MB"),
        ("balances at a past instant, warm", f"{found['balance_ms']:.1f} ms", "< 100 ms", ""),
        ("  the longest of them", f"{found['balance_ms_max']:.1f} ms", "< 100 ms", ""),
        ("one more event, from nothing", f"{found['add_s']:.1f} s", "", ""),
        ("export as journal", f"{found['export_journal_s']:.1f} s", "", ""),
    )
    yield from (f"  {what:<36}{took:>10}  {limit:<10}{memory}" for what, took, limit, memory in rows)
    if "beancount_s" in found:
        told = "accepts" if found["beancount_accepts"] else "REFUSES"
        yield f"  beancount {told} that journal      {found['beancount_s']:8.1f} s"
    else:
        yield "  beancount is not installed here; with it its time stands beside ours: pip install beancount"


if __name__ == "__main__":
    main()
