"""Which lead stands for which, after all the merges that are in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from onefunnel.server.warehouse.duplicates.rows import Merge


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
