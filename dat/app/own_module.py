"""Strategies in a file of one's own: found beside the treasury file, then in the current folder."""

import sys
from importlib import invalidate_caches
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from dat.app.treasury_file import LoadedFile

__all__ = ["make_importable"]


def make_importable(file: LoadedFile) -> None:
    """Let Python find the module of ``module:Class`` beside a treasury file, or in the current folder.

    Both folders go to the end of Python's path: what is installed comes first and is never shadowed.

    Parameters
    ----------
    file
        Its folder is searched before the current one.

    Raises
    ------
    ConfigError
        When the module there is another than the one Python would load under its name, such as an installed
        one, or that of a treasury read before: which of the two is meant cannot be known.
    """
    name = file.settings.strategy.name
    module = name.partition(":")[0].partition(".")[0]
    if ":" not in name or not module.isidentifier():
        return
    folders = [str(file.folder.absolute()), str(Path.cwd())]
    sys.path += [folder for folder in dict.fromkeys(folders) if folder not in sys.path]
    invalidate_caches()
    found, own = _source_found(module), _source_in(module, folders)
    if found and own and found.resolve() != own.resolve():
        text = f"module '{module}' is {own}, and {found} has the same name; rename yours"
        raise file.refuse("strategy.name", text, f'"{name}"')


def _source_found(module: str) -> Path | None:
    if module in sys.modules:
        source = getattr(sys.modules[module], "__file__", None)
        return Path(source) if source else None
    spec = find_spec(module)
    return Path(spec.origin) if spec and spec.origin else None


def _source_in(module: str, folders: list[str]) -> Path | None:
    spec = PathFinder.find_spec(module, folders)
    return Path(spec.origin) if spec and spec.origin else None
