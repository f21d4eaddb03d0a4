"""One timeline of a lead or an account: everything that happened, before and after the sale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from onefunnel.charts import written
from onefunnel.charts.theme import identity
from onefunnel.facts.store import Facts
from onefunnel.server.people.hiding import Hiding

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: More than this of one kind is not shown at once; the page says so.
MOST = 500

Row = Mapping[str, object]


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `at` is None where the source did not record when.

    `kind` is the word shown (Stage, Touch, Details, Handover, Deal, Order, Service); `team` whose
    doing it was; `who` the person; `more` the rest in words; `promised_by` when an answer was due;
    `key` is what the address of its lead holds.
    """

    at: datetime | None
    kind: str
    what: str
    team: str = ""
    who: str = ""
    more: str = ""
    lead_id: str = ""
    promised_by: datetime | None = None
    key: str = ""

    @property
    def identity(self) -> str:
        """The identity colour the team's name wears."""
        return identity(self.team)


def of_lead(
    facts: Facts,
    lead_id: str,
    account_id: str,
    hiding: Hiding,
    moves: list[Row] | None = None,
) -> tuple[list[Entry], bool]:
    """Everything about a lead, latest first, with its account's orders and service visits.

    `moves` stand for those of the facts, where the facts lack some; the latest comes first. The
    second value says whether anything was left out for length.
    """
    if moves is None:
        moves = _where(facts, "moves", "lead_id", lead_id)
    return _together(
        [
            (_moves, "moves", moves),
            (_touches, "touches", _where(facts, "touches", "lead_id", lead_id)),
            (_handovers, "handovers", _where(facts, "handovers", "lead_id", lead_id)),
            (_deals, "deals", _where(facts, "deals", "lead_id", lead_id)),
            (_orders, "orders", _where(facts, "orders", "account_id", account_id)),
            (_machines, "installed", _where(facts, "installed", "account_id", account_id)),
        ],
        hiding,
    )


def of_account(
    facts: Facts, account_id: str, lead_ids: Iterable[str], hiding: Hiding
) -> tuple[list[Entry], bool]:
    """Everything about an account and all its leads, latest first."""
    ids = list(lead_ids)
    return _together(
        [
            (_moves, "moves", _where_in(facts, "moves", ids)),
            (_touches, "touches", _either(facts, "touches", account_id, ids)),
            (_handovers, "handovers", _where_in(facts, "handovers", ids)),
            (_deals, "deals", _either(facts, "deals", account_id, ids)),
            (_orders, "orders", _where(facts, "orders", "account_id", account_id)),
            (_machines, "installed", _where(facts, "installed", "account_id", account_id)),
        ],
        hiding,
    )


def _together(
    parts: Iterable[tuple[object, str, list[Row]]], hiding: Hiding
) -> tuple[list[Entry], bool]:
    entries: list[Entry] = []
    cut = False
    for make, table, rows in parts:
        cut = cut or len(rows) > MOST
        for row in rows[:MOST]:
            key = hiding.address(table, "lead_id", _text(row, "lead_id"))
            made = make(hiding.row(table, row))  # type: ignore[operator]
            entries += [replace(entry, key=key) for entry in made]
    return in_order(entries), cut


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """The latest first, those without a date last."""
    found = list(entries)
    dated = sorted((e for e in found if e.at), key=lambda e: e.at or _EPOCH, reverse=True)
    return [*dated, *(e for e in found if e.at is None)]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _where(facts: Facts, table: str, column: str, key: str) -> list[Row]:
    if not key or table not in facts or column not in facts[table].columns:
        return []
    found = facts[table]
    return _fetched(found.filter(found[column] == key))


def _where_in(facts: Facts, table: str, keys: list[str]) -> list[Row]:
    if not keys or table not in facts:
        return []
    found = facts[table]
    return _fetched(found.filter(found["lead_id"].isin(keys)))


