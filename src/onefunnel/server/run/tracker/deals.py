"""What was won with a lead is said, corrected and taken back: the deal of the lead.

It is a row of `deals` like one that an import brings, so every measure of money sees it. A lead
that is entered here has one deal of its own; one that came with open deals may have one of those
won. A deal that was won here follows its lead: where the lead leaves what is won, the deal is open
again, or lost with it (deals_following.py).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.stage import Stage
from onefunnel.facts.declaration import Type
from onefunnel.facts.utc import in_utc
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import workspace
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import Happening, append, append_many
from onefunnel.server.record.queries import history_of
from onefunnel.server.run.tracker import events
from onefunnel.server.run.tracker.book import Book, current_book
from onefunnel.server.run.tracker.entering import DEED
from onefunnel.server.run.tracker.fields import BadField, read_value
from onefunnel.server.run.tracker.history import NoSuchLead, Row, name_of, own_columns
from onefunnel.server.warehouse.commands import BadRow, hold_the_door, record_rows, take_back_rows
from onefunnel.server.warehouse.queries import (
    REVISION,
    columns_of,
    deals_as_they_were,
    deals_of_leads,
    living_lead,
    moves_of,
    rows_of_leads,
)

#: Why a deal has no amount, by the word a program sends: counted as won, in no sum of money.
NO_AMOUNT: Mapping[str, str] = {
    "not-settled": "the price is not settled yet",
    "none": "nothing is charged",
    "unknown": "nobody here knows it",
}
#: Where the deal says why.
WHY_NONE = "no_amount_because"
#: What people may say of a deal.
FIELDS: Mapping[str, Type] = {
    "amount": "money", "margin": "money", "currency": "text", "product": "text", "closed_on": "day",
    "no_amount": "text",
}  # fmt: skip
_CURRENCY = re.compile(r"[A-Z]{3}")
_OURS = uuid.UUID("0d8e3f4a-51c7-4f62-9b3e-8a6c1d2e7f90")
_NOON = time(12)


class NotWon(ValueError):
    """The lead stands in no stage that is won, so nothing of it can have been won."""


class NoSuchDeal(LookupError):
    """No such deal of the lead, or it says something else by now."""


@dataclass(frozen=True)
class Noted:
    """A deal as it was just noted. `revision` takes this back."""

    deal_id: str
    revision: int


@dataclass(frozen=True)
class DealChange:
    """What a deal of a lead says from now on, and the row it said before by (empty: none)."""

    lead_id: str
    row: Row
    before: Row


def own_deal(lead_id: str) -> str:
    """The key of the deal that is made of a lead here."""
    return str(uuid.uuid5(_OURS, lead_id))


def is_won(agreement: Agreement, stage: Stage | None) -> bool:
    """Whether a lead in this stage is won: the stage of that kind, and those after it."""
    won, path = agreement.won, agreement.success_path
    return won is not None and stage in path and path.index(stage) >= path.index(won)


def lacks_deal(lead_id: str, stage: str, *, at: datetime) -> bool:
    """Whether a lead in this stage is won, and nobody said what was won."""
    book = current_book(at=at)
    if not is_won(book.agreement, book.stage(stage)):
        return False
    return all(one["outcome"] != "won" for one in deals_of_leads([lead_id]).get(lead_id, ()))


def asks_product() -> bool:
    """Whether deals have a product of their own; else it is that of their lead."""
    return "product" in columns_of("deals") or "product" not in columns_of("leads")


def note_deal(
    *, lead_id: str, said: Mapping[str, object], by: Person, at: datetime, deal_id: str = ""
) -> Noted:
    """Say what was won with a lead, or correct it.

    Args:
        said: FIELDS, as a form or a program sends them. Either `amount`, or in `no_amount` one of
            NO_AMOUNT. Without a currency it is that of the deal, or else of the agreement; without
            a day that of the deal, or else today. Margin and product stay where they are not said.
        deal_id: A deal that the lead has; empty for the one that is made of it here.

    Raises:
        NoSuchLead; NotWon; NoSuchDeal; BadField: a value that cannot be kept.
    """
    require(by, DEED)
    with transaction.atomic():
        hold_the_door()
        found = living_lead(lead_id)
        if found is None:
            raise NoSuchLead(f"There is no lead {lead_id}.")
        book, lead = current_book(at=at), own_columns(found)
        stage, _ = book.rules.current(lead, moves_of(lead_id))
        if not is_won(book.agreement, stage):
            where = f"in {stage.name}" if stage else "in no stage"
            raise NotWon(f"The lead stands {where}, which is not won. Move it there first.")
        there = {str(one["deal_id"]): one for one in deals_of_leads([lead_id]).get(lead_id, ())}
        if deal_id and deal_id not in there:
            raise NoSuchDeal("The lead has no such deal.")
        key = deal_id or own_deal(lead_id)
        before = there.get(key, {})
        row = _row(lead, before, _read(said, book, at, before))
        row |= {"deal_id": key, "owner": row.get("owner") or lead.get("owner") or name_of(by, "")}
        if own_columns(before) == row:
            return Noted(key, number_of(before))
        change = DealChange(lead_id, row, before)
        return Noted(key, write_deals([change], by=by, at=at, kind=events.DEAL_NOTED)[key])


def take_back_deal(*, lead_id: str, revision: int, by: Person, at: datetime) -> None:
    """Take back what was last said of a deal: it says again what it said before, or is gone.

    Raises:
        NoSuchLead.
        NoSuchDeal: that was not said of a deal of this lead, or it says something else by now.
    """
    require(by, DEED)
    with transaction.atomic():
        hold_the_door()
        if living_lead(lead_id) is None:
            raise NoSuchLead(f"There is no lead {lead_id}.")
        there = deals_of_leads([lead_id]).get(lead_id, ())
        deal = next((one for one in there if number_of(one) == revision), None)
        said = numbers_said([lead_id], [events.DEAL_NOTED])
        if deal is None or revision not in said:
            raise NoSuchDeal("This was taken back already, or the deal says something else by now.")
        key = str(deal["deal_id"])
        if (earlier := deals_as_they_were([said[revision]]).get(said[revision])) is not None:
            change = DealChange(lead_id, own_columns(earlier), deal)
            write_deals([change], by=by, at=at, kind=events.DEAL_TAKEN_BACK)
            return
        take_back_rows(table="deals", keys=[key], at=at)
        append(
            kind=events.DEAL_TAKEN_BACK, at=at, by=by, subject=events.subject_of(lead_id),
            payload={"rows": [revision, 0]},
        )  # fmt: skip


def numbers_said(
    lead_ids: Sequence[str], kinds: Sequence[str], *, at: datetime | None = None
) -> dict[int, int]:
    """The rows of deals that such events (of that moment) wrote, by their number that of the row
    before: of these leads, and of those merged into them."""
    members = {str(row["lead_id"]) for rows in rows_of_leads(lead_ids).values() for row in rows}
    subjects = sorted(map(events.subject_of, members.union(lead_ids)))
    log = history_of(*subjects).filter(kind__in=kinds)
    if at is not None:
        log = log.filter(at=at)
    return {now: before for before, now in (one.payload["rows"] for one in log)}


def write_deals(
    changes: Sequence[DealChange], *, by: Person | None, at: datetime, kind: str
) -> dict[str, int]:
    """Write what deals say from now on, with an event each, in the transaction of the deed.

    Returns:
        By deal, the number of its new row.

    Raises:
        BadField: the warehouse cannot keep one.
    """
    try:
        record_rows(rows={"deals": [one.row for one in changes]}, by=by, at=at)
    except BadRow as bad:
        raise BadField(bad.column, bad.reason, bad.fix) from bad
    now = deals_of_leads([one.lead_id for one in changes])
    numbers = {str(deal["deal_id"]): number_of(deal) for deals in now.values() for deal in deals}
    append_many([
        Happening(
            kind, at, by, events.subject_of(one.lead_id),
            {"rows": [number_of(one.before), numbers[str(one.row["deal_id"])]],
             "outcome": str(one.row["outcome"])},
        )
        for one in changes
    ])  # fmt: skip
    return numbers


def number_of(row: Row) -> int:
    """The number of the row that a deal says this by; 0 for one that is not there yet."""
    return int(str(row.get(REVISION, 0)))


def _row(lead: Row, before: Row, said: Row) -> dict[str, object]:
    of_lead = {"lead_id": lead["lead_id"], "account_id": lead.get("account_id")}
    joined = {**of_lead, **own_columns(before), **said, "outcome": "won"}
    return {name: value for name, value in joined.items() if value is not None}


def _read(said: Mapping[str, object], book: Book, at: datetime, before: Row) -> dict[str, object]:
    """What people said of a deal, as its row says it. Raises BadField."""
    for name in said:
        if name not in FIELDS:
            raise BadField(name, "a deal has no such field", f"It has: {', '.join(FIELDS)}")
    read = {name: read_value(name, said.get(name), kind) for name, kind in FIELDS.items()}
    why = str(read["no_amount"] or "")
    if why and why not in NO_AMOUNT:
        raise BadField("no_amount", f"“{why}” is no reason", f"Choose {', '.join(NO_AMOUNT)}")
    amount = read["amount"]
    if (amount is None) == (not why):
        raise BadField("amount", "either an amount, or why there is none, has to be said",
                       "Write the amount, or choose why it is not known")  # fmt: skip
    if isinstance(amount, Decimal) and amount < 0:
        raise BadField("amount", "it is below nothing", "Write what the customer pays")
    # what stays is held against what is new: they are one row from now on
    margin = read["margin"] if "margin" in said else before.get("margin")
    if isinstance(margin, Decimal) and isinstance(amount, Decimal) and margin > amount:
        raise BadField("margin", "it is more than the amount", "Write the amount less direct cost")
    known = str(before.get("currency") or "").upper()
    currency = str(read["currency"] or "").upper() or known or book.agreement.currency
    if margin is not None and "margin" not in said and currency != known:
        raise BadField("margin", f"it was said in {known or 'no currency'}",
                       f"Send it in {currency} too, or empty")  # fmt: skip
    has_money = amount is not None or margin is not None
    if has_money and not _CURRENCY.fullmatch(currency):
        raise BadField("currency", "it is not a currency", "Write three letters, such as EUR")
    product = read["product"]
    if product is not None and not asks_product():
        raise BadField("product", "here a product is said of the lead", "Change the lead's product")
    row = {
        "amount": amount,
        "currency": currency if has_money else None,
        WHY_NONE: NO_AMOUNT.get(why),
        "closed_at": _closed(read["closed_on"], at, before),
    }
    return row | {name: read[name] for name in ("margin", "product") if name in said}


def _closed(day: object, at: datetime, before: Row) -> datetime:
    """When a deal was won: noon of the day, or now where it is today."""
    zone = ZoneInfo(workspace().time_zone)
    today = at.astimezone(zone).date()
    wanted = day if isinstance(day, date) else closed_on(before) or today
    if wanted > today:
        raise BadField("closed_on", "it is still to come", "Write the day on which it was won")
    known = before.get("closed_at")
    if isinstance(known, datetime) and closed_on(before) == wanted:
        return known
    return in_utc(at if wanted == today else datetime.combine(wanted, _NOON, zone))


def closed_on(deal: Row) -> date | None:
    """The day on which a deal was closed, in the workspace's zone."""
    closed = deal.get("closed_at")
    if not isinstance(closed, datetime):
        return None
    return closed.replace(tzinfo=UTC).astimezone(ZoneInfo(workspace().time_zone)).date()
