"""Write a treasury file to start from."""

from pathlib import Path

from dat.app.output import slug_of
from dat.app.settings import Mode
from dat.app.share import sample_config
from dat.errors import InputError, StoreError

__all__ = ["write_sample_file"]

_SAMPLES: dict[Mode, str] = {
    "passive": "passive_btc",
    "active": "active_btc",
    "multi_asset": "multi_asset",
    "ecosystem": "ecosystem_eth",
}


def write_sample_file(name: str, mode: Mode, folder: Path) -> Path:
    """Write the sample of a mode under a new name; give its path.

    Parameters
    ----------
    name
        Of the treasury; also names the file.
    mode
        Which sample.
    folder
        Where to write; made when absent.

    Raises
    ------
    InputError
        When the file exists, or the name cannot be one.
    StoreError
        When it cannot be written.
    """
    clean = " ".join(name.split())
    if not clean.isprintable() or not 1 <= len(clean) <= 120 or set(clean) & set('"\\'):
        raise InputError(f"'{name}' is no name; use 1 to 120 characters without quotes or backslashes")
    path = folder / f"{slug_of(clean)}.toml"
    text = _renamed(sample_config(_SAMPLES[mode]).read_text("utf-8"), clean)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise InputError(f"{path} exists already and is not overwritten") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    return path


def _renamed(text: str, name: str) -> str:
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("name = "))
    company = next(number for number, line in enumerate(lines) if line.startswith("company = "))
    lines[first], lines[company] = f'name = "{name}"', f'company = "{name}"'
    return "\n".join(lines) + "\n"
