from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('warehouse', '0002_duplicates'),
    ]

    operations = [
        migrations.AddField(
            model_name='import',
            name='delivery_digest',
            field=models.CharField(blank=True, max_length=64),
        ),
    ]
