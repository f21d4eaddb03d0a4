"""What YAML cannot say of Odoo's exports: one name for a field, and won and lost told apart.

The same field is called `stage_id/name`, `stage_id/id`, `stage_id` or `Stage` by Odoo's different
exports, an external id hides the record's number, and lost is no stage but "archived with
probability 0" (in exports without `active`: a lost reason and probability 0).
"""

from __future__ import annotations

from dataclasses import replace

from onefunnel.connectors.apply.names import find_column
from onefunnel.connectors.derive import with_columns
from onefunnel.connectors.reading.tables import Tables, TextTable
from onefunnel.facts.sql_text import identifier, literal

_ID = (".id", "id", "External ID", "ID")
_STAGE = ("stage_id/name", "stage_id/display_name", "stage_id", "Stage", "stage_id/id")
_EXTERNAL_NUMBER = r"^__export__\.crm_lead_(\d+)(_[0-9a-f]+)?$"
#: The stages every Odoo database is made with, by their external id.
_BUILT_IN = {
    "crm.stage_lead1": "New",
    "crm.stage_lead2": "Qualified",
    "crm.stage_lead3": "Proposition",
    "crm.stage_lead4": "Won",
}


def prepare(tables: Tables) -> Tables:
    """Add odoo_id, odoo_stage, odoo_is_won, odoo_is_lost, odoo_closed to each leads export.

    Where one export says whether records are archived and another does not, `odoo_is_known` tells
    which rows of the poorer one the fuller one has.
    """
    prepared = [_prepared(table) for table in tables.tables]
    full = [table for table in prepared if "odoo_id" in table.columns and _has_active(table)]
    return replace(
        tables,
        tables=tuple(
            _known(table, full) if "odoo_id" in table.columns and not _has_active(table) else table
            for table in prepared
        ),
    )


def _has_active(table: TextTable) -> bool:
    return find_column("active", table.columns) is not None


def _known(table: TextTable, full: list[TextTable]) -> TextTable:
    ids = " UNION ALL ".join(
        f"SELECT odoo_id FROM read_parquet({literal(other.parquet)})" for other in full
    )
    known = f"CASE WHEN odoo_id IN ({ids}) THEN 'yes' ELSE 'no' END" if ids else "'no'"
    return with_columns(table, {"odoo_is_known": known})


def _prepared(table: TextTable) -> TextTable:
    key, stage = _first(table, _ID), _first(table, _STAGE)
    probability = find_column("probability", table.columns)
    if key is None or stage is None or probability is None:
        return table
    named = " ".join(f"WHEN '{old}' THEN '{new}'" for old, new in _BUILT_IN.items())
    chance = f"TRY_CAST({identifier(probability)} AS DOUBLE)"
    is_lost = f"{chance} = 0 AND {_is_given_up(table)}"
    closed = [_text(table, name) for name in ("date_closed", "write_date")]
    return with_columns(
        table,
        {
            "odoo_id": f"coalesce(nullif(regexp_extract({identifier(key)}, "
            f"'{_EXTERNAL_NUMBER}', 1), ''), {identifier(key)})",
            "odoo_stage": f"CASE {identifier(stage)} {named} ELSE {identifier(stage)} END",
            "odoo_is_won": f"CASE WHEN {chance} = 100 THEN 'yes' ELSE 'no' END",
            "odoo_is_lost": f"CASE WHEN {is_lost} THEN 'yes' ELSE 'no' END",
            "odoo_closed": f"coalesce({', '.join(closed)})",
        },
    )


def _is_given_up(table: TextTable) -> str:
    """Archived; where the export does not say, a lost reason stands for it."""
    active = find_column("active", table.columns)
    if active is not None:
        return f"lower(trim({identifier(active)})) IN ('false', '0', 'no', 'f')"
    reason = _first(table, ("lost_reason_id/name", "lost_reason_id", "Lost Reason", "lost_reason"))
    return f"{identifier(reason)} IS NOT NULL" if reason else "false"


def _text(table: TextTable, name: str) -> str:
    found = find_column(name, table.columns)
    return f"nullif(trim({identifier(found)}), '')" if found else "CAST(NULL AS VARCHAR)"


def _first(table: TextTable, names: tuple[str, ...]) -> str | None:
    """The first of these names that the export has; letter for letter, as Odoo writes them."""
    return next((name for name in names if name in table.columns), None)
