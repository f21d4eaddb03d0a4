"""What holds for all sequences: the quiet time, and what happens to leads that wake up."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import require
from onefunnel.server.run.handovers.cards import NoAgreementInForce, terms_in_force
from onefunnel.server.run.nurture.models import NurtureRules, Sequence, WakeInto
from onefunnel.server.run.nurture.telling import tell_rules
from onefunnel.server.run.tracker.book import current_book
from onefunnel.server.warehouse.commands import hold_the_door

ARRANGE = "arrange sequences"
#: Who decides what leads get from now on: what is switched on, and what holds for all sequences.
SWITCH = "switch sequences"
MOST_QUIET_HOURS = 400


class BadRules(ValueError):
    """The rules cannot be kept like that; the text says why and what to do."""


class RulesChanged(BadRules):
    """Somebody changed the rules after they were read."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this meanwhile. Look at it as it is now, then save.")


def rules_now() -> NurtureRules:
    """The rules as they were said; the defaults before anybody said anything."""
    return NurtureRules.objects.first() or NurtureRules()


def save_rules(
    *,
    quiet_hours: int,
    wake_into: str,
    wake_name: str,
    wake_team: str,
    revision: int,
    by: Person,
    at: datetime,
) -> NurtureRules:
    """Say how long no marketing mail goes out after a sales contact, and what a lead wakes into.

    It holds at once for every sequence that is on, so it takes the right to switch them.
    Raises BadRules, RulesChanged.
    """
    require(by, SWITCH)
    if not 0 <= quiet_hours <= MOST_QUIET_HOURS:
        raise BadRules(f"The quiet time lies between 0 and {MOST_QUIET_HOURS} working hours.")
    if wake_into not in WakeInto.values:
        raise BadRules("Choose what happens to leads that wake up.")
    if wake_team not in Team.values:
        raise BadRules("Choose the team that gets the leads that wake up.")
    name = wake_name.strip() if wake_into != WakeInto.TODO else ""
    if wake_into != WakeInto.TODO and name not in targets(at=at)[wake_into]:
        raise BadRules(f"There is no “{name[:80]}” that leads could wake into. Choose another.")
    with transaction.atomic():
        hold_the_door()
        if not NurtureRules.objects.exists():
            NurtureRules.objects.create()
        changed = NurtureRules.objects.filter(revision=revision).update(
            quiet_hours=quiet_hours, wake_into=wake_into, wake_name=name, wake_team=wake_team,
            revision=F("revision") + 1,
        )  # fmt: skip
        if not changed:
            raise RulesChanged
        tell_rules(at=at, by=by, quiet_hours=quiet_hours, wake_into=wake_into)
    return rules_now()


def targets(*, at: datetime) -> dict[str, tuple[str, ...]]:
    """What a lead can wake into, by kind: stages on the way, sequences, cards of a stage."""
    stages = [one.name for one in current_book(at=at).agreement.stages if one.kind == "open"]
    try:
        cards = [one.name for one in terms_in_force(at=at).agreement.handovers if one.at_stage]
    except NoAgreementInForce:
        cards = []
    return {
        WakeInto.TODO: (),
        WakeInto.STAGE: tuple(stages),
        WakeInto.SEQUENCE: tuple(Sequence.objects.values_list("name", flat=True)),
        WakeInto.CARD: tuple(cards),
    }
