"""The deeds of a dispute: open, say something, decide, withdraw; and the program's own."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from onefunnel.server.agree import events
from onefunnel.server.agree.disputes.deciding import deciding_teams, verdicts
from onefunnel.server.agree.disputes.evidence import BadEvidence, checked
from onefunnel.server.agree.disputes.models import About, Choice, Dispute, Entry, State
from onefunnel.server.agree.queries import current_agreement
from onefunnel.server.notify.commands import Mailing, Topic, send
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people
from onefunnel.server.people.rules import may, require
from onefunnel.server.record.commands import append

DISPUTES = Topic("disputes", "Disputes about the agreement", Mailing.DIGEST)
#: Longer claims are not read.
LONGEST = 4_000
LONGEST_NAME = 300


class NoSuchDispute(LookupError):
    """There is no such dispute."""


class DisputeRefused(Exception):
    """The deed does not fit. The text says what to do."""


def open_dispute(
    *, kind: str, about: str, claim: str, evidence: str = "", by: Person, at: datetime
) -> Dispute:
    """Say that something in the agreement, or in how it is kept, is wrong.

    Raises:
        DisputeRefused: nothing is claimed, it is about nothing that the agreement has, or the
            evidence is neither a list of this product nor a definition.
    """
    require(by, "open dispute")
    about, claim = " ".join(_plain(about).split()), _said(claim, "Say what is wrong.")
    if kind not in About.values:
        raise DisputeRefused(f"A dispute is about a {', a '.join(About.labels)}.")
    if not about or len(about) > LONGEST_NAME:
        raise DisputeRefused("Say what it is about.")
    if not _is_there(kind, about, at):
        raise DisputeRefused(f"The agreement has no {About(kind).label} {about}.")
    if kind == About.NUMBER and not evidence.strip():
        raise DisputeRefused("Name the list behind the number: open it and take its address.")
    try:
        evidence = checked(evidence)
    except BadEvidence as refusal:
        raise DisputeRefused(str(refusal)) from refusal
    return _opened(kind, about, claim, evidence, key="", by=by, at=at)


def comment(*, dispute_id: object, text: str, by: Person, at: datetime) -> Entry:
    """Say something in an open dispute; it is kept as said."""
    require(by, "open dispute")
    with transaction.atomic():
        dispute = _open(dispute_id)
        text = _said(text, "Write what you want to say.")
        entry = Entry.objects.create(dispute=dispute, at=at, by=by, text=text)
        _append(events.DISPUTE_COMMENTED, dispute, at, by, text)
    return entry


def decide(*, dispute_id: object, choice: str, why: str, by: Person, at: datetime) -> Dispute:
    """Decide for one's own team. Once the heads of all deciding teams say the same, it is decided.

    A head may decide anew as long as it is open; the last word of a team counts.

    Raises:
        DisputeRefused: the person's team does not decide, or no reason is given.
    """
    require(by, "decide dispute")
    teams = deciding_teams(at=at)
    with transaction.atomic():
        dispute = _open(dispute_id)
        why = _said(why, "Say why: a decision without a reason is asked again next month.")
        if choice not in Choice.values:
            raise DisputeRefused("Choose how it is decided.")
        if by.team not in teams:
            raise DisputeRefused("The heads of the teams that sign the agreement decide.")
        Entry.objects.create(dispute=dispute, at=at, by=by, team=by.team, choice=choice, text=why)
        _append(events.DISPUTE_VOTED, dispute, at, by, why, team=by.team, choice=choice)
        said = verdicts(dispute)
        if all(said.get(team) == choice for team in teams):
            _close(dispute, State.DECIDED, at, by, decision=choice)
            _append(events.DISPUTE_DECIDED, dispute, at, by, why, choice=choice)
    return dispute


def withdraw(*, dispute_id: object, why: str, by: Person, at: datetime) -> Dispute:
    """Take one's own claim back, and say why."""
    require(by, "open dispute")
    with transaction.atomic():
        dispute = _open(dispute_id)
        why = _said(why, "Say why you take it back.")
        if dispute.opened_by_id != by.pk:
            raise DisputeRefused("Only who opened it can take it back; the heads decide it.")
        Entry.objects.create(dispute=dispute, at=at, by=by, text=why)
        _close(dispute, State.WITHDRAWN, at, by)
        _append(events.DISPUTE_WITHDRAWN, dispute, at, by, why)
    return dispute


