from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "onefunnel.server.notify"
    label = "notify"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from onefunnel.server.notify.reactions import listen  # models exist only now

        listen()
