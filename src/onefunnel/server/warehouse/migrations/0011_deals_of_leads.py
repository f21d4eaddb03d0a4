from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('warehouse', '0010_leads_by_address'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='factdeals',
            index=models.Index(models.F('lead_id'), name='fact_deals_lead'),
        ),
    ]
