"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.refusal import Refusal


@pytest.fixture
def refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refusal:
    monkeypatch.chdir(tmp_path)
    return Refusal(tmp_path, capsys)
