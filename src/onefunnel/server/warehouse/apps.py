from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    name = "onefunnel.server.warehouse"
    label = "warehouse"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have merges, and what people enter, bring the columnar copy up."""
        from onefunnel.server.warehouse.duplicates import reactions  # noqa: F401
        from onefunnel.server.warehouse.reactions import listen

        listen()
