"""The change number is the place of the row on SQLite; the import that wrote it has no index.

0001 makes a new workspace so from the start. This brings one to it that was made before, each
table once: Django would make each anew twice, and a new workspace would wait for it.
"""

from django.db import migrations

_FACTS = (
    "accounts", "awareness", "deals", "handovers", "installed", "leads",
    "moves", "orders", "spend", "stages", "touches", "uses",
)  # fmt: skip

_OLD, _NEW = (f'"id" {kind} NOT NULL PRIMARY KEY' for kind in ("bigint", "integer"))


def _make_anew(apps, schema_editor):
    for fact in _FACTS:
        if schema_editor.connection.vendor == "sqlite":
            _with_places(schema_editor, f"fact_{fact}")
        else:
            _without_index(schema_editor, f"fact_{fact}")


def _with_places(schema_editor, table):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table]
        )
        made = cursor.fetchall()
    (old,) = (sql for kind, sql in made if kind == "table")
    if _OLD not in old:
        return
    new = old.replace(f'"{table}"', f'"new__{table}"', 1).replace(_OLD, _NEW, 1)
    kept = [sql for kind, sql in made if kind == "index" and '("import_id")' not in sql]
    for statement in (
        new,
        f'INSERT INTO "new__{table}" SELECT * FROM "{table}" ORDER BY "id"',
        f'DROP TABLE "{table}"',
        f'ALTER TABLE "new__{table}" RENAME TO "{table}"',
        *kept,
    ):
        schema_editor.execute(statement, params=None)


def _without_index(schema_editor, table):
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
    for name, one in found.items():
        if one["index"] and one["columns"] == ["import_id"]:
            schema_editor.execute(f'DROP INDEX "{name}"')


class Migration(migrations.Migration):
    dependencies = [
        ("warehouse", "0003_delivery_digest"),
    ]

    operations = [migrations.RunPython(_make_anew, migrations.RunPython.noop)]
