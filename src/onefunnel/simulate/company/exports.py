"""The simulated company as other systems would export it: CSV folders in several shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import duckdb

from onefunnel.facts.sql_text import literal
from onefunnel.facts.store import Facts

Shape = Literal["history", "date columns", "german"]


@dataclass(frozen=True)
class ExportFile:
    """One file of an export: its name, the query that makes it, how values are written."""

    name: str
    query: str
    delimiter: str = ","
    time_format: str = "%Y-%m-%d %H:%M:%S"
    needs: tuple[str, ...] = ("leads", "moves")


_DATE_COLUMNS = ",\n".join(
    f"strftime(min(moves.\"at\") FILTER (moves.stage = '{stage}'), '%m/%d/%Y %H:%M') "
    f'AS "{header}"'
    for stage, header in (
        ("Marketing qualified", "MQL Date"),
        ("Sales accepted", "SAL Date"),
        ("Sales qualified", "SQL Date"),
        ("Proposal", "Proposal Sent Date"),
        ("Won", "Closed Won Date"),
        ("Lost", "Closed Lost Date"),
        ("Disqualified", "Disqualified Date"),
    )
)
_GERMAN_STAGE = """CASE stage WHEN 'Inquiry' THEN 'Anfrage'
  WHEN 'Marketing qualified' THEN 'Qualifiziert Marketing'
  WHEN 'Sales accepted' THEN 'Vom Vertrieb angenommen'
  WHEN 'Sales qualified' THEN 'Qualifiziert Vertrieb' WHEN 'Proposal' THEN 'Angebot'
  WHEN 'Won' THEN 'Gewonnen' WHEN 'Onboarded' THEN 'In Betrieb genommen'
  WHEN 'In use' THEN 'In Nutzung' WHEN 'Repeat order' THEN 'Folgeauftrag'
  WHEN 'Lost' THEN 'Verloren' WHEN 'Disqualified' THEN 'Ausgeschlossen'
  WHEN 'Recycled' THEN 'Zurückgestellt' ELSE stage END"""

SHAPES: Mapping[Shape, tuple[ExportFile, ...]] = {
    # A CRM with a stage history: one file per object, ids as keys.
    "history": (
        ExportFile(
            "Leads.csv",
            """SELECT lead_id AS "Lead ID", account_id AS "Account ID", name AS "Full Name",
               email AS "Email", phone AS "Phone", company AS "Company", country AS "Country",
               segment AS "Industry", source AS "Lead Source", campaign AS "Primary Campaign",
               owner AS "Lead Owner", employees AS "No. of Employees", score AS "Lead Score",
               created_at AS "Created Date" FROM leads ORDER BY created_at, lead_id""",
        ),
        ExportFile(
            "Lead History.csv",
            """SELECT lead_id AS "Lead ID", 'Status' AS "Field", from_stage AS "Old Value",
               stage AS "New Value", "by" AS "Edited By", "at" AS "Edit Date" FROM moves
               ORDER BY "at", lead_id, seq""",
        ),
        ExportFile(
            "Accounts.csv",
            """SELECT account_id AS "Account ID", name AS "Account Name", domain AS "Website",
               segment AS "Industry", employees AS "Employees", country AS "Billing Country"
               FROM accounts ORDER BY 1""",
            needs=("accounts",),
        ),
        ExportFile(
            "Opportunities.csv",
            """SELECT deal_id AS "Opportunity ID", lead_id AS "Lead ID", account_id AS "Account ID",
               owner AS "Opportunity Owner", opened_at AS "Created Date",
               closed_at AS "Close Date", CASE outcome WHEN 'won' THEN 'Closed Won'
               WHEN 'lost' THEN 'Closed Lost' ELSE 'Open' END AS "Stage",
               round(amount, 2) AS "Amount", currency AS "Currency",
               reason AS "Loss Reason" FROM deals ORDER BY 1""",
            needs=("deals",),
        ),
        ExportFile(
            "Marketing Spend.csv",
            """SELECT CAST("at" AS DATE) AS "Month", channel AS "Channel", campaign AS "Campaign",
               round(amount, 2) AS "Cost", currency AS "Currency" FROM spend ORDER BY 1, 2, 3""",
            needs=("spend",),
        ),
    ),
    # One wide file: a lead a row, one date column per stage, American dates.
    "date columns": (
        ExportFile(
            "funnel_report.csv",
            f"""SELECT leads.lead_id AS "Record #", any_value(company) AS "Organization",
               any_value(source) AS "Original Source", any_value(leads.segment) AS "Vertical",
               strftime(any_value(created_at), '%m/%d/%Y %H:%M') AS "Create Date",
               {_DATE_COLUMNS},
               arg_max(moves.stage, (moves."at", seq)) AS "Current Status"
               FROM leads JOIN moves USING (lead_id) GROUP BY leads.lead_id
               ORDER BY any_value(created_at), leads.lead_id""",
        ),
    ),
    # Another language, another delimiter, day-first dates, decimal commas.
    "german": (
        ExportFile(
            "Interessenten.csv",
            """SELECT lead_id AS "Vorgangsnummer", company AS "Firma", name AS "Ansprechpartner",
               email AS "E-Mail-Adresse", country AS "Land", segment AS "Branche",
               source AS "Herkunft", owner AS "Betreuer", created_at AS "Angelegt am"
               FROM leads ORDER BY created_at, lead_id""",
            delimiter=";",
            time_format="%d.%m.%Y %H:%M",
        ),
        ExportFile(
            "Statusverlauf.csv",
            f"""SELECT lead_id AS "Vorgangsnummer", {_GERMAN_STAGE} AS "Neuer Status",
               "by" AS "Geändert von", "at" AS "Geändert am" FROM moves
               ORDER BY moves."at", lead_id, seq""",
            delimiter=";",
            time_format="%d.%m.%Y %H:%M:%S",
        ),
        ExportFile(
            "Angebote.csv",
            """SELECT deal_id AS "Angebotsnummer", lead_id AS "Vorgangsnummer",
               replace(printf('%.2f', CAST(amount AS DOUBLE)), '.', ',') AS "Auftragswert",
               currency AS "Währung", opened_at AS "Eröffnet am", closed_at AS "Abgeschlossen am",
               CASE outcome WHEN 'won' THEN 'Gewonnen' WHEN 'lost' THEN 'Verloren'
               ELSE 'Offen' END AS "Ergebnis" FROM deals ORDER BY 1""",
            delimiter=";",
            time_format="%d.%m.%Y %H:%M",
            needs=("deals",),
        ),
    ),
}


def write_exports(facts: Facts, folder: Path, *, shape: Shape = "history") -> tuple[Path, ...]:
    """Writes the facts as the CSV files another system would export; returns their paths.

    Shapes: "history" (a CRM with a stage history, one file per object), "date columns" (one wide
    file with a date per stage), "german" (German headers and words, `;`, day-first dates, decimal
    commas). Files that need a table these facts do not have are left out. The folder is made;
    files of the same names are replaced.
    """
    files = [one for one in SHAPES[shape] if all(table in facts for table in one.needs)]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    with duckdb.connect() as connection:
        for table in sorted({name for one in files for name in one.needs}):
            connection.register(table, facts[table].to_pyarrow())
        for one in files:
            path = folder / one.name
            connection.execute(
                f"COPY ({one.query}) TO {literal(path)} (FORMAT csv, HEADER, "
                f"DELIMITER '{one.delimiter}', TIMESTAMPFORMAT '{one.time_format}')"
            )
            paths.append(path)
    return tuple(paths)
