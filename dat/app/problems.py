"""What is wrong with a treasury file, said so that it can be put right."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from dat.errors import ConfigError

__all__ = ["Problem", "as_toml", "problems_of", "refuse"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file.

    Parameters
    ----------
    key
        Dotted key, such as ``capital.contributions[0].date``.
    text
        What is wrong and what is allowed.
    value
        What the file says, as TOML would write it; empty when the key is absent.
    """

    key: str
    text: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.key} = {self.value}: {self.text}" if self.value else f"{self.key}: {self.text}"


def refuse(file: str, problems: Iterable[Problem]) -> ConfigError:
    """Make one error of all problems of a file.

    Parameters
    ----------
    file
        As the user wrote it.
    problems
        At least one.

    Examples
    --------
    >>> str(refuse("mine.toml", [Problem("capital.cash", "must be a number", "'x'")]))
    "mine.toml: capital.cash = 'x': must be a number"
    """
    lines = [str(problem) for problem in problems]
    if len(lines) == 1:
        return ConfigError(f"{file}: {lines[0]}")
    return ConfigError("\n  ".join([f"{file}: {len(lines)} problems", *lines]))


def problems_of(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """Translate what pydantic found, in the order of the file's sections.

    Parameters
    ----------
    error
        From validating `model`.
    model
        Knows the keys that are allowed.
    """
    return [_problem(dict(item), model) for item in error.errors(include_url=False)]


def as_toml(value: Any) -> str:
    """Write a value as a treasury file would, shortened.

    Examples
    --------
    >>> as_toml(Decimal("0.20")), as_toml(["BTC"]), as_toml(True)
    ('0.20', "['BTC']", 'true')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    text = str(value) if isinstance(value, Decimal | date | int) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _problem(item: Mapping[str, Any], model: type[BaseModel]) -> Problem:
    kind, key, context = item["type"], _dotted(item["loc"]), item.get("ctx", {})
    if kind == "missing":
        return Problem(key, f"this key is required{_meaning(item['loc'], model)}")
    if kind == "extra_forbidden":
        return Problem(key, _unknown(item["loc"], model))
    text = _TEXTS[kind](context) if kind in _TEXTS else item["msg"]
    return Problem(key, text, as_toml(item["input"]))


_TEXTS: Mapping[str, Callable[[Mapping[str, Any]], str]] = MappingProxyType(
    {
        "value_error": lambda context: str(context["error"]),
        "literal_error": lambda context: f"must be one of {context['expected'].replace(chr(39), '')}",
        "string_type": lambda context: 'must be text in quotes, such as "BTC"',
        "string_too_short": lambda context: "must not be empty",
        "string_too_long": lambda context: f"must have at most {context['max_length']} characters",
        "string_pattern_mismatch": lambda context: 'must be 1 to 15 capital letters or digits, such as "BTC"',
        "date_type": lambda context: "must be a date without quotes, such as 2021-11-10",
        "too_short": lambda context: "must not be empty; leave the key out",
        "tuple_type": lambda context: "must be a list; a list of tables has [[double]] brackets",
        "model_type": lambda context: "must be a table",
        "dict_type": lambda context: "must be a table",
    }
)
"""Kind of pydantic's finding to our words."""


def _dotted(path: tuple[str | int, ...]) -> str:
    keys = [part for part in path if part != "[key]"]
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in keys).lstrip(".")


def _unknown(path: tuple[str | int, ...], model: type[BaseModel]) -> str:
    parent = _model_at(path[:-1], model)
    known = list(parent.model_fields) if parent else []
    near = get_close_matches(str(path[-1]), known, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ";"
    return f"unknown key{hint} Known here: {', '.join(known)}"


def _meaning(path: tuple[str | int, ...], model: type[BaseModel]) -> str:
    parent = _model_at(path[:-1], model)
    field = parent.model_fields.get(str(path[-1])) if parent else None
    return f" ({field.description})" if field and field.description else ""


def _model_at(path: tuple[str | int, ...], model: type[BaseModel]) -> type[BaseModel] | None:
    for part in path:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        inner = _model_in(field.annotation) if field else model  # an index or a name keeps the model
        if inner is None:
            return None
        model = inner
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
