"""One lead, one account: what is known, and everything that happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from onefunnel.charts import written
from onefunnel.facts.personal import MASK
from onefunnel.facts.tables import TABLES
from onefunnel.measures.steps.journeys import journeys
from onefunnel.server.agree.basis import Basis
from onefunnel.server.people.hiding import Hiding
from onefunnel.server.people.sealed import opened
from onefunnel.server.run import timeline
from onefunnel.server.run.reasons import Reason, entered_by, next_stage, said_of, why
from onefunnel.server.run.timeline import Entry
from onefunnel.server.run.tracker.reading import LeadNow

Row = Mapping[str, object]


class NoSuchRecord(LookupError):
    """There is no lead or account with that key."""


@dataclass(frozen=True)
class Known:
    """One thing known of a record: its name in words and its value."""

    name: str
    words: str = ""
    moment: datetime | None = None


@dataclass(frozen=True)
class LeadRecord:
    """A lead as its page shows it; `account_key` is what its account's address holds."""

    lead_id: str
    title: str
    account_key: str
    company: str
    stage: str
    outcome: str
    since: datetime | None
    known: tuple[Known, ...]
    entries: tuple[Entry, ...]
    is_cut: bool
    why: Reason | None
    next: Reason | None


@dataclass(frozen=True)
class AccountLead:
    key: str
    lead_id: str
    title: str
    stage: str
    created_at: datetime | None


@dataclass(frozen=True)
class AccountRecord:
    """An account as its page shows it: the relationship before and after the sale."""

    account_id: str
    title: str
    known: tuple[Known, ...]
    leads: tuple[AccountLead, ...]
    entries: tuple[Entry, ...]
    is_cut: bool
    became_customer_at: datetime | None


def lead_record(
    basis: Basis,
    lead_id: str,
    *,
    hiding: Hiding,
    now: LeadNow | None = None,
    changes: Sequence[Entry] = (),
) -> LeadRecord:
    """Everything about one lead; `now` says what the facts of the basis lack yet, `changes` what
    was changed of its details.

    Raises NoSuchRecord.
    """
    if now is not None:
        return _as_it_is_now(basis, now, hiding, changes)
    lead = _one(basis, "leads", "lead_id", lead_id)
    state = _state(basis, lead_id)
    if lead is None and state is None:
        raise NoSuchRecord(f"there is no lead {lead_id}")
    lead = lead or {"lead_id": lead_id}
    account_id = _text(lead, "account_id")
    entries, is_cut = timeline.of_lead(basis.facts, lead_id, account_id, hiding)
    stage = _text(state or {}, "current_stage")
    moves = _moves(basis, lead_id)
    entered = entered_by(basis, stage, lead, moves)
    onward = next_stage(basis, stage)
    latest = moves[-1] if moves else None
    shown = hiding.row("leads", lead)
    return LeadRecord(
        lead_id=_text(shown, "lead_id"),
        title=_title(shown),
        account_key=_account_key(account_id, hiding),
        company=_text(shown, "company"),
        stage=stage,
        outcome=_text(state or {}, "outcome"),
        since=_moment(entered, "at") if entered else None,
        known=known_of(lead, "leads", hiding),
        entries=tuple(timeline.in_order([*entries, *changes])),
        is_cut=is_cut,
        why=why(basis, stage, lead, entered or latest),
        next=why(basis, onward.name, lead, latest) if onward else None,
    )


def _as_it_is_now(
    basis: Basis, now: LeadNow, hiding: Hiding, changes: Sequence[Entry]
) -> LeadRecord:
    """The lead from its own rows, so that who just did something reads it; the rest as known."""
    shown = hiding.row("leads", now.lead)
    lead_id, account_id = str(now.lead["lead_id"]), _text(now.lead, "account_id")
    moves = list(reversed(now.moves))
    entries, is_cut = timeline.of_lead(basis.facts, lead_id, account_id, hiding, moves)
    return LeadRecord(
        lead_id=_text(shown, "lead_id"),
        title=_title(shown),
        account_key=_account_key(account_id, hiding),
        company=_text(shown, "company"),
        stage=now.stage.name if now.stage else "",
        outcome=now.stage.kind if now.stage else "",
        since=now.since.replace(tzinfo=UTC) if now.since else None,
        known=known_of(now.lead, "leads", hiding),
        entries=tuple(timeline.in_order([*entries, *changes])),
        is_cut=is_cut,
        why=said_of(now.stage, now.why),
        next=said_of(now.onward, now.asks),
    )


def _title(shown: Row) -> str:
    names = (_text(shown, "name"), _text(shown, "company"), f"Lead {_text(shown, 'lead_id')}")
    return next(name for name in names if name not in ("", MASK))


