"""Find strategies by entry point or ``module:Class``, and build them from parameters."""

import dataclasses
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Any

from dat.errors import InputError, StrategyError
from dat.strategy.contract import Strategy

__all__ = ["GROUP", "ParamInfo", "StrategyInfo", "describe_strategy", "load_strategy", "strategy_names"]

GROUP = "dat.strategies"
_ACCEPTED: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "float": (int, float, Decimal),
        "int": (int,),
        "str": (str,),
        "bool": (bool,),
        "tuple": (list, tuple),
        "Mapping": (Mapping,),
    }
)


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """One parameter of a strategy."""

    name: str
    type: str
    default: Any
    doc: str


@dataclass(frozen=True, slots=True)
class StrategyInfo:
    """What a strategy says of itself."""

    name: str
    target: str
    summary: str
    params: tuple[ParamInfo, ...]


def strategy_names() -> tuple[str, ...]:
    """Give the names of all installed strategies, sorted."""
    return tuple(sorted(_installed()))


def describe_strategy(name: str) -> StrategyInfo:
    """Give summary and parameters of a strategy.

    Raises
    ------
    StrategyError
        When there is no such strategy.
    """
    found = _find(name)
    summary = (found.__doc__ or "").strip().partition("\n")[0]
    params = tuple(
        ParamInfo(field.name, _type_name(field), _default(field), field.metadata.get("doc", ""))
        for field in dataclasses.fields(found)
    )
    return StrategyInfo(name, f"{found.__module__}:{found.__qualname__}", summary, params)


def load_strategy(name: str, params: Mapping[str, Any]) -> Strategy:
    """Build a strategy from a treasury file's name and parameters.

    Parameters
    ----------
    name
        An entry point of the group `dat.strategies`, or ``module:Class``.
    params
        By field name; lists become tuples, tables read-only mappings, Decimals floats.

    Returns
    -------
    Strategy
        Ready to decide.

    Raises
    ------
    StrategyError
        When the strategy is unknown, a parameter is unknown or has a wrong type, or a value is refused.
    """
    found = _find(name)
    info = describe_strategy(name)
    for key, value in params.items():
        _check_param(info, key, value)
    try:
        strategy = found(**{key: _freeze(value) for key, value in params.items()})
    except InputError as error:
        raise StrategyError(f"strategy '{name}': {error}") from None
    except TypeError as error:
        raise StrategyError(f"strategy '{name}' cannot be built: {error}") from None
    if not isinstance(strategy, Strategy):
        raise StrategyError(f"strategy '{name}': {info.target} has no 'needs' and 'decide'")
    return strategy


def _installed() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _find(name: str) -> type:
    installed = _installed()
    target = installed[name].value if name in installed else name
    module, _, attribute = target.partition(":")
    if not (module and attribute):
        near = get_close_matches(name, installed, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        raise StrategyError(
            f"no strategy '{name}'{hint} Installed: {', '.join(sorted(installed))}; or write module:Class"
        )
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, SyntaxError) as error:
        raise StrategyError(f"strategy '{name}': module '{module}' cannot be imported: {error}") from None
    except AttributeError:
        raise StrategyError(f"strategy '{name}': module '{module}' has no '{attribute}'") from None
    if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
        raise StrategyError(
            f"strategy '{name}': {target} must be a dataclass whose fields are its parameters"
        )
    return found


def _check_param(info: StrategyInfo, key: str, value: Any) -> None:
    known = {param.name: param for param in info.params}
    if key not in known:
        near = get_close_matches(key, known, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else "."
        raise StrategyError(
            f"strategy '{info.name}' has no parameter '{key}'{hint} Allowed: {', '.join(known)}"
        )
    wanted = known[key].type
    allowed = _ACCEPTED.get(wanted.partition("[")[0])
    wrong = allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and wanted != "bool"))
    if wrong:
        raise StrategyError(f"strategy '{info.name}': parameter '{key}' must be {wanted}; got {value!r}")


def _freeze(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_freeze(item) for item in value)
    if isinstance(value, Mapping):
        return MappingProxyType({key: _freeze(item) for key, item in value.items()})
    return float(value) if isinstance(value, Decimal) else value


def _type_name(field: "dataclasses.Field[Any]") -> str:
    return field.type if isinstance(field.type, str) else getattr(field.type, "__name__", str(field.type))


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return None if field.default is dataclasses.MISSING else field.default
