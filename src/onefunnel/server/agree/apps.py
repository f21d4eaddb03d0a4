from django.apps import AppConfig


class AgreeConfig(AppConfig):
    name = "onefunnel.server.agree"
    label = "agree"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from onefunnel.server.agree.disputes.commands import DISPUTES
        from onefunnel.server.agree.queries import agreement_for_the_copy
        from onefunnel.server.agree.reactions import listen
        from onefunnel.server.notify.commands import declare
        from onefunnel.server.warehouse.agreement_in_force import provide

        provide(agreement_for_the_copy)
        declare(DISPUTES)
        listen()
