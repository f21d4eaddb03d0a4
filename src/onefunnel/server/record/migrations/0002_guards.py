from django.db import migrations

from onefunnel.server.record.guards import guards_off, guards_on


class Migration(migrations.Migration):
    dependencies = [("record", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, editor: guards_on(editor.connection.vendor, editor.execute),
            lambda apps, editor: guards_off(editor.connection.vendor, editor.execute),
        )
    ]
