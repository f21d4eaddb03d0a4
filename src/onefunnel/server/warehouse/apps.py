from django.apps import AppConfig


class WarehouseConfig(AppConfig):
    name = "onefunnel.server.warehouse"
    label = "warehouse"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Have merges bring the columnar copy up."""
        from onefunnel.server.warehouse.duplicates import reactions  # noqa: F401
