"""Figures of one owner of leads are for that owner and the head of the team; nobody else.

Others read the same measure without the owner. A head is the lead of a team; where a team has none
here, the owners of the workspace stand in. An owner of leads who has no account here belongs to the
team that leads the stage, or that takes the hand-over.

People give themselves their name, so a name says who somebody is only where the address that they
were invited by says the same; the address itself always does.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from onefunnel.agreement.document import Agreement
from onefunnel.measures.friction import OWNER
from onefunnel.measures.friction_words import FLAGGED
from onefunnel.measures.result import Result
from onefunnel.measures.steps.friction_cells import BETWEEN
from onefunnel.server.measure.lists import NoSuchFigure
from onefunnel.server.people.models import Person
from onefunnel.server.people.queries import people

#: The measures whose rows are about one owner of leads.
OF_OWNERS = frozenset({"friction_by_owner"})


@dataclass(frozen=True)
class _Reader:
    """What one person may read of owners, under an agreement."""

    person: Person | None
    agreement: Agreement

    @cached_property
    def everybody(self) -> list[Person]:
        return [one for one in people() if one.is_active]

    @cached_property
    def teams_with_a_head(self) -> frozenset[str]:
        return frozenset(one.team for one in self.everybody if one.role == "lead")

    @cached_property
    def team_of(self) -> dict[str, str]:
        """The team of each owner of leads who has an account here, by name and by address."""
        by_name = {one.name.casefold(): one.team for one in self.everybody if is_so_called(one)}
        return by_name | {one.email.casefold(): one.team for one in self.everybody}

    def may_see(self, row: Mapping[str, object]) -> bool:
        """Whether the reader is the row's owner, or the head of that owner's team."""
        if self.person is None or not self.person.is_authenticated:
            return False
        owner = str(row.get(OWNER) or "").strip().casefold()
        if owner == self.person.email.casefold():
            return True
        if owner == self.person.name.casefold() and is_so_called(self.person):
            return True
        if self.person.role not in ("lead", "owner"):
            return False
        known = self.team_of.get(owner)
        teams = {known} if known else self._teams_at(str(row.get("stage") or ""))
        if self.person.role == "lead":
            return self.person.team in teams
        return not teams & self.teams_with_a_head

    def _teams_at(self, place: str) -> set[str]:
        """The teams that lead a stage, or that take a hand-over."""
        if BETWEEN in place:
            return {place.rpartition(BETWEEN)[2].casefold()}
        led = (stage.leads for stage in self.agreement.stages if stage.name == place)
        return {team.casefold() for teams in led for team in teams}


def is_so_called(person: Person) -> bool:
    """Whether the address of a person says its name: ana.ruiz@, aruiz@, ruiz.ana@ for Ana Ruiz."""
    words, said = _words(person.name), _words(person.email.partition("@")[0])
    if not words:
        return False
    joined = "".join(said)
    short = {words[0][0] + "".join(words[1:]), "".join(words[:-1]) + words[-1][0]}
    return set(words) <= set(said) or joined == "".join(words) or (
        len(words) > 1 and joined in short
    )  # fmt: skip


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W\d_]+", "".join(c for c in plain if not unicodedata.combining(c)))


def only_theirs(result: Result, person: Person | None, agreement: Agreement) -> Result:
    """The result without the rows of owners that the person may not read."""
    if result.measure not in OF_OWNERS:
        return result
    reader = _Reader(person, agreement)
    kept = tuple(row for row in result.rows if reader.may_see(row))
    if len(kept) == len(result.rows):
        return result
    note = (
        "Figures of one owner are shown to that owner and the head of the team. You see those "
        "that are yours to see."
    )
    return replace(result, rows=kept, notes=(note, *result.notes))


def standing_out(result: Result) -> Result:
    """The result for a page: of owners only what is told apart from chance, so that nobody is
    looked at for what is none; the rest is in the CSV."""
    if result.measure not in OF_OWNERS:
        return result
    return replace(result, rows=tuple(row for row in result.rows if row["verdict"] in FLAGGED))


def check_row(
    measure: str, row: Mapping[str, str], person: Person | None, agreement: Agreement
) -> None:
    """Raise NoSuchFigure where the list behind a row is not for the person."""
    if measure in OF_OWNERS and not _Reader(person, agreement).may_see(row):
        raise NoSuchFigure("there is no such figure for you")
