"""The page of one lead, also where a deed on it was refused, and what people wrote stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from onefunnel.agreement.qualify import Clause
from onefunnel.agreement.stage import Stage
from onefunnel.server.agree.basis import Basis, current_basis
from onefunnel.server.people.hiding import Hiding, hiding_from
from onefunnel.server.people.rules import may
from onefunnel.server.run.handovers.lead_data import hiding_for
from onefunnel.server.run.handovers.queries import on_the_lead_page
from onefunnel.server.run.nurture import queries as nurture
from onefunnel.server.run.records import NoSuchRecord, lead_record
from onefunnel.server.run.tracker.contacts import KINDS
from onefunnel.server.run.tracker.deal_lines import won_of
from onefunnel.server.run.tracker.details import details_changed
from onefunnel.server.run.tracker.history import NoSuchLead
from onefunnel.server.run.tracker.reading import LeadNow, lead_now
from onefunnel.server.warehouse.duplicates.queries import standing_lead
from onefunnel.server.warehouse.queries import REVISION, copy_watermark


@dataclass(frozen=True)
class Refused:
    """A move that was not made: why, which clauses fail, and what the person had written."""

    sentence: str
    clauses: tuple[Clause, ...] = ()
    typed: Mapping[str, str] | None = None


def lead_page(request: HttpRequest, text: str, *, refused: Refused | None = None) -> HttpResponse:
    """The page of the lead that an address names. Raises Http404 where there is none."""
    basis, at = current_basis(), timezone.now()
    hiding = hiding_from(request.user, basis.personal)
    lead_id = key_of(hiding, text)
    standing = standing_lead(lead_id)
    if standing != lead_id:
        merged = hiding.shown("leads", "lead_id", lead_id)
        messages.info(request, f"{merged} was merged into this lead.")
        key = hiding.address("leads", "lead_id", standing)
        return HttpResponseRedirect(reverse("run:lead", args=[key]))
    now = _now(lead_id, at)
    newer = now if now is not None and is_newer(now) else None
    if newer is not None:  # columns that came with it may be personal too
        hiding = hiding_for(request.user)
    context = {
        "tab": "leads", "basis": basis, "lead": _record(basis, lead_id, hiding, newer),
        "is_newer": newer is not None, "refused": refused, "key": text,
        "handovers": on_the_lead_page(lead_id, request.user, hiding=hiding, at=at),
        "nurture": nurture.on_the_lead_page(lead_id, request.user, hiding=hiding, at=at),
    }  # fmt: skip
    if now is not None:
        context["won"] = won_of(now, lead_id, hiding)
    if now is not None and may(request.user, "work leads"):
        context |= {
            "may_change": True, "onto": stages_onto(now), "seen": latest(now),
            "contacts": tuple(KINDS),
        }  # fmt: skip
    return render(request, "run/lead.html", context, status=422 if refused else 200)


def key_of(hiding: Hiding, text: str) -> str:
    """The lead an address names.

    Who may not read such keys gets the same answer for all written out. Raises Http404.
    """
    key = hiding.key("leads", "lead_id", text)
    if key is None:
        raise Http404("there is no such record")
    return key


def is_newer(now: LeadNow) -> bool:
    """Whether the database has something of the lead that the copy lacks yet."""
    return latest(now) > copy_watermark()


def latest(now: LeadNow) -> int:
    """The number of the last change of the lead or its moves."""
    return max(now.revision, *(int(str(move[REVISION])) for move in now.moves), 0)


def stages_onto(now: LeadNow) -> tuple[Stage, ...]:
    """The stages a lead can be asked to move into: all but its own, the next one first."""
    stages = [one for one in now.book.agreement.stages if one != now.stage]
    return tuple(sorted(stages, key=lambda one: one != now.onward))


def _now(lead_id: str, at: datetime) -> LeadNow | None:
    try:
        return lead_now(lead_id, at=at)
    except NoSuchLead:
        return None


def _record(basis: Basis, lead_id: str, hiding: Hiding, now: LeadNow | None) -> object:
    try:
        changes = details_changed(lead_id, hiding)
        return lead_record(basis, lead_id, hiding=hiding, now=now, changes=changes)
    except NoSuchRecord as absent:
        raise Http404("there is no such record") from absent
