"""Can the people work as many leads as the plan brings, month by month?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from onefunnel.statistics.queues import leads_a_month


@dataclass(frozen=True)
class People:
    """People who do the same: from which month on they are there (0 is the first), and how much
    of a full day's work they do in each month after they begin; the last one stays."""

    count: float
    from_month: int = 0
    ramp: tuple[float, ...] = (1.0,)

    def at_work(self, month: int) -> float:
        """Full-time people in that month."""
        since = month - self.from_month
        return self.count * self.ramp[min(since, len(self.ramp) - 1)] if since >= 0 else 0.0


@dataclass(frozen=True)
class Load:
    """One month: leads that come, leads that can be worked, and those that are too many."""

    leads: float
    workable: float

    @property
    def too_many(self) -> float:
        return max(0.0, self.leads - self.workable)


def load_by_month(
    leads: Sequence[float],
    people: Sequence[People],
    *,
    hours: float,
    selling_share: float,
    hours_a_lead: float,
) -> tuple[Load, ...]:
    """What each month brings against what the people can do.

    Args:
        leads: That reach those people, by month.
        hours: Of one full-time person in a month.
        selling_share: Of these, the share spent on leads.
        hours_a_lead: What one lead takes.

    Raises:
        ValueError: a lead takes no time, or the share is none.
    """
    if hours_a_lead <= 0 or not 0 <= selling_share <= 1:
        raise ValueError("a lead takes time, and the share of selling is between 0 and 1")
    return tuple(
        Load(
            count,
            leads_a_month(
                sum(one.at_work(month) for one in people), hours, selling_share, hours_a_lead
            ),
        )
        for month, count in enumerate(leads)
    )
