from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('warehouse', '0005_personal'),
    ]

    operations = [
        migrations.AlterField(
            model_name='import',
            name='status',
            field=models.CharField(choices=[('draft', 'waiting for files'), ('reading', 'being read'), ('proposed', 'columns proposed'), ('checking', 'trial run under way'), ('checked', 'trial run done'), ('queued', 'waiting to start'), ('running', 'running'), ('stopped', 'stopped'), ('failed', 'failed'), ('done', 'done'), ('undoing', 'being undone'), ('undone', 'undone'), ('kept', 'kept here')], default='draft', max_length=10),
        ),
        migrations.AddConstraint(
            model_name='import',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'kept')), fields=('status',), name='import_kept_here_once'),
        ),
    ]
