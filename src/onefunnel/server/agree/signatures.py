"""Who has signed a version, and whether all have who shall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from onefunnel.agreement.compare.pairing import folded
from onefunnel.agreement.document import Agreement
from onefunnel.server.agree.models import AgreementVersion, Signature
from onefunnel.server.people.models import Team


@dataclass(frozen=True)
class SignatureLine:
    """One line to sign: the team, who is named in the charter, and the signature if it stands."""

    team: str
    named: str
    signature: Signature | None


def signing_teams(agreement: Agreement) -> tuple[str, ...]:
    """The teams that sign, as the charter names them, each once however it is written."""
    named = {team_of(one.team): one.team for one in reversed(agreement.charter.signatories)}
    return tuple(dict.fromkeys(named[team_of(o.team)] for o in agreement.charter.signatories))


def team_of(name: str) -> str:
    """The team that a document calls so; the name itself where we have no such team."""
    known = {folded(said): team.value for team in Team for said in (team.value, team.label)}
    return known.get(folded(name), known.get(folded(name.replace("&", "and")), name))


def lines_of(version: AgreementVersion, agreement: Agreement) -> tuple[SignatureLine, ...]:
    """Every line to sign of a version, in the order of its charter."""
    signed = {
        one.team: one
        for one in Signature.objects.filter(version=version).select_related("signed_by")
        if one.digest == version.digest
    }
    persons = {one.team: one.person for one in reversed(agreement.charter.signatories)}
    return tuple(
        SignatureLine(team, persons.get(team, ""), signed.get(team_of(team)))
        for team in signing_teams(agreement)
    )


def signed_by(lines: tuple[SignatureLine, ...]) -> frozenset[str]:
    """The teams, as the charter names them, whose signature stands."""
    return frozenset(line.team for line in lines if line.signature is not None)


def are_all_signed(lines: tuple[SignatureLine, ...]) -> bool:
    """Whether all that the charter names have signed, and they are two teams at least."""
    return len({team_of(line.team) for line in lines}) > 1 and all(
        line.signature is not None for line in lines
    )


def last_signed_at(agreement: Agreement, signed: Mapping[str, datetime]) -> datetime | None:
    """When the last of all whom the charter names signed, of the moments by team; None where one
    has not, or they are not two teams."""
    teams = {team_of(team) for team in signing_teams(agreement)}
    if len(teams) < 2 or not teams <= signed.keys():
        return None
    return max(signed[team] for team in teams)
