from django.apps import AppConfig


class RunConfig(AppConfig):
    name = "onefunnel.server.run"
    label = "run"
    default_auto_field = "django.db.models.BigAutoField"
