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
        When the answer names an asset that has no bars.
    """
    now = window.instant
    trigger = rule.trigger(now, book)
    if trigger is None:
        return None
    targets = _answer(
        window, book, strategy=strategy, trigger=trigger, scheduled=rule.is_scheduled(now, book)
    )
    if trigger == NEW_MONEY and targets.kind == "hold":
        return None
    _refuse_unknown(window, targets)
    breaches = check_mandate(mandate, book, targets)
    worth = (
        not trigger.startswith("calendar")
        or rule.is_worth_trading(book, targets)
        or bool(check_holdings(mandate, book))
    )
    outcome = _outcome(targets, breaches, worth=worth)
    return Proposal(now, targets, trigger, _inputs_hash(window, book), outcome, breaches)


def _answer(window: Window, book: Book, *, strategy: Strategy, trigger: str, scheduled: bool) -> Targets:
    if trigger == NEW_MONEY:
        return deploy_new_money(book, book.approved)
    before = replace(book, scheduled=scheduled, released=0.0, reserved=book.reserved + book.released)
    targets = strategy.decide(window, before)
    return with_new_money(targets, book) if book.released > 0 else targets


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
