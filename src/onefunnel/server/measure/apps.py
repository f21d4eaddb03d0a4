from django.apps import AppConfig


class MeasureConfig(AppConfig):
    name = "onefunnel.server.measure"
    label = "measure"
    default_auto_field = "django.db.models.BigAutoField"
