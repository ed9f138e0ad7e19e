"""``dat strategies``: what is installed, with parameters and defaults."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from dat.app.cli.console import emit_json, out

if TYPE_CHECKING:
    from dat.strategy.load import StrategyInfo

__all__ = ["add_strategy_commands"]


def add_strategy_commands(app: typer.Typer) -> None:
    """Register the command."""
    app.command("strategies")(list_strategies)


def list_strategies(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """List the installed strategies with their parameters and defaults."""
    from dat.strategy.load import describe_strategy, strategy_names

    found = [describe_strategy(name) for name in strategy_names()]
    if as_json:
        emit_json({"strategies": [_plain(info) for info in found]})
        return
    for info in found:
        out.print(_table(info))


def _plain(info: "StrategyInfo") -> dict[str, Any]:
    params = [
        {"name": param.name, "type": param.type, "default": _default(param.default), "doc": param.doc}
        for param in info.params
    ]
    return {"name": info.name, "target": info.target, "summary": info.summary, "params": params}


def _table(info: "StrategyInfo") -> Table:
    title = Text(f"{info.name}: {info.summary}")
    table = Table(title=title, title_justify="left", title_style="bold", expand=True)
    for heading, ratio in (("Parameter", 2), ("Type", 3), ("Default", 2), ("Meaning", 5)):
        table.add_column(heading, ratio=ratio)
    for param in info.params:
        table.add_row(*map(Text, (param.name, param.type, _written(param.default), param.doc)))
    return table


def _default(value: Any) -> Any:
    if isinstance(value, float):
        return str(value)
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if hasattr(value, "keys") else value


def _written(value: Any) -> str:
    plain = _default(value)
    return "" if plain is None else str(plain)
