from django.apps import AppConfig


class AgreeConfig(AppConfig):
    name = "onefunnel.server.agree"
    label = "agree"
    default_auto_field = "django.db.models.BigAutoField"
