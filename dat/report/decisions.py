"""Tables of what was decided: what was asked, why, and what came of it."""

import json
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import pandas as pd

from dat.core.money import exact
from dat.report.activity import ENDS, long_table
from dat.report.record import Column, Row, Table
from dat.report.track import Track
from dat.report.writing import INSTANTS, NONE, money, number, percent
from dat.strategy.when import NEW_MONEY

__all__ = ["asked_in_words", "decision_tables"]

_HASH_DIGITS = 10
_OUTCOMES = MappingProxyType(
    {
        "approved": ("Approved", "within the mandate; traded at the next chance"),
        "held": ("Held", "nothing was asked for"),
        "within_band": ("Within band", "too close to the targets to be worth a trade"),
        "denied": ("Denied", "outside the mandate; nothing was traded"),
    }
)


def decision_tables(track: Track) -> tuple[Table, ...]:
    """Counts by outcome, the denied ones, then every decision."""
    decisions = track.result.decisions
    if decisions.empty:
        return ()
    denied = decisions[decisions["outcome"] == "denied"]
    tables = [_outcomes(decisions)]
    if len(denied) and len(decisions) > 2 * ENDS:
        tables.append(_decisions("denied", "Denied decisions", denied, base=track.result.base))
    return (*tables, _decisions("decisions", "All decisions", decisions, base=track.result.base))


def asked_in_words(decision: dict[str, Any]) -> str:
    """Write the targets of a decision, as its row of the table `decisions` holds them.

    Examples
    --------
    >>> row = {"kind": "weights", "targets": '{"ETH": 0.6}', "staked": '{"ETH": 0.5}', "commitments": "{}"}
    >>> asked_in_words(row)
    'ETH 60.00%; staked ETH 50.00%'
    """
    amounts, staked, promised = (json.loads(decision[key]) for key in ("targets", "staked", "commitments"))
    write = {"weights": _share, "units": _units, "spend": _spend}.get(str(decision["kind"]), _units)
    parts = [
        ", ".join(write(asset, amount) for asset, amount in amounts.items()),
        ", ".join(_share(f"staked {asset}", share) for asset, share in staked.items()),
        ", ".join(f"commit {money(exact(amount, 2))} to {deal}" for deal, amount in promised.items()),
    ]
    return "; ".join(part for part in parts if part) or NONE


def _share(name: str, share: float) -> str:
    return f"{name} {percent(exact(share, 8))}"


def _units(asset: str, units: float) -> str:
    return f"{number(exact(units, 8), 8)} {asset}"


def _spend(asset: str, amount: float) -> str:
    return f"spend {money(exact(amount, 2))} on {asset}"


def _outcomes(decisions: pd.DataFrame) -> Table:
    is_new = decisions["trigger"] == NEW_MONEY
    rows = list(_outcome_rows(decisions[~is_new]["outcome"], decisions[is_new]["outcome"]))
    columns = (
        Column("outcome", "Outcome", width=1.0),
        Column("meaning", "What it means", width=2.0),
        Column("strategy", "Decisions of the strategy", "count"),
        Column("new_money", "New money", "count"),
    )
    note = (
        "New money that came in between is deployed by the last approved targets; the strategy is not asked."
    )
    return Table("outcomes", "Decisions by outcome", columns, tuple(rows), len(rows), note)


def _outcome_rows(own: "pd.Series[str]", new_money: "pd.Series[str]") -> Iterator[Row]:
    for key, (word, meaning) in _OUTCOMES.items():
        counts = int((own == key).sum()), int((new_money == key).sum())
        if any(counts):
            yield Row((word, meaning, *counts), "alert" if key == "denied" else "plain")
    yield Row(("Total", "", len(own), len(new_money)), "total")


def _decisions(key: str, title: str, decisions: pd.DataFrame, *, base: str) -> Table:
    columns = (
        Column("as_of", "Time (UTC)", "day"),
        Column("trigger", "Trigger", width=0.55),
        Column("asked", "Targets", width=1.25),
        Column("reason", "Reason", width=1.0),
        Column("outcome", "Outcome"),
        Column("inputs", "Inputs", "code"),
    )
    note = (
        f"Targets: shares of liquid NAV, units, or {base} to spend. Inputs: the first {_HASH_DIGITS} digits "
        "of the SHA-256 of all that was visible and of the book; in full in decisions.parquet. "
        f"{INSTANTS}"
    )
    return long_table(
        decisions, _decision, key=key, title=title, columns=columns, file="decisions.parquet", note=note
    )


def _decision(row: dict[str, Any]) -> Row:
    outcome, breaches = str(row["outcome"]), str(row["breaches"])
    reason = f"{row['reason']} {NONE} denied: {breaches}" if breaches else str(row["reason"])
    word = _OUTCOMES[outcome][0] if outcome in _OUTCOMES else outcome
    cells = (
        row["as_of"].to_pydatetime(),
        str(row["trigger"]),
        asked_in_words(row),
        reason,
        word,
        str(row["inputs_hash"])[:_HASH_DIGITS],
    )
    return Row(cells, "alert" if outcome == "denied" else "plain")
