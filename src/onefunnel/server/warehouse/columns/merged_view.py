"""How a table is read when leads were merged. No Django here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from onefunnel.facts.sql_text import identifier
from onefunnel.server.warehouse.columns.manifest import Copied, Manifest
from onefunnel.server.warehouse.columns.segments import view


def merged_view(folder: Path, name: str, copied: Copied, manifest: Manifest) -> str:
    """The SELECT that reads a table with its merged leads as one."""
    raw = view(folder, copied)
    columns = [column for column, _ in copied.columns]
    if manifest.merged is None or "lead_id" not in columns or name == "journeys":
        return raw
    pairs = view(folder, manifest.merged)
    if name == "leads":
        # One row for each person: the leads concerned are left out, their joint row put in.
        concerned = f"SELECT lead_id FROM ({pairs}) UNION SELECT kept_id FROM ({pairs})"
        joint = manifest.merged_leads or Copied(copied.columns)
        return (
            f"SELECT t.* FROM ({raw}) AS t ANTI JOIN ({concerned}) AS m ON t.lead_id = m.lead_id "
            f"UNION ALL {view(folder, replace(joint, columns=copied.columns))}"
        )
    shown = ", ".join(
        "m.kept_id AS lead_id" if column == "lead_id" else f"t.{identifier(column)}"
        for column in columns
    )
    return (
        f"SELECT t.* FROM ({raw}) AS t ANTI JOIN ({pairs}) AS m ON t.lead_id = m.lead_id "
        f"UNION ALL SELECT {shown} FROM ({raw}) AS t JOIN ({pairs}) AS m ON t.lead_id = m.lead_id"
    )
