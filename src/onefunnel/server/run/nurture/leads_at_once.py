"""What entering and leaving ask of leads, read for many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onefunnel.server.run.handovers.lead_data import Known
from onefunnel.server.run.handovers.models import Handover, Status
from onefunnel.server.warehouse.duplicates.queries import group_of
from onefunnel.server.warehouse.queries import living_leads, moves_of_leads


@dataclass(frozen=True)
class Leads:
    """Leads as they are known now; `known` lacks those that are gone or were merged.

    `groups` are the ids that each goes by, the one that stands for all first.
    """

    groups: Mapping[str, tuple[str, ...]]
    known: Mapping[str, Known]
    _handovers: Mapping[str, Sequence[Handover]]

    def handovers(self, lead_id: str) -> list[Handover]:
        """The handovers of a lead under each of its ids, the earliest first."""
        found = [one for key in self.groups[lead_id] for one in self._handovers.get(key, ())]
        return sorted(found, key=lambda one: one.pk)

    def open_offer(self, lead_id: str) -> Handover | None:
        """An offer of the lead that nobody has answered yet."""
        open_now = (one for one in self.handovers(lead_id) if one.status == Status.OFFERED)
        return next(open_now, None)


def leads_at_once(lead_ids: Sequence[str]) -> Leads:
    """Read them: as many questions for hundreds as for one."""
    groups = group_of(lead_ids)
    moves = moves_of_leads(lead_ids)
    known = {key: Known(row, moves.get(key, ())) for key, row in living_leads(lead_ids).items()}
    handovers: dict[str, list[Handover]] = {}
    ids = {one for group in groups.values() for one in group}
    for one in Handover.objects.select_related("answered_by").filter(lead_id__in=ids):
        handovers.setdefault(one.lead_id, []).append(one)
    return Leads(groups, known, handovers)
