"""Whose heads decide a dispute."""

from __future__ import annotations

from datetime import datetime

from onefunnel.agreement.document import Agreement
from onefunnel.server.agree.disputes.models import Dispute
from onefunnel.server.agree.queries import current_agreement
from onefunnel.server.agree.signatures import signing_teams, team_of
from onefunnel.server.people.models import Team

#: Who decides while no agreement names two teams.
OTHERWISE = (Team.MARKETING.value, Team.SALES.value)


def deciding_teams(*, at: datetime) -> tuple[str, ...]:
    """The teams whose heads decide: those that sign the agreement in force."""
    return signing_for(current_agreement(at=at))


def signing_for(agreement: Agreement) -> tuple[str, ...]:
    """The teams that sign an agreement, and what goes with it."""
    named = tuple(team_of(one) for one in signing_teams(agreement))
    known = tuple(team for team in named if team in Team.values)
    return known if len(known) > 1 else OTHERWISE


def verdicts(dispute: Dispute) -> dict[str, str]:
    """What each team's head decided last, by team."""
    return {one.team: one.choice for one in dispute.entries.all() if one.choice}
