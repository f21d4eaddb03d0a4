"""The deeds of drafting: open a round, write, hand in, decide, conclude."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from onefunnel.agreement.compare.discrepancy import Discrepancy, Side
from onefunnel.agreement.compare.settle import NotSettled, settle
from onefunnel.agreement.compare.typed import lines_of
from onefunnel.agreement.document import Agreement
from onefunnel.agreement.predicates.errors import PredicateError
from onefunnel.agreement.predicates.parse import parse
from onefunnel.agreement.templates import templates
from onefunnel.agreement.yaml_text import write_yaml
from onefunnel.server.agree import events
from onefunnel.server.agree.columns import definition_columns
from onefunnel.server.agree.commands import import_agreement
from onefunnel.server.agree.drafts.queries import (
    are_both_in,
    belong_together,
    compared,
    decisions_of,
    read,
    sides,
)
from onefunnel.server.agree.models import AgreementVersion, Decision, Draft, Round
from onefunnel.server.agree.queries import agreement_of, current_agreement
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import require
from onefunnel.server.record.commands import Happening, append, append_many
from onefunnel.server.warehouse import queries as warehouse

#: The two teams that draft, unless others are named.
TEAMS = (Team.MARKETING, Team.SALES)
#: A round starts from the funnel the numbers follow.
FROM_PRESENT = "present"
#: In front of the number of a version that a round starts from.
FROM_VERSION = "version-"


#: Whose draft is taken, by the choice.
_SIDES: dict[str, Side] = {Decision.ONE: "ours", Decision.OTHER: "theirs"}
#: Fields of discrepancies that hold a definition, which is run.
DEFINITIONS = frozenset({"when", "accepted_when"})


class RoundRefused(Exception):
    """The deed does not fit the state of the round. The text says what to do."""


class DecidedMeanwhile(RoundRefused):
    """Somebody else settled the difference since it was read; nothing was overwritten."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the draft since it was read; nothing was overwritten."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(
            f"{draft.changed_by or 'Somebody'} changed this draft in the meantime. Your change was "
            "not kept: look at theirs, then make yours again."
        )


def open_round(*, start: str = FROM_PRESENT, by: Person, at: datetime) -> Round:
    """Begin a round: each team gets a draft of its own, both with the same text to start from.

    `start` is FROM_PRESENT, FROM_VERSION and its number, or the name of a template.

    Raises:
        KeyError: there is no template of that name, or no such version.
        RoundRefused: a round goes on already.
    """
    require(by, "draft agreement")
    agreement = current_agreement(at=at) if start == FROM_PRESENT else _started(start)
    text = write_yaml(agreement)
    try:
        with transaction.atomic():
            made = Round.objects.create(
                one=TEAMS[0], other=TEAMS[1], opened_at=at, opened_by=by, is_open=True
            )
            for team in TEAMS:
                Draft.objects.create(round=made, team=team, text=text, changed_at=at, changed_by=by)
            append(
                kind=events.ROUND_OPENED, at=at, by=by, subject=f"round:{made.public_id}",
                payload={"start": start},
            )  # fmt: skip
    except IntegrityError:
        raise RoundRefused("A round of drafting goes on already; write your draft there.") from None
    return made


def save_draft(
    *, draft_id: int, agreement: Agreement, revision: int, by: Person, at: datetime
) -> Draft:
    """Keep a changed draft. `revision` is that of the draft it was made from.

    Raises:
        RoundRefused: the draft is another team's, is handed in, or its round has ended.
        ChangedMeanwhile: the draft has another revision now.
    """
    with transaction.atomic():
        draft = _own(draft_id, by)
        if draft.handed_in_at is not None:
            raise RoundRefused("This draft is handed in. Take it back to change it.")
        changed = Draft.objects.filter(pk=draft.pk, revision=revision).update(
            text=write_yaml(agreement), revision=revision + 1, changed_at=at, changed_by=by
        )
        if not changed:
            raise ChangedMeanwhile(draft)
        draft.refresh_from_db()
        append(
            kind=events.DRAFT_CHANGED, at=at, by=by, subject=f"round:{draft.round.public_id}",
            payload={"team": draft.team, "revision": draft.revision},
        )  # fmt: skip
    return draft


def hand_in(*, draft_id: int, by: Person, at: datetime) -> Draft:
    """Hand the team's draft in. Once both are, each side sees the other's, not before."""
    _measure_before_the_last_is_in(draft_id)
    with transaction.atomic():
        draft = _own(draft_id, by)
        done = Draft.objects.filter(pk=draft.pk, handed_in_at=None).update(
            handed_in_at=at, handed_in_by=by
        )
        if done:
            append(
                kind=events.DRAFT_HANDED_IN, at=at, by=by,
                subject=f"round:{draft.round.public_id}", payload={"team": draft.team},
            )  # fmt: skip
        draft.refresh_from_db()
    return draft


