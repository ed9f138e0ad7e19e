"""Where the samples and the report templates lie: inside a wheel, or beside the packages in a checkout."""

from pathlib import Path

import dat
from dat.errors import StoreError

__all__ = ["SAMPLES", "sample_config", "templates_dir"]

SAMPLES = ("passive_btc", "passive_bnb", "active_btc", "multi_asset", "ecosystem_eth")
"""The sample treasury files, in the order in which the demo shows them."""

_PACKAGE = Path(dat.__file__).resolve().parent


def sample_config(name: str) -> Path:
    """Give one sample treasury file by its name without ending.

    Raises
    ------
    StoreError
        When the installation lacks it.

    Examples
    --------
    >>> sample_config("passive_btc").name
    'passive_btc.toml'
    """
    path = _folder("config") / f"{name}.toml"
    if not path.is_file():
        raise StoreError(f"{path} is missing; reinstall dat")
    return path


def templates_dir() -> Path:
    """Give the directory of the report templates."""
    return _folder("reports") / "templates"


def _folder(name: str) -> Path:
    shipped = _PACKAGE / "_share"
    return (shipped if shipped.is_dir() else _PACKAGE.parent) / name
