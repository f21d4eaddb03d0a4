"""Whose turn it is in drafting and signing, and what they have to do."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.drafts.queries import are_both_in, compared, draft_of, round_going_on
from onefunnel.server.agree.gaps import gaps_of
from onefunnel.server.agree.models import AgreementVersion, Round, Signature
from onefunnel.server.agree.queries import agreement_of
from onefunnel.server.agree.signatures import lines_of, team_of
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import may
from onefunnel.server.warehouse import queries as warehouse


@dataclass(frozen=True)
class Turn:
    """One thing that waits for a person. `key` is the same as long as it is the same turn; `asks`
    says it in one sentence, `title`, `count` and `words` say it on Today."""

    key: str
    asks: str
    title: str
    count: int
    words: str
    url: str


def turns_of(person: Person) -> tuple[Turn, ...]:
    """What waits for the person: a draft to write, differences to settle, a version to sign."""
    going_on = round_going_on()
    drafting = _drafting(person, going_on) if going_on else None
    return tuple(turn for turn in (drafting, _signing(person)) if turn)


def _drafting(person: Person, going_on: Round) -> Turn | None:
    own = draft_of(going_on, person.team)
    if own is None:
        return None
    if own.handed_in_at is None and may(person, "draft agreement"):
        other = going_on.other if own.team == going_on.one else going_on.one
        is_awaited = going_on.drafts.exclude(handed_in_at=None).filter(team=other).exists()
        words = "draft of your team is not handed in"
        if is_awaited:
            words += f"; that of {Team(other).label} is"
        return Turn(
            f"turn:write:{going_on.public_id}", "Write your draft", "Write your draft", 1, words,
            reverse("agree:drafts"),
        )  # fmt: skip
    if not may(person, "propose agreement") or not are_both_in(going_on):
        return None
    settled = set(going_on.decisions.values_list("key", flat=True))
    still = sum(each.key not in settled for each in compared(going_on)[0])
    what = "difference" if still == 1 else "differences"
    asks = f"settle {still} {what}" if still else "make the one text"
    return Turn(
        f"turn:settle:{going_on.public_id}", f"Both drafts are in: {asks}", "Both drafts are in",
        still or 1, f"{what} to settle" if still else "text to make of both",
        reverse("agree:compare"),
    )  # fmt: skip


def _signing(person: Person) -> Turn | None:
    """The newest version, once it is meant to be signed: both teams settled it, or one signed."""
    version = AgreementVersion.objects.order_by("-number").first()
    if version is None or not may(person, "sign agreement"):
        return None
    is_settled = Round.objects.filter(version=version).exists()
    if not is_settled and not Signature.objects.filter(version=version).exists():
        return None
    agreement = agreement_of(version)
    lines = lines_of(version, agreement)
    if not any(team_of(one.team) == person.team and one.signature is None for one in lines):
        return None
    url = reverse("agree:version", args=[version.public_id])
    name = f"version {version.number}"
    if gaps := len(gaps_of(agreement, definition_columns(warehouse.current_facts()))):
        what = "gap" if gaps == 1 else "gaps"
        return Turn(
            f"turn:gaps:{version.public_id}", f"Close {gaps} {what} of {name}, then sign it",
            f"Close the {what} of {name}", gaps, f"{what} to close before it can be signed", url,
        )  # fmt: skip
    return Turn(
        f"turn:sign:{version.public_id}", f"Sign {name}", f"Sign {name}", 1,
        "signature of your team is missing", url,
    )  # fmt: skip
