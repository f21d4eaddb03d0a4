from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('warehouse', '0004_place_of_the_row'),
    ]

    operations = [
        migrations.AddField(
            model_name='import',
            name='personal',
            field=models.JSONField(default=dict),
        ),
    ]
