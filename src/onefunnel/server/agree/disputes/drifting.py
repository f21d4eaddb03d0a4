"""The daily look: what the data say against the agreement in force becomes disputes, once each."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.db import transaction
from django.urls import reverse

from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.facts.store import MissingFacts
from onefunnel.measures.catalogue import compute_measure
from onefunnel.measures.drift import NOT_HANDED, sentence_of
from onefunnel.measures.steps.path import NoSuccessPath
from onefunnel.server.agree.disputes import commands
from onefunnel.server.agree.disputes.models import About, DriftLook
from onefunnel.server.agree.queries import in_use, version_in_use
from onefunnel.server.notify.commands import send
from onefunnel.server.warehouse import queries as warehouse

_KEYS = ("difference", "stage", "team")


def is_due(*, at: datetime) -> bool:
    """Whether the agreement in force has not been looked at today."""
    version = version_in_use(at=at)
    if version is None:
        return False
    return not DriftLook.objects.filter(day=at.date(), digest=version[1]).exists()


def take_turn(*, at: datetime) -> bool:
    """Take today's look for oneself; False where there is none to take."""
    version = version_in_use(at=at)
    if version is None:
        return False
    with transaction.atomic():
        _, is_mine = DriftLook.objects.get_or_create(
            day=at.date(), digest=version[1], defaults={"at": at}
        )
    return is_mine


def look(*, at: datetime) -> tuple[int, int]:
    """Look now: how many disputes were opened, and how many closed since they are gone.

    Without an agreement in force, or data that it can be held to, nothing is opened or closed.
    """
    found, facts = in_use(at=at), warehouse.current_facts()
    if found is None or "moves" not in facts:
        return 0, 0
    try:
        rows = compute_measure("drift", facts, found.agreement).rows
    except (MissingFacts, PredicateError, NoSuccessPath):
        return 0, 0  # such an agreement cannot be measured at all, and its pages say so
    opened, still = [], set()
    for row in rows:
        key = "|".join(str(row[name]) for name in _KEYS)
        still.add(key)
        is_handover = row["difference"] == NOT_HANDED
        dispute = commands.open_difference(
            key=key,
            kind=About.HANDOVER if is_handover else About.STAGE,
            about=str(row["team"] if is_handover else row["stage"]),
            claim=sentence_of(row),
            evidence=address_of(row),
            at=at,
        )
        opened += [dispute] if dispute else []
    closed = commands.close_differences(still=frozenset(still), at=at)
    if opened:
        count = len(opened)
        send(
            to=commands.heads(at=at), at=at, key=f"drift:{opened[0].public_id}",
            about=commands.DISPUTES,
            title="The data say something else than the agreement",
            text=f"{count} new difference{'' if count == 1 else 's'}: {opened[0].claim}",
            url=reverse("agree:disputes"),
        )  # fmt: skip
    return len(opened), closed


def address_of(row: object) -> str:
    """The address of the list behind a difference's number."""
    values = {f"row.{name}": str(row[name]) for name in _KEYS}  # type: ignore[index]
    return "/measure/list/?" + urlencode({"measure": "drift", "figure": "leads", **values})
