"""One pure rule for each kind of event: `KINDS` is the table of kinds, their fields, and their rules."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dat.ledger.event import Event
from dat.ledger.facts import Facts
from dat.ledger.rules import capital, holding, income, record, spending, trading
from dat.ledger.step import Step

__all__ = ["KINDS", "Kind", "Rule"]

Rule = Callable[[Event, Facts], list[Step]]


class Kind(NamedTuple):
    """How one kind of event is recorded.

    Parameters
    ----------
    rule
        Event and facts to steps.
    required, optional
        Fields that the event must have, and may have; `kind`, `at`, `source_id` and `memo` go with every one.
    what
        One line for a reader.
    """

    rule: Rule
    required: tuple[str, ...]
    optional: tuple[str, ...]
    what: str


def _kind(rule: Rule, required: str, optional: str = "", *, what: str) -> Kind:
    return Kind(rule, tuple(required.split()), tuple(optional.split()), what)


_COINS = "wallet asset units"
_MONEY = "amount currency"
_ISSUE = "wallet amount currency fee fee_asset value method"
_SPENT = "wallet value instrument"

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "open": _kind(record.founding, "currency method", "days", what="opens the books; always the first"),
        "declare": _kind(
            record.declare, "asset method units", "currency", what="declares an asset and its decimals"
        ),
        "rate": _kind(record.rate, "asset currency price", "", what="stores a rate in the base currency"),
        "lock": _kind(record.lock, "", "", what="closes the period up to its instant"),
        "trade": _kind(
            trading.trade,
            "wallet asset units currency",
            "amount price value fee fee_asset fee_value cash_wallet lots",
            what="fill of a trade: units above 0 buy, below 0 sell",
        ),
        "fee": _kind(trading.fee, _COINS, "value state method lots", what="fee in any commodity"),
        "fx_conversion": _kind(
            trading.fx_conversion,
            "wallet currency amount asset units",
            "to_wallet value",
            what="money into other money",
        ),
        "deposit": _kind(holding.deposit, _COINS, "value state instrument", what="comes from outside"),
        "withdrawal": _kind(
            holding.withdrawal, _COINS, "value state instrument lots", what="goes outside: a disposal"
        ),
        "transfer": _kind(
            holding.transfer,
            "wallet to_wallet asset units",
            "state fee fee_asset fee_value lots",
            what="to another own wallet; `units` arrive, the fee comes on top",
        ),
        "stake": _kind(holding.change_state("liquid", "staked"), _COINS, "lots", what="liquid to staked"),
        "unstake": _kind(
            holding.change_state("staked", "unbonding"), _COINS, "lots", what="staked to unbonding"
        ),
        "unlock": _kind(holding.unlock, _COINS, "state lots", what="unbonding (or locked) to liquid"),
        "pledge": _kind(
            holding.change_state("liquid", "pledged"), _COINS, "instrument lots", what="liquid to pledged"
        ),
        "release": _kind(
            holding.change_state("pledged", "liquid"), _COINS, "instrument lots", what="pledged to liquid"
        ),
        "reward": _kind(
            income.earned("staking"), _COINS, "value state", what="staking reward, income at fair value"
        ),
        "airdrop": _kind(
            income.earned("airdrop"), _COINS, "value state", what="airdrop, income at fair value"
        ),
        "interest": _kind(income.interest, "wallet amount currency", "value", what="interest on cash"),
        "slash": _kind(income.slash, _COINS, "state lots", what="penalty on staked units"),
        "loan_out": _kind(holding.loan_out, "wallet asset units instrument", "lots", what="lends to a party"),
        "loan_back": _kind(
            holding.loan_back, "wallet asset units instrument", "lots", what="what was lent comes back"
        ),
        "loan_in": _kind(
            holding.loan_in, "wallet asset units instrument", "value", what="borrows from a party"
        ),
        "repayment": _kind(
            holding.repayment,
            "wallet asset units instrument",
            "amount value lots",
            what="pays a note or loan back",
        ),
        "share_issue": _kind(
            capital.share_issue,
            "asset units",
            _ISSUE,
            what="shares issued (method: atm, pipe, rights, option)",
        ),
        "preferred_issue": _kind(capital.share_issue, "asset units", _ISSUE, what="preferred shares issued"),
        "buy_back": _kind(
            capital.buy_back,
            "asset units wallet amount currency",
            "fee fee_asset value",
            what="shares bought back",
        ),
        "note_issue": _kind(
            capital.note_issue,
            "wallet amount currency instrument",
            "principal fee fee_asset",
            what="convertible or other note issued",
        ),
        "conversion": _kind(
            capital.conversion, "asset units currency principal instrument", "value", what="note into shares"
        ),
        "dividend": _kind(
            capital.dividend, "wallet amount currency asset", "value", what="dividend on a share class"
        ),
        "coupon": _kind(
            capital.coupon, "wallet amount currency instrument", "value", what="interest on a note or loan"
        ),
        "management_fee": _kind(
            spending.spent("management"), _MONEY, _SPENT, what="without a wallet it is owed"
        ),
        "custody_fee": _kind(spending.spent("custody"), _MONEY, _SPENT, what="without a wallet it is owed"),
        "operating_expense": _kind(
            spending.spent("operating"), _MONEY, _SPENT, what="without a wallet it is owed"
        ),
        "tax": _kind(spending.spent("tax"), _MONEY, _SPENT, what="without a wallet it is owed"),
        "payment": _kind(
            spending.payment, "wallet amount currency", "instrument", what="pays what is owed for expenses"
        ),
        "grant": _kind(
            spending.grant, "wallet asset units instrument", "value lots", what="given to the ecosystem"
        ),
        "commitment": _kind(spending.commit, "instrument amount currency", "", what="promise to a venture"),
        "call": _kind(spending.call, "instrument wallet amount currency", "value", what="capital call paid"),
        "distribution": _kind(
            spending.distribution,
            "instrument wallet asset units",
            "value principal state",
            what="comes from a venture",
        ),
        "mark": _kind(income.mark, "amount", "asset instrument", what="change of fair value over cost"),
        "write_off": _kind(
            income.write_off,
            "",
            "instrument amount wallet asset units state lots",
            what="a venture's cost, or lost coins",
        ),
        "correction": _kind(record.correction, "ref", "", what="reverses the event that `ref` names"),
    }
)
"""By the name that an event carries."""
