from django.db import migrations

from onefunnel.server.record.guards import guards_off, guards_on


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: guards_on(schema_editor),
            lambda apps, schema_editor: guards_off(schema_editor),
        )
    ]
