from django.apps import AppConfig


class RunConfig(AppConfig):
    name = "onefunnel.server.run"
    label = "run"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from onefunnel.server.run.handovers.reactions import listen
        from onefunnel.server.run.nurture.reactions import listen as listen_to_nurture
        from onefunnel.server.run.outside import provide  # models exist only now
        from onefunnel.server.run.tracker.reactions import listen as listen_to_leads

        listen()
        listen_to_nurture()
        listen_to_leads()
        provide()