def account_record(basis: Basis, account_id: str, *, hiding: Hiding) -> AccountRecord:
    """Everything about one account. Raises NoSuchRecord."""
    account = _one(basis, "accounts", "account_id", account_id)
    leads = _account_leads(basis, account_id, hiding)
    ids = [opened(lead.key) for lead in leads]
    entries, is_cut = timeline.of_account(basis.facts, account_id, ids, hiding)
    if account is None and not leads and not entries:
        raise NoSuchRecord(f"there is no account {account_id}")
    account = account or {"account_id": account_id}
    shown = hiding.row("accounts", account)
    key = _text(shown, "account_id")
    name = _text(shown, "name")
    won = [
        entry.at
        for entry in entries
        if entry.at and (entry.kind == "Order" or entry.what.startswith("won"))
    ]
    return AccountRecord(
        account_id=key,
        title=name if name not in ("", MASK) else f"Account {key}",
        known=known_of(account, "accounts", hiding),
        leads=tuple(leads),
        entries=tuple(entries),
        is_cut=is_cut,
        became_customer_at=min(won) if won else None,
    )


def _account_key(account_id: str, hiding: Hiding) -> str:
    """The account as it stands in an address: sealed where either table hides it."""
    as_lead = hiding.address("leads", "account_id", account_id)
    return as_lead if as_lead != account_id else hiding.address("accounts", "account_id", as_lead)


def _one(basis: Basis, table: str, column: str, key: str) -> Row | None:
    if table not in basis.facts:
        return None
    found = basis.facts[table]
    rows = found.filter(found[column] == key).limit(1).to_pyarrow().to_pylist()
    return rows[0] if rows else None


def _state(basis: Basis, lead_id: str) -> Row | None:
    if "moves" not in basis.facts:
        return None
    states = journeys(basis.facts, basis.agreement)
    rows = states.filter(states["lead_id"] == lead_id).limit(1).to_pyarrow().to_pylist()
    return rows[0] if rows else None


def _moves(basis: Basis, lead_id: str) -> list[Row]:
    """The lead's moves in order; undated ones stand where their `seq` puts them."""
    if "moves" not in basis.facts:
        return []
    moves = basis.facts["moves"]
    rows = moves.filter(moves["lead_id"] == lead_id).to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: (row.get("at") is None, row.get("at"), row.get("seq") or 0))


def _account_leads(basis: Basis, account_id: str, hiding: Hiding) -> list[AccountLead]:
    if "leads" not in basis.facts or "account_id" not in basis.facts["leads"].columns:
        return []
    leads = basis.facts["leads"]
    joined = leads.filter(leads["account_id"] == account_id)
    if "moves" in basis.facts:
        states = journeys(basis.facts, basis.agreement).select("lead_id", "current_stage")
        joined = joined.left_join(states, "lead_id")
    rows = joined.limit(timeline.MOST).to_pyarrow().to_pylist()
    found = [
        AccountLead(
            key=hiding.address("leads", "lead_id", _text(row, "lead_id")),
            lead_id=_text(hiding.row("leads", row), "lead_id"),
            title=_lead_title(hiding.row("leads", row)),
            stage=_text(row, "current_stage"),
            created_at=_moment(row, "created_at"),
        )
        for row in rows
    ]
    return sorted(found, key=lambda lead: (lead.created_at is None, lead.created_at, lead.key))


def _lead_title(row: Row) -> str:
    name = _text(row, "name")
    return name if name not in ("", MASK) else f"Lead {_text(row, 'lead_id')}"


LABELS = {"created_at": "Entered", "email": "E-mail", "is_customer": "Customer"}


def known_of(row: Row, table: str, hiding: Hiding) -> tuple[Known, ...]:
    """What a row says: declared columns, then free attributes; keys and empties left out."""
    declared = {column.name: column for column in TABLES[table].columns}
    names = [*(n for n in declared if n in row), *(n for n in row if n not in declared)]
    known = []
    for name in names:
        value = row.get(name)
        if value in (None, "") or name.startswith("_") or name in ("lead_id", "account_id"):
            continue
        label = LABELS.get(name, name.replace("_", " ").capitalize())
        value = hiding.shown(table, name, value)
        if isinstance(value, datetime):
            known.append(Known(label, moment=value.replace(tzinfo=UTC)))
        else:
            known.append(Known(label, _words(value)))
    return tuple(known)


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return written.money(value)
    if isinstance(value, date):
        return f"{value:%-d %B %Y}"
    if isinstance(value, float):
        return written.number(value)
    return str(value)


def _moment(row: Row | None, name: str) -> datetime | None:
    value = (row or {}).get(name)
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value)
