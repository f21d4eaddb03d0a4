"""Do the files of a folder speak of the same leads? Else one funnel pools strangers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from onefunnel.connectors.future import place_of
from onefunnel.connectors.report import FileReport
from onefunnel.facts.findings import Finding

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Fewer leads than this are no source of their own.
_FEWEST = 20


def files_apart(
    con: Any, tables: Mapping[str, ir.Table], files: Sequence[FileReport]
) -> list[Finding]:
    """A finding where the moves come from groups of files that have no lead in common.

    Files are in one group where any lead is in both, be it with a move, its own row or a deal. Two
    exports of one CRM share leads, or one of them lacks the id that would join them; two logs of
    different processes share none. Either way a step from a stage of the one to a stage of the
    other is no share of anything.
    """
    if "moves" not in tables or "_file" not in tables["moves"].columns:
        return []
    moves = place_of(tables["moves"])
    if con.execute(f"SELECT count(DISTINCT _file) FROM {moves}").fetchone()[0] < 2:
        return []
    # The history of a lead may be in one file and the lead itself in another.
    told = " UNION ".join(
        f"SELECT lead_id, _file FROM {place_of(tables[name])} WHERE lead_id IS NOT NULL"
        for name in ("moves", "leads", "deals")
        if name in tables and {"lead_id", "_file"} <= set(tables[name].columns)
    )
    counted = con.execute(
        "SELECT of_lead, count(*) FROM (SELECT list_sort(list(_file)) AS of_lead "
        f"FROM ({told}) WHERE _file IS NOT NULL GROUP BY lead_id) GROUP BY of_lead"
    ).fetchall()
    groups = [group for group in _joined(counted) if group[1] >= _FEWEST]
    if len(groups) < 2:
        return []
    groups.sort(key=lambda group: -group[1])
    said = "; ".join(f"{_names(group, files)}: {n:,} leads" for group, n in groups)
    return [
        Finding(
            "files-apart", "moves", "lead_id", sum(n for _, n in groups[1:]),
            f"These files have no lead in common and are counted beside each other ({said})",
            _names(groups[1][0], files),
            "if they are one process, export the id of the lead in each of them; if they are not, "
            "look at one at a time, or leave the other out in the mapping",
        )
    ]  # fmt: skip


def _joined(counted: Sequence[tuple[list[int], int]]) -> list[tuple[frozenset[int], int]]:
    """Groups of files that leads connect, each with its number of leads."""
    groups: list[tuple[frozenset[int], int]] = []
    for files, n in counted:
        groups.append((frozenset(files), n))
        while True:
            pair = next((p for p in combinations(groups, 2) if p[0][0] & p[1][0]), None)
            if pair is None:
                break
            groups = [group for group in groups if group not in pair]
            groups.append((pair[0][0] | pair[1][0], pair[0][1] + pair[1][1]))
    return groups


def _names(group: frozenset[int], files: Sequence[FileReport]) -> str:
    shown = (files[index] for index in sorted(group))
    return " and ".join(f"{f.name}, sheet {f.sheet}" if f.sheet else f.name for f in shown)
