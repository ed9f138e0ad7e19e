"""Every kind of event as bookkeeping examples, worked out by hand in examples/*_by_hand.txt."""

import pytest

from dat.ledger.rules import KINDS
from tests.kept_books import KeptBooks
from tests.unit.ledger.examples_text import Example, read_examples, replay

EXAMPLES = read_examples()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title[:60])
def test_postings_and_lots_are_those_worked_out_by_hand(example: Example) -> None:
    replay(example)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title[:60])
def test_books_opened_again_after_each_event_make_the_same_entries(example: Example) -> None:
    once, again = replay(example), KeptBooks()
    for entry in once.entries:
        again.record(entry.event)
        again.reopen()
    assert again.entries == once.entries
    assert again.lots() == once.lots()


def test_every_kind_has_an_example_and_a_line_for_the_reader() -> None:
    shown = {kind for example in EXAMPLES for kind in example.shown_kinds}
    assert shown == set(KINDS)
    assert [name for name, kind in KINDS.items() if not kind.what.strip() or not kind.rule.__module__] == []


def test_titles_are_different() -> None:
    titles = [example.title for example in EXAMPLES]
    assert len(set(titles)) == len(titles)
