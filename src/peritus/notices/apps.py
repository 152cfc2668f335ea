"""Room: notices."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.notices"

    def ready(self) -> None:
        """Subscribe to events of the rooms below."""
        from peritus.notices import reactions  # noqa: F401 - needs loaded apps
