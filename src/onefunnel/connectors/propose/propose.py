"""Propose a mapping for files nobody has seen: what each file is, and what each column says."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from onefunnel.connectors.background import Tell
from onefunnel.connectors.mapping_parts import Kind, Mapping
from onefunnel.connectors.propose.entries import Entries
from onefunnel.connectors.propose.funnel_files import find_funnels
from onefunnel.connectors.propose.other_files import name_others
from onefunnel.connectors.propose.seen import see
from onefunnel.connectors.reading.tables import TextTable

_NO_FUNNEL = (
    "no funnel was found: no file has a stage, an outcome, or dates of stages for each lead or "
    "deal. Name the column that holds it in the mapping, or add the file that has it."
)


def propose_mapping(
    con: Any,
    tables: Sequence[TextTable],
    *,
    title: str = "",
    said: Map[str, Kind] | None = None,
    tell: Tell = lambda done, total, what: None,
) -> Mapping:
    """A mapping of these files, each column with its confidence and reason.

    `con` is a DuckDB connection; nothing is created in it. Every file is either used or left out
    with a reason; every column of a used file is mapped, a free attribute, or left out with one.
    `said` are kinds of stages that are known otherwise than by their words.
    """
    seen = see(con, tables, tell)
    for role in seen.roles:
        if role.stage is not None and said:
            kinds = tuple((value, said.get(value, kind)) for value, kind in role.stage.kinds)
            role.stage = replace(role.stage, kinds=kinds)
    tell(2, 3, "proposing what each column says")
    funnels = find_funnels(seen)
    name_others(seen, funnels)
    found = Entries(seen, funnels)
    found.build()
    stages = found.in_order()
    if not funnels and not seen.of("history"):
        found.notes.append(_NO_FUNNEL)
    return Mapping(
        title=title or "Proposed from the files",
        files=tuple(found.entries),
        stages=tuple(stages),
        first_stage=next((stage.stage for stage in stages if stage.kind == "open"), "Lead"),
        left_out=tuple(seen.left_out.items()),
        notes=tuple(found.notes),
    )
