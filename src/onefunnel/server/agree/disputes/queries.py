"""Which disputes are open, about what, and for whom they wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from onefunnel.server.agree.disputes.deciding import deciding_teams, verdicts
from onefunnel.server.agree.disputes.models import About, Choice, Dispute, Entry, State
from onefunnel.server.people.models import Person, Team
from onefunnel.server.people.rules import may

#: Disputes shown of those that are closed.
MOST = 100


@dataclass(frozen=True)
class Verdict:
    """What one team's head decided; nothing yet where `choice` is empty."""

    team: str
    label: str
    choice: str

    @property
    def words(self) -> str:
        return Choice(self.choice).label if self.choice else "not decided yet"


@dataclass(frozen=True)
class Told:
    """One dispute as its page shows it."""

    dispute: Dispute
    entries: tuple[Entry, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The teams whose heads have not decided, or not the same."""
        if not self.dispute.is_open:
            return ()
        said = {one.choice for one in self.verdicts}
        if len(said) > 1 and "" not in said:
            return tuple(one.label for one in self.verdicts)
        return tuple(one.label for one in self.verdicts if not one.choice)

    @property
    def decided_words(self) -> str:
        return Choice(self.dispute.decision).label if self.dispute.decision else ""


def disputes(*, is_open: bool) -> list[Dispute]:
    """The open ones, the oldest first; or the closed ones, the latest first."""
    found = Dispute.objects.select_related("opened_by", "closed_by")
    if is_open:
        return list(found.filter(state=State.OPEN).order_by("pk"))
    return list(found.exclude(state=State.OPEN).order_by("-closed_at", "-pk")[:MOST])


def told(dispute_id: object, *, at: datetime) -> Told | None:
    """One dispute with all that was said; None where there is none."""
    found = (
        Dispute.objects.select_related("opened_by", "closed_by")
        .prefetch_related("entries__by")
        .filter(public_id=dispute_id)
        .first()
    )
    if found is None:
        return None
    said = verdicts(found)
    teams = deciding_teams(at=at) if found.is_open else tuple(said)
    return Told(
        found,
        tuple(found.entries.all()),
        tuple(Verdict(team, Team(team).label, said.get(team, "")) for team in teams),
    )


def may_decide(person: Person, *, at: datetime) -> bool:
    """Whether the person is a head of a team that decides."""
    return may(person, "decide dispute") and person.team in deciding_teams(at=at)


def open_count(person: Person, *, at: datetime) -> tuple[int, int]:
    """How many are open, and how many of them wait for this person's own decision."""
    found = Dispute.objects.filter(state=State.OPEN)
    total = found.count()
    if not total or not may_decide(person, at=at):
        return total, 0
    waiting = [one for one in found.prefetch_related("entries") if person.team not in verdicts(one)]
    return total, len(waiting)


def open_about() -> dict[str, dict[str, list[Dispute]]]:
    """The open ones by what they are about: kind, then name."""
    found: dict[str, dict[str, list[Dispute]]] = {kind: {} for kind in About.values}
    for one in Dispute.objects.filter(state=State.OPEN).order_by("pk"):
        found[one.kind].setdefault(one.about, []).append(one)
    return found
