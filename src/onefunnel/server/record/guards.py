"""The database itself refuses to change or remove events, whoever asks (trust.md T44).

Applied by migration 0002. On PostgreSQL `TRUNCATE` by the table's owner stays possible; the hash
chain shows it.
"""

from __future__ import annotations

from collections.abc import Callable

_SQLITE_ON = """
CREATE TRIGGER record_event_no_{deed} BEFORE {deed} ON record_event
BEGIN SELECT RAISE(ABORT, 'the record is append-only'); END
"""
_POSTGRES_ON = (
    """
    CREATE OR REPLACE FUNCTION record_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the record is append-only'; END $$
    """,
    """
    CREATE TRIGGER record_event_no_change BEFORE UPDATE OR DELETE ON record_event
    FOR EACH ROW EXECUTE FUNCTION record_event_refuse()
    """,
)


def guards_on(vendor: str, execute: Callable[[str], object]) -> None:
    """Put the triggers on; `execute` runs one statement on a database of this vendor."""
    if vendor == "sqlite":
        for deed in ("update", "delete"):
            execute(_SQLITE_ON.format(deed=deed))
    elif vendor == "postgresql":
        for statement in _POSTGRES_ON:
            execute(statement)


def guards_off(vendor: str, execute: Callable[[str], object]) -> None:
    """Take the triggers off: only migrations that rebuild the table, and tests, do this."""
    if vendor == "sqlite":
        for deed in ("update", "delete"):
            execute(f"DROP TRIGGER IF EXISTS record_event_no_{deed}")
    elif vendor == "postgresql":
        execute("DROP TRIGGER IF EXISTS record_event_no_change ON record_event")
