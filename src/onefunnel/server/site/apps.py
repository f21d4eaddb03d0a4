from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "onefunnel.server.site"
    label = "site"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from onefunnel.server.notify.hooks.commands import declare_kinds
        from onefunnel.server.site.event_kinds import EVENT_KINDS  # models exist only now

        declare_kinds(EVENT_KINDS)
