from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "onefunnel.server.record"
    label = "record"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from onefunnel.server.record.reactions import listen  # models exist only now

        listen()
