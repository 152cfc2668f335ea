"""Room: work."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.work"

    def ready(self) -> None:
        """Subscribe to events of the rooms below."""
        from peritus.work import reactions  # noqa: F401 - needs loaded apps
