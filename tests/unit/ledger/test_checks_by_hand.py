"""What is not as it must be is found and named: every stored character, and each check on its own."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest

from dat.core.time import epoch_us, parse_instant
from dat.ledger.checks import Auditor, Projections, RawEntry, RawMove, RawPosting, StoredEntry, read_event
from dat.ledger.entry import move_rows, posting_rows
from dat.ledger.event import event_from_texts, packed, unpacked
from tests.kept_books import KeptBooks, open_event

HOT = {"wallet": "hot", "asset": "BTC"}
EVENTS = (
    {
        "kind": "trade",
        "at": "2024-01-02",
        "source_id": "b1",
        "units": "3",
        "currency": "USD",
        "amount": "100",
    },
    {"kind": "stake", "at": "2024-01-03", "source_id": "k1", "units": "1"},
    {"kind": "withdrawal", "at": "2024-01-04", "source_id": "w1", "units": "0.5", "value": "20"},
    {"kind": "correction", "at": "2024-01-05", "source_id": "reverse:w1", "ref": "w1"},
)
NOTHING_KEPT = Projections([], [], {}, {})
AT_K1 = epoch_us(parse_instant("2024-01-03"))
BOUGHT = {
    ("assets:hot", "BTC"): "2",
    ("assets:hot:staked", "BTC"): "1",
    ("equity:trading:BTC", "BTC"): "-3",
    ("equity:trading:BTC", "USD"): "100",
    ("assets:hot", "USD"): "-100",
}
MARKED = Projections([(AT_K1, 3)], [3], {3: BOUGHT}, {})


@pytest.fixture(name="kept")
def books() -> KeptBooks:
    """Give 3 BTC for 100, one of them staked, and a withdrawal that was reversed."""
    texts = [row if row["kind"] == "correction" else {**HOT, **row} for row in EVENTS]
    return KeptBooks([open_event(), *map(event_from_texts, texts)])


def stored(kept: KeptBooks) -> list[StoredEntry]:
    """Give entries as rows, as a database would."""
    rows = []
    for entry in kept.entries:
        event, number = entry.event, entry.number
        told = (epoch_us(event.at), epoch_us(entry.recorded_at), event.kind, event.source_id)
        postings = [
            RawPosting(number, line, *row) for line, row in enumerate(posting_rows(entry.postings), 1)
        ]
        moves = [RawMove(number, line, *row) for line, row in enumerate(move_rows(entry.moves), 1)]
        rows.append(StoredEntry(RawEntry(number, *told, entry.event_text, entry.hash), postings, moves))
    return rows


def found(kept: KeptBooks, rows: Sequence[StoredEntry], beside: Projections = NOTHING_KEPT) -> list[str]:
    """Give what an auditor finds, without the open lots where none are kept."""
    auditor = Auditor(kept.find, beside)
    findings = [text for row in rows for text in auditor.entry(row, read_event(row.raw.event))]
    findings += auditor.totals()
    return [str(one) for one in findings if beside.lots or one.table != "open_lots"]


def test_honest_rows_have_no_finding(kept: KeptBooks) -> None:
    assert found(kept, stored(kept)) == []


def changes(value: Any) -> Iterator[Any]:
    """Change each character of a text, or each bit of a number."""
    if isinstance(value, int):
        yield from (value ^ (1 << bit) for bit in range(max(3, value.bit_length())))
        return
    for place in range(len(value)):
        yield value[:place] + chr(ord(value[place]) ^ 1) + value[place + 1 :]


def tampered(rows: list[StoredEntry]) -> Iterator[list[StoredEntry]]:
    """Give the rows again with one character of one field changed, for each of them."""
    for index, row in enumerate(rows):
        for column, value in enumerate(row.raw):
            for bad in changes(value):
                raw = row.raw._replace(**{RawEntry._fields[column]: bad})
                yield [*rows[:index], row._replace(raw=raw), *rows[index + 1 :]]
        for name in ("postings", "moves"):
            for lines in tampered_lines(getattr(row, name)):
                given: dict[str, Any] = {name: lines}
                yield [*rows[:index], row._replace(**given), *rows[index + 1 :]]


def tampered_lines(lines: Sequence[Any]) -> Iterator[list[Any]]:
    for index, line in enumerate(lines):
        for column, value in enumerate(line):
            for bad in changes(value):
                yield [
                    *lines[:index],
                    type(line)(*line[:column], bad, *line[column + 1 :]),
                    *lines[index + 1 :],
                ]


def test_every_changed_character_of_every_field_is_found(kept: KeptBooks) -> None:
    count = 0
    for rows in tampered(stored(kept)):
        count += 1
        assert found(kept, rows), rows
    assert count > 2_000


@pytest.mark.parametrize(
    ("column", "value", "finding"),
    [
        ("kind", "tade", "entries number 2: kind is 'tade', and the event says 'trade'"),
        ("source_id", "b2", "entries number 2: source_id is 'b2', and the event says 'b1'"),
        ("at_us", 5, "entries number 2: at_us is 5, and the event says 1704153600000000"),
    ],
)
def test_a_column_that_tells_another_event_is_the_only_finding(
    kept: KeptBooks, column: str, value: Any, finding: str
) -> None:
    rows = stored(kept)
    rows[1] = rows[1]._replace(raw=rows[1].raw._replace(**{column: value}))
    assert found(kept, rows) == [finding]


def test_an_event_that_is_written_otherwise_is_found_though_it_says_the_same(kept: KeptBooks) -> None:
    rows = stored(kept)
    rows[1] = rows[1]._replace(raw=rows[1].raw._replace(event=f"{rows[1].raw.event} "))
    (finding,) = found(kept, rows)
    text = rows[1].raw.event.strip()
    assert finding == f"entries number 2: event is {text} , and was written as {text}"


def test_a_changed_event_breaks_the_hash_of_its_own_entry_and_of_no_later_one(kept: KeptBooks) -> None:
    rows = stored(kept)
    changed = (
        rows[1].raw.event.replace('"kind"', '"memo"').replace('"memo":"trade"', '"kind":"trade","memo":"x"')
    )
    rows[1] = rows[1]._replace(raw=rows[1].raw._replace(event=changed))
    (finding,) = found(kept, rows)
    assert finding.startswith(f"entries number 2: hash {rows[1].raw.hash} is not that of the entry, ")


def test_a_missing_entry_and_one_out_of_place_are_found(kept: KeptBooks) -> None:
    rows = stored(kept)
    text = "entries number 5: follows number 3: what is between them is missing or out of place"
    assert text in found(kept, [*rows[:3], rows[4]])
    text = "entries number 4: follows number 5: what is between them is missing or out of place"
    assert text in found(kept, [*rows[:3], rows[4], rows[3]])


def test_lines_that_are_missing_added_or_moved_are_named(kept: KeptBooks) -> None:
    rows = stored(kept)
    bought = rows[1]
    (finding,) = found(kept, [rows[0], bought._replace(postings=bought.postings[:-1]), *rows[2:]])
    assert finding == "postings entry 2 line 4: is missing: equity:trading:BTC USD 100"
    more = RawMove(2, 2, "assets:hot", "BTC", "1", "1", "b1", 0)
    (finding,) = found(kept, [rows[0], bought._replace(moves=[*bought.moves, more]), *rows[2:]])
    assert finding == "lot_moves entry 2 line 2: belongs to no event: assets:hot BTC 1 1 b1 0"
    swapped = bought._replace(postings=[*reversed(bought.postings)])
    assert len(found(kept, [rows[0], swapped, *rows[2:]])) == len(bought.postings)


def test_after_an_event_that_is_refused_the_rest_is_held_against_the_chain(kept: KeptBooks) -> None:
    rows = stored(kept)
    much = rows[1].raw.event.replace('"units":"3"', '"units":"0"')
    rows[1] = rows[1]._replace(raw=rows[1].raw._replace(event=much))
    refused, unhashed = found(kept, rows)
    assert refused.startswith("entries number 2: the event is refused: units = 0 must not be 0")
    assert unhashed.startswith(f"entries number 2: hash {rows[1].raw.hash} is not that of its rows, ")
    moved = rows[2].moves[0]._replace(units="-2")
    rows[2] = rows[2]._replace(moves=[moved, *rows[2].moves[1:]])
    assert len(found(kept, rows)) == 3
    assert found(kept, rows)[-1].startswith("entries number 3: hash ")


def test_lots_that_hold_other_units_or_cost_than_the_balances_are_found(kept: KeptBooks) -> None:
    auditor = Auditor(kept.find, NOTHING_KEPT)
    for row in stored(kept):
        assert list(auditor.entry(row, read_event(row.raw.event))) == []
    pile = auditor.books.lots.pile("assets:hot", "BTC")
    pile.put(pile.lots["b1"].plus(Decimal(-1), Decimal("0.00000001")))
    assert [str(one) for one in auditor.totals() if one.table == "postings"] == [
        "postings assets:hot BTC: balance 2, and its lots hold 1",
        "postings equity:trading:BTC: cost 100, and its lots cost 100.00000001",
    ]


def test_a_checkpoint_counts_the_entry_at_its_mark_and_none_after_it(kept: KeptBooks) -> None:
    assert found(kept, stored(kept), MARKED) == []


@pytest.mark.parametrize(
    ("beside", "finding"),
    [
        (MARKED._replace(counts=[2]), "checkpoints number 3: counts 2 entries, and there are 3"),
        (
            MARKED._replace(balances={3: {**BOUGHT, ("assets:hot", "BTC"): "3"}}),
            "checkpoint_balances checkpoint 3 assets:hot BTC: stored 3, and the entries give 2",
        ),
        (
            MARKED._replace(balances={3: {**BOUGHT, ("assets:cold", "BTC"): "1"}}),
            "checkpoint_balances checkpoint 3 assets:cold BTC: stored 1, and the entries give None",
        ),
        (
            MARKED._replace(balances={3: BOUGHT, 4: BOUGHT}),
            "checkpoint_balances checkpoint 4: belongs to no checkpoint",
        ),
    ],
)
def test_what_a_checkpoint_keeps_is_held_against_the_entries(
    kept: KeptBooks, beside: Projections, finding: str
) -> None:
    assert found(kept, stored(kept), beside) == [finding]


def test_open_lots_are_held_against_the_entries(kept: KeptBooks) -> None:
    bought, back = epoch_us(parse_instant("2024-01-02")), epoch_us(parse_instant("2024-01-05"))
    each = "33.333333333333333333"
    lots: dict[Any, Any] = {
        ("assets:hot", "BTC", "b1"): (2, bought, "2", "66.66666667", each, back),
        ("assets:hot:staked", "BTC", "b1"): (2, bought, "1", "33.33333333", each, AT_K1),
    }
    assert found(kept, stored(kept), NOTHING_KEPT._replace(lots=lots)) == []
    for place, values in lots.items():
        for column, value in enumerate(values):
            bad = (
                *values[:column],
                value + 1 if isinstance(value, int) else f"{value}1",
                *values[column + 1 :],
            )
            wrong = NOTHING_KEPT._replace(lots={**lots, place: bad})
            (finding,) = found(kept, stored(kept), wrong)
            assert finding == f"open_lots {' '.join(place)}: stored {bad}, and the entries give {values}"
    (finding,) = found(
        kept,
        stored(kept),
        NOTHING_KEPT._replace(lots={("assets:hot", "BTC", "b1"): lots["assets:hot", "BTC", "b1"]}),
    )
    assert finding.startswith("open_lots assets:hot:staked BTC b1: stored None, and the entries give (2, ")


def test_an_event_is_packed_to_the_microsecond() -> None:
    event = event_from_texts({"kind": "lock", "at": "2024-01-02T03:04:05.678901", "source_id": "k"})
    assert unpacked(packed(event)) == event


def test_what_rounds_to_nothing_makes_no_line(kept: KeptBooks) -> None:
    sale = {"kind": "trade", "at": "2024-01-06", "source_id": "s1", "units": "-2", "currency": "USD"}
    entry = kept.record(
        event_from_texts({**HOT, **sale, "amount": "66.666666671"})
    )  # the cost is 66.66666667
    assert [posting for posting in entry.postings if not posting.amount] == []
    assert "income:realised:BTC" not in {posting.account for posting in entry.postings}
