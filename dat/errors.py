"""Every error that `dat` raises on purpose.

::

    DatError                     exit code 1: the work could not be done
    ├── InputError               exit code 2: what was given is wrong
    │   ├── ConfigError          a treasury file: names file and key
    │   ├── DataError            bars or series: names asset, instant and value
    │   ├── LedgerError          an event that the books refuse: names event, account, asset and instant
    │   └── StrategyError        a strategy that cannot be found or built, or that broke its contract
    ├── StoreError               a file or store that cannot be read or written
    └── VenueError               an exchange that answered with an error or not at all
"""

__all__ = [
    "ConfigError",
    "DatError",
    "DataError",
    "InputError",
    "LedgerError",
    "StoreError",
    "StrategyError",
    "VenueError",
]


class DatError(Exception):
    """Root of the tree; the command line prints its text and exits with `exit_code`."""

    exit_code = 1


class InputError(DatError):
    """What the user gave is wrong; nothing was written."""

    exit_code = 2


class ConfigError(InputError):
    """A treasury file is wrong; the text names file, key and allowed values."""


class DataError(InputError):
    """Bars or a series are wrong; the text names asset, instant, value and limit."""


class LedgerError(InputError):
    """The books refuse an event; the text names event, account, asset, instant and limit.

    `source_id` is that of the event, where one was being recorded.
    """

    source_id = ""


class StrategyError(InputError):
    """A strategy cannot be found or built, or broke its contract."""


class StoreError(DatError):
    """A file or store cannot be read or written."""


class VenueError(DatError):
    """An exchange answered with an error, or did not answer."""
