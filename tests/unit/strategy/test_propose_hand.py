"""The step from what is visible to what would be traded: outcomes, triggers, and the hash of the inputs."""

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from dat.backtest.engine import run
from dat.errors import StrategyError
from dat.mandate.mandate import Mandate
from dat.market.window import Window
from dat.orders.book import Book, LastDecision
from dat.orders.proposal import Proposal
from dat.orders.targets import Targets
from dat.strategy.propose import propose
from dat.strategy.when import Rule
from dat.treasury.venture import Commitment
from tests.scenarios import Scripted, day, panel_of, scenario_of

PANEL = panel_of({"BTC": [100.0] * 5})
TWO = Window(panel_of({"BTC": [100.0] * 5, "ETH": [10.0] * 5}), 3)
HALF = Targets.weights({"BTC": 0.5}, "half")
LATER = LastDecision(day(1), HALF)
BOOK = Book(day(1), 500.0, {"BTC": 5.0}, {}, {"BTC": 100.0}, last=LATER)
FREE = Mandate(("BTC",), illiquid_max_frac=1.0, deal_max_frac=1.0)


def asked(
    targets: Targets, book: Book = BOOK, *, rule: Rule | None = None, mandate: Mandate = FREE, rows: int = 3
) -> Proposal | None:
    window = Window(PANEL, rows)
    strategy = Scripted(always=targets)
    return propose(window, book, strategy=strategy, rule=rule or Rule("daily"), mandate=mandate)


def outcome(targets: Targets, book: Book = BOOK, **settings: Rule | Mandate) -> str:
    proposal = asked(targets, book, **settings)  # type: ignore[arg-type]
    assert proposal is not None
    return proposal.outcome


def test_no_decision_is_due_between_dates() -> None:
    assert asked(HALF, rule=Rule("monthly")) is None


def test_a_proposal_carries_what_was_decided_and_why() -> None:
    proposal = asked(HALF, rule=Rule("7d"), book=replace(BOOK, last=None))
    assert proposal is not None
    assert (proposal.as_of, proposal.targets, proposal.trigger) == (day(3), HALF, "inception")
    assert (proposal.outcome, proposal.breaches, len(proposal.inputs_hash)) == ("approved", (), 64)


def test_outcomes() -> None:
    wide = Rule("daily", band_abs=0.1)
    promise = Targets.weights({"BTC": 0.5}, "and a fund", commitments=(Commitment("Fund", 10.0, 1),))
    assert outcome(HALF) == "approved"  # already there, but no band says that it is not worth a trade
    assert outcome(HALF, rule=wide) == "within_band"
    assert outcome(promise, rule=wide) == "approved"
    assert outcome(Targets.weights({"BTC": 0.7}, "more"), rule=wide) == "approved"
    assert outcome(Targets.spend({"BTC": 1.0}, "a little"), rule=wide) == "approved"
    assert outcome(Targets.hold("nothing")) == "held"
    assert outcome(HALF, mandate=Mandate(("ETH",))) == "denied"
    assert outcome(HALF, rule=wide, mandate=Mandate(("ETH",))) == "denied"


def test_an_obligation_is_traded_within_the_band_too() -> None:
    wide = Rule("daily", band_abs=0.4)
    assert outcome(HALF, replace(BOOK, calls_due=10.0), rule=wide) == "approved"
    assert outcome(HALF, replace(BOOK, last=None), rule=wide) == "approved"


SPLIT = Targets.weights({"BTC": 0.5, "ETH": 0.3}, "split")
RICH = replace(BOOK, approved=SPLIT, released=100.0)


