"""When does a team work: as it has said itself, else as the agreement says."""

from __future__ import annotations

from onefunnel.agreement.document import Agreement
from onefunnel.agreement.working_time import calendar_of
from onefunnel.business_time import WorkCalendar
from onefunnel.measures.scope import TeamHours
from onefunnel.measures.steps.drifting import is_ours


def hours_of(team: str, agreement: Agreement, hours: TeamHours, zone: str = "UTC") -> WorkCalendar:
    """The opening hours of a team that has set its own, else the agreement's business hours.

    Args:
        team: As the agreement, or the data, call it.
        hours: By team, of those that have set their own.
        zone: Of the agreement's hours, where it names none.

    Raises:
        BadWorkingTime: the agreement's business hours cannot be read, and the team has no own.
    """
    own = next((calendar for name, calendar in hours if is_ours(team, (name,))), None)
    return own or calendar_of(agreement, zone)
