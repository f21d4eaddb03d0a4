"""Collisions: did marketing write to leads blind to what sales was doing with them?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import TYPE_CHECKING, Any

import ibis

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.working_time import BadWorkingTime, calendar_of
from onefunnel.business_time import WorkCalendar
from onefunnel.facts.store import Facts
from onefunnel.measures.figures import Figures, UnknownFigure
from onefunnel.measures.result import Records
from onefunnel.measures.scope import Scope
from onefunnel.measures.steps.cohort import in_period, matching
from onefunnel.measures.steps.contacted import SALES, mails_and_contacts
from onefunnel.measures.steps.handed import handed
from onefunnel.measures.steps.opening import hours_of
from onefunnel.measures.steps.run import rows
from onefunnel.measures.steps.shares import rate
from onefunnel.measures.steps.working import with_seconds
from onefunnel.measures.words import percent

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What a mail met; each mail that collided is in exactly one.
OFFERED, CONTACTED = "while a handover was open", "just after a sales contact"
COLUMNS = ("met", "collisions", "collision_share", "low", "high", "n", "note")
FIGURES = ("collisions", "n")


def compute(facts: Facts, agreement: Agreement, scope: Scope) -> Figures:
    """Two rows: marketing mails that went out while a handover of their lead was open, and others
    that went out within the quiet time after a contact of sales with their lead.

    n: marketing mails to leads in the period; collision_share: collisions of n. The quiet time
    (`scope.quiet_hours`) runs in the working hours of the team that made the contact: its own
    (`scope.hours`), else the agreement's business hours. A mail and a contact are known by
    their channel, kind and team, see `steps.contacted`. A contact after a mail is no collision:
    whoever calls sees what marketing sent.
    """
    mails = _mails(facts, agreement, scope)
    counted = {row["met"]: row["n"] for row in rows(_by_what_they_met(mails))}
    n = sum(counted.values())
    made = tuple(_row(met, counted.get(met, 0), n) for met in (OFFERED, CONTACTED))
    collided = n - counted.get("", 0)
    return Figures(
        columns=COLUMNS,
        rows=made,
        sentence=_sentence(collided, n),
        totals={"collisions": collided, "n": n},
        notes=(
            f"{_quiet_in_words(scope.quiet_hours)} What counts as a marketing mail is an e-mail "
            "that is said to be sent, of marketing or of no team.",
        ),
    )


def records(
    facts: Facts, agreement: Agreement, scope: Scope, figure: str, row: Mapping[str, str]
) -> Records:
    """The mails behind one count, each with the lead it went to."""
    if figure not in FIGURES:
        raise UnknownFigure("collisions", figure, FIGURES)
    mails = _mails(facts, agreement, scope)
    if figure == "collisions":
        mails = mails.filter(mails["met"] == row["met"] if "met" in row else mails["met"] != "")
    return Records(mails)


def _quiet_in_words(hours: float) -> str:
    if hours == Scope().quiet_hours:
        return "The quiet time after a sales contact is two working days of eight hours."
    return f"The quiet time after a sales contact is {hours:g} business hours."


def _by_what_they_met(mails: ir.Table) -> ir.Table:
    return mails.group_by("met").agg(n=lambda found: found.count())


def _mails(facts: Facts, agreement: Agreement, scope: Scope) -> ir.Table:
    """The marketing mails of the scope with what each met; empty for nothing.

    Raises BadWorkingTime where the agreement's business hours cannot be read.
    """
    if scope.as_of is None:
        raise BadWorkingTime("the data hold no times", "import files that have some")
    mails, contacts = mails_and_contacts(facts)
    mails = in_period(mails.filter(mails["at"] <= scope.as_of), scope, at="at")
    mails = matching(mails, facts, scope.where)
    mails = mails.mutate(mail=ibis.row_number().over(ibis.window(order_by=["at", "touch_id"])))
    found = _after_contacts(mails, contacts, agreement, scope)
    met = ibis.ifelse(found["is_soon"], CONTACTED, "")
    if "handovers" in facts:
        inside = _offered(facts, mails, scope)
        found = found.left_join(inside, found["mail"] == inside["_mail"])
        met = ibis.ifelse(found["_mail"].notnull(), OFFERED, met)
    return found.select(
        "lead_id", "touch_id", "at", "channel", "kind", "team", "campaign", "contact_at", met=met
    )


def _after_contacts(
    mails: ir.Table, contacts: ir.Table, agreement: Agreement, scope: Scope
) -> ir.Table:
    """The mails with `is_soon`: whether the quiet time after a contact lasted still, each team's by
    its own hours; `contact_at`: the contact it lasted after, else the last one before the mail."""
    if not scope.hours:
        return _after(mails, contacts, calendar_of(agreement, scope.zone), scope)
    named = [row["team"] for row in rows(contacts.select("team").distinct())]
    teams: dict[WorkCalendar, list[str]] = {}
    for team in sorted({(one or "").strip() for one in named} or {""}):
        calendar = hours_of(team or SALES, agreement, scope.hours, scope.zone)
        teams.setdefault(calendar, []).append(team)
    said = contacts["team"].fill_null("").strip()
    parts = [
        _after(mails, contacts.filter(said.isin(some)), calendar, scope)
        for calendar, some in teams.items()
    ]
    every = reduce(lambda one, other: one.union(other), parts)
    seen = every.group_by(_mail="mail").agg(
        contact_at=ibis.coalesce(
            every["contact_at"].max(where=every["is_soon"]), every["contact_at"].max()
        ),
        is_soon=every["is_soon"].any(),
    )
    return mails.inner_join(seen, mails["mail"] == seen["_mail"]).drop("_mail")


def _after(mails: ir.Table, contacts: ir.Table, calendar: WorkCalendar, scope: Scope) -> ir.Table:
    """The mails after the last of these contacts, and whether it was within the quiet time."""
    assert scope.as_of is not None
    before = contacts.select(_of="lead_id", contact_at="at")
    found = mails.asof_join(
        before,
        on=mails["at"] >= before["contact_at"],
        predicates=mails["lead_id"] == before["_of"],
    )
    found = with_seconds(found, "contact_at", "at", calendar, scope.as_of)
    is_soon = (found["seconds"] < scope.quiet_hours * 3600).fill_null(False)
    return found.select(*mails.columns, "contact_at", is_soon=is_soon)


def _offered(facts: Facts, mails: ir.Table, scope: Scope) -> ir.Table:
    """The mails during which a handover of their lead was open."""
    assert scope.as_of is not None
    offers = handed(facts, scope.as_of).select(
        "offered_at", "answered_at", "outcome", _of="lead_id"
    )
    is_over = offers["outcome"].notnull() & offers["answered_at"].isnull()  # nobody knows when
    offers = offers.filter(~is_over)
    joined = mails.inner_join(
        offers,
        [
            mails["lead_id"] == offers["_of"],
            offers["offered_at"] <= mails["at"],
            offers["answered_at"].isnull() | (offers["answered_at"] > mails["at"]),
        ],
    )
    return joined.select(_mail="mail").distinct()


def _row(met: str, collisions: int, n: int) -> dict[str, Any]:
    found = rate(collisions, n)
    return {
        "met": met, "collisions": collisions, "collision_share": found.share,
        "low": found.interval.low, "high": found.interval.high, "n": n, "note": found.note,
    }  # fmt: skip


def _sentence(collided: int, n: int) -> str:
    if not n:
        return "The data hold no marketing mail that was sent to a lead, so nothing can collide."
    if not collided:
        return f"None of {n:,} marketing mails went out blind to sales."
    share = rate(collided, n).share
    tail = f" ({percent(share, 1)})" if share is not None else ""
    return f"Of {n:,} marketing mails, {collided:,} went out blind to sales{tail}."
