"""The database itself refuses to change or remove events, whoever asks (trust.md T44).

Applied by migration 0002. On PostgreSQL `TRUNCATE` by the table's owner stays possible; the hash
chain shows it.
"""

from __future__ import annotations

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

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


def guards_on(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put the triggers on."""
    if schema_editor.connection.vendor == "sqlite":
        for deed in ("update", "delete"):
            schema_editor.execute(_SQLITE_ON.format(deed=deed))
    elif schema_editor.connection.vendor == "postgresql":
        for statement in _POSTGRES_ON:
            schema_editor.execute(statement)


def guards_off(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the triggers off: only migrations that rebuild the table, and tests, do this."""
    if schema_editor.connection.vendor == "sqlite":
        for deed in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS record_event_no_{deed}")
    elif schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER IF EXISTS record_event_no_change ON record_event")
