"""What the clock does for handovers."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django_tasks import task

from onefunnel.server.run.handovers.clocks import MOST, keep_promises
from onefunnel.server.run.handovers.lead_data import NoSuchLead
from onefunnel.server.run.handovers.offering import offer_on_entry


@task()
def offer_entered(stages: dict[str, str], at: str) -> None:
    """Offer leads that entered stages together, each in its turn; who moved on since is left out.

    May run twice: what is offered is not offered again.
    """
    moment = datetime.fromisoformat(at)
    for lead_id, stage in stages.items():
        with suppress(NoSuchLead):
            offer_on_entry(lead_id=lead_id, stage=stage, at=moment)


def tick(*, at: datetime) -> int:
    """Find what is overdue at that moment and say so; how many promises were broken.

    Called again and again by each background worker; time is an argument, so a test walks a week.
    """
    broken = 0
    while found := keep_promises(at=at):
        broken += found
        if found < MOST:
            break
    return broken