def take_back(*, draft_id: int, by: Person, at: datetime) -> Draft:
    """Take the team's draft back to change it, as long as the other side cannot see it.

    Raises:
        RoundRefused: both are handed in, so both sides have read each other's.
    """
    with transaction.atomic():
        draft = _own(draft_id, by)
        if are_both_in(draft.round):
            raise RoundRefused(
                "Both drafts are handed in and both sides have seen them. Settle the differences."
            )
        Draft.objects.filter(pk=draft.pk).update(handed_in_at=None, handed_in_by=None)
        append(
            kind=events.DRAFT_TAKEN_BACK, at=at, by=by, subject=f"round:{draft.round.public_id}",
            payload={"team": draft.team},
        )  # fmt: skip
        draft.refresh_from_db()
    return draft


def decide(
    *,
    round_id: int,
    key: str,
    choice: str,
    text: str = "",
    why: str,
    seen: int | None = None,
    by: Person,
    at: datetime,
) -> Decision:
    """Settle one discrepancy: one team's text, the other's, or new words; and say why.

    `seen` is the last decision of it that the person has seen (0: none); a later one is not
    overwritten unseen.

    Raises:
        RoundRefused: there is no such discrepancy, no reason is given, or the new words cannot be
            read; the drafts are not both handed in.
    """
    require(by, "propose agreement")
    why, text = _plain(why), _plain(text)
    _measure_first(round_id)
    with transaction.atomic():
        going_on = _to_settle(round_id, by)
        one, other = sides(going_on)
        found, matches = compared(going_on)
        discrepancy = next((each for each in found if each.key == key), None)
        if discrepancy is None:
            raise RoundRefused("There is no such difference between the drafts any more.")
        last = going_on.decisions.filter(key=key).last()
        if seen is not None and (last.pk if last else 0) != seen:
            raise DecidedMeanwhile("Somebody settled it in the meantime: look at that first.")
        if choice not in dict(Decision.CHOICES):
            raise RoundRefused("Choose one of the two drafts, or new words.")
        _reason_given(why)
        if choice == Decision.NEW and discrepancy.field in DEFINITIONS:
            _can_run(text)
        decision = Decision(
            round=going_on, key=key, choice=choice, why=why, decided_at=at, decided_by=by,
            text=text if choice == Decision.NEW else "",
        )  # fmt: skip
        try:
            settle(read(one), read(other), [discrepancy], decisions_of([decision]), matches)
        except NotSettled as refusal:
            raise RoundRefused(f"{'; '.join(refusal.reasons.values()).capitalize()}.") from None
        decision.save()
        append(
            kind=events.DISCREPANCY_DECIDED, at=at, by=by, subject=f"round:{going_on.public_id}",
            payload={"number": discrepancy.number, "choice": choice},
        )  # fmt: skip
    return decision


def take_together(
    *, round_id: int, choices: Mapping[str, str], why: str, by: Person, at: datetime
) -> tuple[list[Decision], list[Discrepancy]]:
    """Settle several discrepancies in one act and for one reason: those of one thing of the
    agreement (and what hangs on it), or what one team wrote wherever the other wrote nothing, or
    wrote other words for people to read.

    `choices` say by a discrepancy's key whose text is taken. Each keeps a decision and the reason
    of its own. What was settled in the meantime stays as it was settled: it is returned second.

    Raises:
        RoundRefused: nothing is chosen, no reason is given, they do not belong together, or what is
            taken does not fit together; nothing is settled then.
    """
    require(by, "propose agreement")
    why = _plain(why)
    _measure_first(round_id)
    with transaction.atomic():
        going_on = _to_settle(round_id, by)
        one, other = sides(going_on)
        found, matches = compared(going_on)
        chosen = [each for each in found if each.key in choices]
        if not chosen:
            raise RoundRefused("Choose one card at least.")
        if not set(choices.values()) <= _SIDES.keys():
            raise RoundRefused("Choose one of the two drafts in each card.")
        if not belong_together(going_on, chosen, {key: _SIDES[c] for key, c in choices.items()}):
            raise RoundRefused(
                "Together are settled the cards of one thing, the cards that only one team wrote, "
                "and those of words that only people read."
            )
        _reason_given(why)
        settled = set(going_on.decisions.values_list("key", flat=True))
        due = [each for each in chosen if each.key not in settled]
        decisions = [
            Decision(round=going_on, key=each.key, choice=choices[each.key], why=why,
                     decided_at=at, decided_by=by)
            for each in due
        ]  # fmt: skip
        try:
            settle(read(one), read(other), due, decisions_of(decisions), matches)
        except NotSettled as refusal:
            said = (f"Card {number}: {reason}" for number, reason in refusal.reasons.items())
            raise RoundRefused(f"{'; '.join(said)}.") from None
        Decision.objects.bulk_create(decisions)
        append_many([
            Happening(events.DISCREPANCY_DECIDED, at, by, f"round:{going_on.public_id}",
                      {"number": each.number, "choice": choices[each.key]})
            for each in due
        ])  # fmt: skip
    return decisions, [each for each in chosen if each.key in settled]