@pytest.mark.parametrize(
    ("answer", "rule", "expected"),
    [
        (HALF, Rule("daily"), ("weights", {"BTC": 0.5})),  # of all liquid NAV: the money is in it
        (HALF, Rule("daily", band_abs=0.4), ("spend", {"BTC": 50.0})),  # within its band: only the money
        (Targets.spend({"BTC": 10.0}, "buy"), Rule("daily"), ("spend", {"BTC": 110.0})),
        (Targets.hold("wait"), Rule("daily"), ("spend", {"BTC": 50.0, "ETH": 30.0})),
        (Targets.units({"BTC": 6.0}, "six"), Rule("daily"), ("units", {"BTC": 6.0})),
        (HALF, Rule("once"), ("spend", {"BTC": 50.0, "ETH": 30.0})),  # not asked: by what was approved
    ],
)
def test_new_money_joins_an_answer(
    answer: Targets, rule: Rule, expected: tuple[str, dict[str, float]]
) -> None:
    both = Mandate(("BTC", "ETH"))
    proposal = propose(TWO, RICH, strategy=Scripted(always=answer), rule=rule, mandate=both)
    assert proposal is not None
    assert (proposal.targets.kind, dict(proposal.targets.amounts)) == expected
    assert proposal.outcome == "approved"
    assert proposal.answer.kind == ("hold" if rule.calendar == "once" else answer.kind)


def test_new_money_waits_for_targets_by_which_it_can_be_deployed() -> None:
    for approved in (None, Targets.units({"BTC": 5.0}, "five")):
        assert asked(HALF, replace(RICH, approved=approved), rule=Rule("once")) is None


@dataclass(frozen=True)
class SpendsWhatItSees(Scripted):
    def decide(self, window: Window, book: Book) -> Targets:
        return Targets.spend({"BTC": book.spendable}, f"{book.scheduled} {book.released}")


@pytest.mark.parametrize(("approved", "seen"), [(SPLIT, 400.0), (None, 500.0)])
def test_a_strategy_does_not_see_new_money_once_something_was_approved(
    approved: Targets | None, seen: float
) -> None:
    book = replace(RICH, approved=approved)
    proposal = propose(Window(PANEL, 3), book, strategy=SpendsWhatItSees(), rule=Rule("daily"), mandate=FREE)
    assert proposal is not None
    assert proposal.answer.amounts == {"BTC": seen}
    assert proposal.targets.amounts == {"BTC": 500.0}


def test_a_stranger_is_refused_with_its_name() -> None:
    with pytest.raises(
        StrategyError, match=r"asked for DOGE at 2024-01-04T00:00:00.*Z; bars are given for BTC"
    ):
        asked(Targets.spend({"DOGE": 1.0}, "woof"))
    with pytest.raises(StrategyError, match="asked for DOGE"):
        asked(Targets.weights({}, "woof", staked_frac={"DOGE": 1.0}))


def hash_of(book: Book = BOOK, rows: int = 3) -> str:
    proposal = asked(HALF, book, rows=rows, rule=Rule("bar"))
    assert proposal is not None
    return proposal.inputs_hash


def test_the_hash_follows_every_input() -> None:
    changes = [
        replace(BOOK, cash=500.01),
        replace(BOOK, liquid={"BTC": 5.1}),
        replace(BOOK, committed=("Fund",)),
        replace(BOOK, last=replace(LATER, as_of=LATER.as_of - timedelta(days=1))),
    ]
    hashes = [hash_of(), hash_of(rows=4), *map(hash_of, changes)]
    assert len(set(hashes)) == len(hashes)
    assert hash_of() == hash_of()


def hashes_with_deals() -> list[str]:
    deals = tuple(Commitment(f"Fund {number}", 10.0, 1) for number in range(5))
    promise = Targets.weights({"BTC": 0.5}, "five funds", commitments=deals)
    return list(run(scenario_of(PANEL, Scripted(always=promise))).decisions["inputs_hash"])


def test_the_hash_is_the_same_in_every_process() -> None:
    # a set prints in an order that depends on the seed of the process: a book must hold none
    program = f"from {__name__} import hashes_with_deals; print(hashes_with_deals())"
    printed = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=Path(__file__).parents[3],
            env=dict(os.environ, PYTHONHASHSEED=seed),
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    ]
    assert printed == [str(hashes_with_deals())] * 2
