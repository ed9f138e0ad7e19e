"""Strategies are found by name or module:Class; every way to get it wrong has its message."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from dat.errors import StrategyError
from dat.strategy import Book, Needs, Strategy, Targets, Window, param, require
from dat.strategy.load import describe_strategy, load_strategy, strategy_names
from strategies.ecosystem import Ecosystem
from strategies.multi_asset import MultiAsset
from strategies.passive import Passive

HERE = __name__


@dataclass(frozen=True)
class Needy:
    """Needs a parameter that has no default."""

    size: int
    share: "float" = field(default=0.5, metadata={"doc": "a share"})

    def __post_init__(self) -> None:
        require(self.size > 0, f"size must be above 0; got {self.size}")

    @property
    def needs(self) -> Needs:
        return Needs(("BTC",))

    def decide(self, window: Window, book: Book) -> Targets:
        return Targets.hold("never")


class NoDataclass:
    pass


@dataclass(frozen=True)
class Mute:
    """Decides nothing."""


def test_the_four_modes_are_installed() -> None:
    assert {"active", "ecosystem", "multi_asset", "passive"} <= set(strategy_names())
    assert strategy_names() == tuple(sorted(strategy_names()))


def test_by_name_and_by_path_is_the_same() -> None:
    params = {"asset": "ETH", "policy": "periodic", "amount": Decimal("12.5")}
    by_name, by_path = load_strategy("passive", params), load_strategy("strategies.passive:Passive", params)
    assert by_name == by_path == Passive("ETH", "periodic", 12.5)


def test_what_a_file_says_becomes_immutable() -> None:
    deal = {"name": "One", "sector": "L2", "nav_frac": Decimal("0.1"), "from": "2024-01-01", "calls": 3}
    strategy = load_strategy("ecosystem", {"sleeve": {"SOL": Decimal("0.1")}, "deals": [deal]})
    assert isinstance(strategy, Ecosystem)
    assert strategy.sleeve["SOL"] == 0.1
    assert strategy.deals[0]["nav_frac"] == 0.1
    assert isinstance(strategy.deals, tuple)
    with pytest.raises(TypeError):
        strategy.sleeve["SOL"] = 0.9  # type: ignore[index]
    assert load_strategy("multi_asset", {"assets": ["BTC", "SOL"]}) == MultiAsset(("BTC", "SOL"))


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("pasive", {}, "no strategy 'pasive'; did you mean 'passive'? Installed: active, "),
        ("zzz", {}, "no strategy 'zzz'. Installed: active, "),
        (":Passive", {}, "no strategy ':Passive'; did you mean 'passive'? Installed: active, "),
        ("strategies.passive:", {}, "no strategy 'strategies.passive:'"),
        ("strategies.nowhere:Passive", {}, "module 'strategies.nowhere' cannot be imported: No module named"),
        ("strategies.passive:Pasive", {}, "module 'strategies.passive' has no 'Pasive'"),
        ("strategies.passive:require", {}, "strategies.passive:require must be a dataclass"),
        (
            f"{HERE}:NoDataclass",
            {},
            f"{HERE}:NoDataclass must be a dataclass whose fields are its parameters",
        ),
        (f"{HERE}:Mute", {}, f"{HERE}:Mute has no 'needs' and 'decide'"),
        (f"{HERE}:Needy", {}, "cannot be built: .* missing 1 required positional argument: 'size'"),
        (f"{HERE}:Needy", {"size": 0}, f"strategy '{HERE}:Needy': size must be above 0; got 0"),
        (f"{HERE}:Needy", {"size": 1, "share": "x"}, "parameter 'share' must be float; got 'x'"),
        (
            "passive",
            {"aset": "BTC"},
            "has no parameter 'aset'; did you mean 'asset'? Allowed: asset, policy, ",
        ),
        ("passive", {"zzz": 1}, "has no parameter 'zzz'. Allowed: asset, policy, amount, keep_cash"),
        ("passive", {"amount": "100"}, "parameter 'amount' must be float; got '100'"),
        ("passive", {"amount": True}, "parameter 'amount' must be float; got True"),
        ("passive", {"asset": 1}, "parameter 'asset' must be str; got 1"),
        ("active", {"fast_bars": 2.5}, "parameter 'fast_bars' must be int; got 2.5"),
        ("multi_asset", {"assets": "BTC"}, r"parameter 'assets' must be tuple; got 'BTC'"),
        ("ecosystem", {"sleeve": ["SOL"]}, r"parameter 'sleeve' must be Mapping; got \['SOL'\]"),
        (
            "passive",
            {"policy": "all_in"},
            "strategy 'passive': policy must be one of lump_sum, periodic, deploy_all",
        ),
        ("passive", {"policy": "periodic"}, "strategy 'passive': periodic needs an amount above 0"),
    ],
)
def test_what_is_wrong_is_named(name: str, params: dict[str, Any], message: str) -> None:
    with pytest.raises(StrategyError, match=message.replace("?", r"\?").replace("...", ".")):
        load_strategy(name, params)


def test_a_strategy_describes_itself() -> None:
    info = describe_strategy("passive")
    assert (info.name, info.target) == ("passive", "strategies.passive:Passive")
    assert (
        info.summary
        == "Buy one coin and never sell: all at once, a fixed amount each period, or all cash each period."
    )
    assert [(param.name, param.type, param.default) for param in info.params] == [
        ("asset", "str", "BTC"),
        ("policy", "str", "lump_sum"),
        ("amount", "float", 0.0),
        ("keep_cash", "float", 0.0),
    ]


@pytest.mark.parametrize("name", ["active", "ecosystem", "multi_asset", "passive"])
def test_every_parameter_of_the_modes_is_documented(name: str) -> None:
    info = describe_strategy(name)
    assert info.summary.endswith((".", "="))
    assert [param.name for param in info.params if not param.doc] == []
    assert isinstance(load_strategy(name, {}), Strategy)


def test_a_default_that_could_change_is_refused() -> None:
    with pytest.raises(StrategyError, match="must be immutable: write a tuple"):
        param(["BTC"], "coins")
