"""Room: billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.billing"

    def ready(self) -> None:
        """Subscribe to events of the rooms below."""
        from peritus.billing import reactions  # noqa: F401 - needs loaded apps
