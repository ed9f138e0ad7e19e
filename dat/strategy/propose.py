"""The one pure step from what is visible to what would be traded; backtest, paper and live share it."""

import hashlib
from dataclasses import replace

from dat.errors import StrategyError
from dat.mandate.mandate import Mandate, check_holdings, check_mandate
from dat.market.window import Window
from dat.orders.book import Book
from dat.orders.proposal import Breach, Outcome, Proposal
from dat.orders.targets import Targets
from dat.strategy.contract import Strategy
from dat.strategy.new_money import deploy_new_money, with_new_money
from dat.strategy.when import NEW_MONEY, Rule

__all__ = ["propose"]

_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, NameError, TypeError, ValueError)


def propose(
    window: Window, book: Book, *, strategy: Strategy, rule: Rule, mandate: Mandate
) -> Proposal | None:
    """Ask the strategy if a decision is due, and judge its answer.

    Parameters
    ----------
    window, book
        What is visible and what is held at the same close.
    strategy, rule, mandate
        What to hold, when to trade, what is allowed.

    Returns
    -------
    Proposal or None
        None when no decision is due, or when there are no targets yet by which new money could be deployed.

    Raises
    ------
    StrategyError
        When the strategy fails, gives no targets, or names an asset that has no bars; the text names it and
        the instant.
    """
    now = window.instant
    trigger = rule.trigger(now, book)
    if trigger is None:
        return None
    answer = _ask(window, book, strategy=strategy, trigger=trigger, scheduled=rule.is_scheduled(now, book))
    worth = _is_worth(rule, mandate, book, trigger=trigger, answer=answer)
    targets = _with_money(book, answer, trigger=trigger, worth=worth)
    if trigger == NEW_MONEY and targets.kind == "hold":
        return None
    _refuse_unknown(window, targets)
    breaches = check_mandate(mandate, book, targets)
    outcome = _outcome(targets, breaches, worth=worth or targets is not answer)
    return Proposal(now, targets, trigger, _inputs_hash(window, book), outcome, answer, breaches)


def _ask(window: Window, book: Book, *, strategy: Strategy, trigger: str, scheduled: bool) -> Targets:
    if trigger == NEW_MONEY:
        return Targets.hold("not asked")
    if book.released and book.approved:  # else all money is the strategy's to deploy
        book = replace(book, released=0.0, reserved=book.reserved + book.released)
    return _decide(strategy, window, book if scheduled else replace(book, scheduled=False))


def _decide(strategy: Strategy, window: Window, book: Book) -> Targets:
    who = f"strategy {type(strategy).__name__} at {window.as_of}Z"
    try:
        answer = strategy.decide(window, book)
    except _FAULTS as error:
        raise StrategyError(f"{who}: {type(error).__name__}: {error}") from error
    except StrategyError as error:
        raise StrategyError(f"{who}: {error}") from error
    if not isinstance(answer, Targets):
        raise StrategyError(f"{who}: decide must give Targets; it gave {answer!r}")
    return answer


def _is_worth(rule: Rule, mandate: Mandate, book: Book, *, trigger: str, answer: Targets) -> bool:
    if not trigger.startswith("calendar") or book.calls_due > 0:  # a call is owed whatever the band says
        return True
    return rule.is_worth_trading(book, answer) or bool(check_holdings(mandate, book))


def _with_money(book: Book, answer: Targets, *, trigger: str, worth: bool) -> Targets:
    if trigger == NEW_MONEY:
        return deploy_new_money(book, book.approved)
    if not book.released or book.approved is None:
        return answer
    if answer.kind == "weights" and not (worth or answer.commitments):  # within its band: only the money
        return deploy_new_money(book, answer)
    return with_new_money(answer, book)


def _outcome(targets: Targets, breaches: tuple[Breach, ...], *, worth: bool) -> Outcome:
    if breaches:
        return "denied"
    if targets.kind == "hold" and not targets.commitments:
        return "held"
    return "approved" if worth or targets.commitments else "within_band"


def _refuse_unknown(window: Window, targets: Targets) -> None:
    unknown = [asset for asset in (*targets.amounts, *targets.staked_frac) if asset not in window.assets]
    if unknown:
        asked, given = ", ".join(unknown), ", ".join(window.assets)
        raise StrategyError(f"the strategy asked for {asked} at {window.as_of}Z; bars are given for {given}")


def _inputs_hash(window: Window, book: Book) -> str:
    return hashlib.sha256(f"{window.fingerprint} {book!r}".encode()).hexdigest()
