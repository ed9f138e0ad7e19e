"""A command's options as one frozen record, where they are too many for parameters."""

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from functools import wraps
from typing import Any, get_type_hints

__all__ = ["takes"]


def takes(record: type[Any]) -> Callable[[Callable[[Any], None]], Callable[..., None]]:
    """Let a command take a dataclass: each field becomes an option, its annotation says which.

    Parameters
    ----------
    record
        A keyword-only dataclass whose fields are annotated as typer wants parameters annotated.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Greeting:
    ...     name: str = "world"
    >>> @takes(Greeting)
    ... def greet(options: Greeting) -> None:
    ...     print(f"hello {options.name}")
    >>> greet(name="you"), inspect.signature(greet).parameters["name"].default
    hello you
    (None, 'world')
    """

    def of(command: Callable[[Any], None]) -> Callable[..., None]:
        @wraps(command)
        def with_options(**given: Any) -> None:
            command(record(**given))

        vars(with_options)["__signature__"] = inspect.Signature(_parameters(record))
        return with_options

    return of


def _parameters(record: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(record, include_extras=True)
    inherited = {field.name for parent in record.__mro__[1:-1] for field in fields(parent)}
    # Its own options come first in the help, those that it shares with others last.
    ordered = sorted(fields(record), key=lambda field: field.name in inherited)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=_default(field), annotation=hints[field.name]
        )
        for field in ordered
    ]


def _default(field: "Field[Any]") -> Any:
    return inspect.Parameter.empty if field.default is MISSING else field.default
