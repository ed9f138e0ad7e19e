"""Read a treasury file: text, TOML, models, contradictions; any fault is one `ConfigError`."""

import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from dat.app.contradictions import contradictions
from dat.app.problems import Problem, problems_of, refuse
from dat.app.settings import TreasuryFile
from dat.errors import ConfigError

__all__ = ["LoadedFile", "read_treasury_file"]


@dataclass(frozen=True)
class LoadedFile:
    """A treasury file that was read: where it is, what it says word for word, and what that means."""

    path: Path
    text: str
    settings: TreasuryFile

    @property
    def folder(self) -> Path:
        """Directory that paths in the file are relative to."""
        return self.path.parent

    def refuse(self, key: str, text: str, value: Any = "") -> ConfigError:
        """Make the error for one key that turned out to be wrong later."""
        return refuse(str(self.path), [Problem(key, text, str(value))])


def read_treasury_file(path: Path, *, today: date | None = None) -> LoadedFile:
    """Read and check a treasury file on its own; bars and strategy are looked at later.

    Parameters
    ----------
    path
        A TOML file.
    today
        When given, an inception after it is refused.

    Raises
    ------
    ConfigError
        When the file cannot be read, is no TOML, or says what is not allowed; lists every problem found.
    """
    text = _text(path)
    try:
        loaded = LoadedFile(path, text, TreasuryFile.model_validate(_toml(path, text)))
    except ValidationError as error:
        raise refuse(str(path), problems_of(error, TreasuryFile)) from None
    problems = [*contradictions(loaded.settings), *_too_early(loaded.settings, today)]
    if problems:
        raise refuse(str(path), problems)
    return loaded


def _text(path: Path) -> str:
    try:
        text = path.read_text("utf-8-sig")  # some editors begin with a mark
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; 'dat init --mode passive NAME' writes one") from None
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a directory; name a treasury file in it") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: no UTF-8 text at byte {error.start}") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    if not text.strip():
        raise ConfigError(f"{path}: the file is empty; 'dat init --mode passive NAME' writes a sample")
    return text


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: no valid TOML: {error}") from None


def _too_early(settings: TreasuryFile, today: date | None) -> list[Problem]:
    inception = settings.treasury.inception
    if today is None or inception <= today:
        return []
    return [Problem("treasury.inception", f"lies in the future; today is {today}", str(inception))]