def conclude(*, round_id: int, by: Person, at: datetime) -> AgreementVersion:
    """Make the one text that the decisions give into a version, to be signed; the round ends.

    Raises:
        NotSettled: discrepancies that nobody has decided yet, by number.
    """
    require(by, "propose agreement")
    _measure_first(round_id)
    with transaction.atomic():
        going_on = _to_settle(round_id, by)
        one, other = sides(going_on)
        ours, theirs = read(one), read(other)
        found, matches = compared(going_on)
        final = settle(ours, theirs, found, decisions_of(going_on.decisions.all()), matches)
        names = " and ".join(Team(team).label for team in (going_on.one, going_on.other))
        version = import_agreement(
            text=write_yaml(final), by=by, at=at, origin=f"drafts of {names}"
        )
        Round.objects.filter(pk=going_on.pk).update(
            is_open=None, closed_at=at, closed_by=by, version=version
        )
        append(
            kind=events.ROUND_CONCLUDED, at=at, by=by, subject=f"round:{going_on.public_id}",
            payload={"version": version.number, "discrepancies": len(found)},
        )  # fmt: skip
    return version


def give_up_round(*, round_id: int, by: Person, at: datetime) -> None:
    """End a round without a result; its drafts and decisions are kept."""
    require(by, "propose agreement")
    with transaction.atomic():
        going_on = _going_on(round_id)
        if by.team not in (going_on.one, going_on.other):
            raise RoundRefused("Only the two teams that draft can end their round.")
        Round.objects.filter(pk=going_on.pk).update(is_open=None, closed_at=at, closed_by=by)
        append(kind=events.ROUND_GIVEN_UP, at=at, by=by, subject=f"round:{going_on.public_id}")


def _started(start: str) -> Agreement:
    """What a round starts from: a version by its number, else a template fitted to the data."""
    number = start.removeprefix(FROM_VERSION)
    if number == start:
        return _fitted(start)
    version = AgreementVersion.objects.filter(number=number).first() if number.isdecimal() else None
    if version is None:
        raise KeyError(f"there is no version {number}")
    return agreement_of(version)


def _fitted(name: str) -> Agreement:
    template, facts = templates.load(name), warehouse.current_facts()
    if "moves" in facts or "stages" in facts:
        return templates.fit(template, facts).agreement
    return template


def _own(draft_id: int, by: Person) -> Draft:
    require(by, "draft agreement")
    # the round is locked first, by every deed
    going_on = _going_on(Draft.objects.values_list("round_id", flat=True).get(pk=draft_id))
    draft = Draft.objects.select_related("changed_by").get(pk=draft_id)
    draft.round = going_on
    if draft.team != by.team:
        raise RoundRefused(
            f"This is the draft of {Team(draft.team).label}; only that team writes it."
        )
    return draft


def _going_on(round_id: int) -> Round:
    found = Round.objects.select_for_update().get(pk=round_id)
    if found.is_open is None:
        raise RoundRefused("This round of drafting has ended.")
    return found


def _measure_first(round_id: int) -> None:
    """Count what the differences touch before anything is locked: it takes seconds on much data."""
    found = Round.objects.filter(pk=round_id).first()
    if found is not None and are_both_in(found):
        compared(found)


def _measure_before_the_last_is_in(draft_id: int) -> None:
    """As above: with the last draft the heads are told how many differences there are."""
    found = Round.objects.filter(drafts=draft_id).first()
    if found is None or found.is_open is None:
        return
    if not found.drafts.filter(handed_in_at=None).exclude(pk=draft_id).exists():
        compared(found)


def _reason_given(why: str) -> None:
    if not why:
        raise RoundRefused("Say why: a decision without a reason is asked again next month.")


def _can_run(text: str) -> None:
    """Refuse new words of a definition that cannot be run, as the form of a draft does."""
    if not text.strip():
        return
    try:
        parse(text, definition_columns(warehouse.current_facts()))
    except PredicateError as error:
        raise RoundRefused(f"These words cannot be run: {error}") from None


def _plain(text: str) -> str:
    """A typed text with its lines, without control characters, which some databases refuse."""
    return lines_of("".join(c if c.isprintable() or c == "\n" else " " for c in text))


def _to_settle(round_id: int, by: Person) -> Round:
    found = _going_on(round_id)
    if not are_both_in(found):
        raise RoundRefused("Both drafts have to be handed in first.")
    if by.team not in (found.one, found.other):
        raise RoundRefused("Only the two teams that drafted settle their differences.")
    return found
