"""Room: quality."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.quality"

    def ready(self) -> None:
        """Subscribe to events of the rooms below."""
        from peritus.quality import reactions  # noqa: F401 - needs loaded apps
