"""A workspace from before: its facts keep their rows, their history and their other indexes."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.db import connection

made_anew = import_module("onefunnel.server.warehouse.migrations.0004_place_of_the_row")


@pytest.mark.django_db
def test_a_table_of_before_is_made_anew_with_all_its_rows():
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite keeps rows by their place")
    with connection.cursor() as cursor:
        for statement in (
            'CREATE TABLE "fact_old" ("id" bigint NOT NULL PRIMARY KEY, "key" text NOT NULL, '
            '"import_id" bigint NOT NULL, "replaced_by_id" bigint NULL)',
            'CREATE UNIQUE INDEX "old_once" ON "fact_old" ("key") WHERE "replaced_by_id" IS NULL',
            'CREATE INDEX "old_import" ON "fact_old" ("import_id")',
            "INSERT INTO fact_old VALUES (7, 'b', 2, NULL), (3, 'b', 1, 2), (5, 'a', 1, NULL)",
        ):
            cursor.execute(statement)
        editor = SimpleNamespace(
            connection=connection, execute=lambda text, params: cursor.execute(text, params)
        )
        for _ in range(2):  # the second time there is nothing to do
            made_anew._with_places(editor, "fact_old")
        cursor.execute("SELECT rowid, * FROM fact_old ORDER BY 1")
        assert cursor.fetchall() == [
            (3, 3, "b", 1, 2), (5, 5, "a", 1, None), (7, 7, "b", 2, None)
        ]  # fmt: skip
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE tbl_name = 'fact_old' AND sql NOT NULL"
        )
        assert {name for (name,) in cursor.fetchall()} == {"fact_old", "old_once"}
