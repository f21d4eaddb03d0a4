"""Which lead stands for which, after all the merges that are in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from onefunnel.server.warehouse.duplicates.rows import Merge
from onefunnel.server.warehouse.read_once import once


def followed(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """(merged, kept) pairs with every chain followed to its end: merged lead -> standing lead."""
    direct = dict(pairs)
    return {merged: _end(direct, merged) for merged in direct}


def _end(direct: Mapping[str, str], lead: str) -> str:
    seen = {lead}
    while (onward := direct.get(lead)) is not None and onward not in seen:
        seen.add(onward)
        lead = onward
    return lead


def merged_leads() -> dict[str, str]:
    """Every merged lead and the lead that stands for it now."""
    in_force = Merge.objects.filter(undone_at=None).order_by("pk")
    return followed(in_force.values_list("merged_lead", "kept_lead"))


def group_of(lead_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """For each lead the one that stands for it now, then all that were merged into that one."""
    if not once("merges", Merge.objects.filter(undone_at=None).exists):
        return {lead: (lead,) for lead in lead_ids}
    ends = merged_leads()
    groups: dict[str, list[str]] = {}
    for merged, end in ends.items():
        groups.setdefault(end, [end]).append(merged)
    return {lead: tuple(groups.get(ends.get(lead, lead), (lead,))) for lead in lead_ids}