def _either(facts: Facts, table: str, account_id: str, keys: list[str]) -> list[Row]:
    """Rows of the account, or of its leads where the row names only the lead."""
    if table not in facts:
        return []
    found = facts[table]
    condition = found["lead_id"].isin(keys) if keys else None
    if "account_id" in found.columns:
        of_account = (found["account_id"] == account_id).fill_null(False)
        condition = of_account if condition is None else condition.fill_null(False) | of_account
    return [] if condition is None else _fetched(found.filter(condition))


def _fetched(table: ir.Table) -> list[Row]:
    """The latest rows first, one more than are shown."""
    times = [n for n in ("at", "offered_at", "opened_at", "serviced_at") if n in table.columns]
    if times:
        table = table.order_by(table[times[0]].desc(nulls_first=False))
    return table.limit(MOST + 1).to_pyarrow().to_pylist()  # type: ignore[no-any-return]


def _moves(row: Row) -> Iterator[Entry]:
    came = _text(row, "from_stage")
    yield Entry(
        at=_at(row, "at"),
        kind="Stage",
        what=_text(row, "stage"),
        team=_text(row, "team"),
        who=_text(row, "by"),
        more=_joined(f"from {came}" if came else "", _text(row, "reason")),
        lead_id=_text(row, "lead_id"),
    )


def _touches(row: Row) -> Iterator[Entry]:
    kind, channel = _text(row, "kind"), _text(row, "channel")
    is_service = "service" in f"{kind} {channel}".casefold()
    yield Entry(
        at=_at(row, "at"),
        kind="Service" if is_service else "Touch",
        what=_joined(channel, kind if kind.casefold() != channel.casefold() else "") or "touched",
        more=_joined(
            *(
                part
                for part in (
                    _text(row, "campaign"),
                    _text(row, "tactic"),
                    _text(row, "content_id"),
                )
                if part not in (kind, channel)
            )
        ),
        lead_id=_text(row, "lead_id"),
    )


def _handovers(row: Row) -> Iterator[Entry]:
    to = _text(row, "to_team")
    lead = _text(row, "lead_id")
    yield Entry(
        at=_at(row, "offered_at"),
        kind="Handover",
        what=f"offered to {to}" if to else "offered",
        team=_text(row, "from_team"),
        lead_id=lead,
        promised_by=_at(row, "due_at"),
    )
    if answered := _at(row, "answered_at"):
        yield Entry(
            at=answered,
            kind="Handover",
            what=_text(row, "outcome") or "answered",
            team=to,
            more=_joined(_text(row, "reason"), _text(row, "clause")),
            lead_id=lead,
        )


def _deals(row: Row) -> Iterator[Entry]:
    owner, lead = _text(row, "owner"), _text(row, "lead_id")
    money = _money(row)
    opened, closed = _at(row, "opened_at"), _at(row, "closed_at")
    outcome = _text(row, "outcome") or "open"
    if opened or not closed:
        yield Entry(at=opened, kind="Deal", what=_joined("opened", money), who=owner, lead_id=lead)
    if closed or outcome != "open":
        yield Entry(
            at=closed,
            kind="Deal",
            what=_joined(outcome, money),
            who=owner,
            more=_joined(_text(row, "reason"), _against(row)),
            lead_id=lead,
        )


def _against(row: Row) -> str:
    rival = _text(row, "competitor")
    return f"against {rival}" if rival else ""


def _orders(row: Row) -> Iterator[Entry]:
    yield Entry(
        at=_at(row, "at"),
        kind="Order",
        what=_joined(_text(row, "kind") or "order", _money(row)),
        more=_text(row, "order_id"),
    )


def _machines(row: Row) -> Iterator[Entry]:
    product = _joined(_text(row, "product"), _text(row, "asset_id"))
    if at := _at(row, "installed_at"):
        yield Entry(at=at, kind="Installed", what=product)
    if at := _at(row, "serviced_at"):
        days = row.get("interval_days")
        every = f"due every {days} days" if days else ""
        yield Entry(at=at, kind="Service", what=f"serviced {product}", more=every)


def _money(row: Row) -> str:
    amount = row.get("amount")
    if not isinstance(amount, Decimal):
        return ""
    return written.money(amount, _text(row, "currency"))


def _at(row: Row, name: str) -> datetime | None:
    value = row.get(name)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
