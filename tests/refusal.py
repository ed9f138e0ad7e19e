"""Run a command on a treasury file that must be refused, and give the message."""

from pathlib import Path

import pandas as pd
import pytest

from dat.app.cli import main
from tests.small_treasury import files_under, make_bars, write_bars, write_treasury

__all__ = ["CLOSES", "Refusal"]

CLOSES = [100.0, 110.0, 120.0, 130.0]


class Refusal:
    """Run ``dat backtest`` on a file that must be refused, and give the message."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys

    def of(self, file: str = "small.toml") -> str:
        before = files_under(self.folder)
        code = main(["backtest", file, "--json", "--out", "result"])
        written = files_under(self.folder) - before
        caught = self.capsys.readouterr()
        assert (code, caught.out, written) == (2, "", set())
        assert caught.err.startswith("error: ")
        assert "Traceback" not in caught.err
        return caught.err

    def of_bars(self, frame: pd.DataFrame) -> str:
        write_treasury(self.folder)
        write_bars(self.folder / "bars", frame)
        return self.of()

    def of_treasury(self, *changes: tuple[str, str], extra: str = "") -> str:
        write_treasury(self.folder, *changes, extra=extra)
        write_bars(self.folder / "bars", make_bars(CLOSES))
        return self.of()