def open_difference(
    *, key: str, kind: str, about: str, claim: str, evidence: str, at: datetime
) -> Dispute | None:
    """The program says what it found in the data, once: None where that is open or was decided.

    What was gone and came back is opened anew.
    """
    with transaction.atomic():
        last = Dispute.objects.select_for_update().filter(key=key).order_by("-pk").first()
        if last is not None and last.state in (State.OPEN, State.DECIDED):
            return None
        return _opened(kind, about[:LONGEST_NAME], claim, evidence, key=key, by=None, at=at)


def close_differences(*, still: frozenset[str], at: datetime) -> int:
    """Close what the program opened and no longer finds; how many. It says so by itself."""
    gone = Dispute.objects.filter(state=State.OPEN).exclude(key="").exclude(key__in=still)
    return _close_gone(gone, "The data no longer show it.", at)


def close_with_the_demo(*, at: datetime) -> int:
    """Close what was disputed about the simulated company, by its people or by the program."""
    theirs = Q(opened_by__is_simulated=True) | Q(opened_by=None)
    gone = Dispute.objects.filter(theirs, state=State.OPEN)
    return _close_gone(gone, "The simulated company was taken away.", at)


def _close_gone(gone: QuerySet[Dispute], text: str, at: datetime) -> int:
    found = list(gone.values_list("public_id", flat=True))
    for public_id in found:
        with transaction.atomic():
            dispute = _open(public_id)
            Entry.objects.create(dispute=dispute, at=at, by=None, text=text)
            _close(dispute, State.GONE, at, None)
            _append(events.DISPUTE_GONE, dispute, at, None, text)
    return len(found)


def heads(*, at: datetime) -> list[Person]:
    """The people who decide disputes."""
    asked = people().filter(is_active=True, team__in=deciding_teams(at=at))
    return [one for one in asked if may(one, "decide dispute")]


def _opened(
    kind: str, about: str, claim: str, evidence: str, *, key: str, by: Person | None, at: datetime
) -> Dispute:
    with transaction.atomic():
        dispute = Dispute.objects.create(
            kind=kind, about=about, claim=claim, evidence=evidence, key=key, opened_at=at,
            opened_by=by,
        )  # fmt: skip
        _append(events.DISPUTE_OPENED, dispute, at, by, claim, about=kind)
        if by is not None:  # the program tells all that it found in one notice
            send(
                to=[one for one in heads(at=at) if one != by], at=at,
                title=f"A dispute about the {dispute}"[:200],
                key=f"dispute:{dispute.public_id}", about=DISPUTES, text=claim,
                url=reverse("agree:dispute", args=[dispute.public_id]),
            )  # fmt: skip
    return dispute


def _open(dispute_id: object) -> Dispute:
    found = Dispute.objects.select_for_update().filter(public_id=dispute_id).first()
    if found is None:
        raise NoSuchDispute("there is no such dispute")
    if not found.is_open:
        raise DisputeRefused(
            f"This dispute is closed ({found.get_state_display()}). Open a new one."
        )
    return found


def _close(
    dispute: Dispute, state: State, at: datetime, by: Person | None, *, decision: str = ""
) -> None:
    dispute.state, dispute.decision = state, decision
    dispute.closed_at, dispute.closed_by = at, by
    dispute.save(update_fields=["state", "decision", "closed_at", "closed_by"])


def _append(
    kind: str, dispute: Dispute, at: datetime, by: Person | None, text: str, **more: str
) -> None:
    """The event; the words themselves stay in the room, their digest seals them."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    append(
        kind=kind, at=at, by=by, subject=f"dispute:{dispute.public_id}",
        payload={"words": digest, **more},
    )  # fmt: skip


def _is_there(kind: str, about: str, at: datetime) -> bool:
    agreement = current_agreement(at=at)
    there = {
        About.STAGE: agreement.stages,
        About.HANDOVER: agreement.handovers,
        About.PROMISE: agreement.promises,
    }.get(About(kind))
    return there is None or any(" ".join(one.name.split()) == about for one in there)


def _said(text: str, otherwise: str) -> str:
    said = _plain(text).strip()
    if not said:
        raise DisputeRefused(otherwise)
    if len(said) > LONGEST:
        raise DisputeRefused(f"That is too long: {LONGEST} characters at most.")
    return said


def _plain(text: str) -> str:
    """A typed text with its lines, without control characters, which some databases refuse."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("".join(c for c in line if c.isprintable()) for line in lines)
