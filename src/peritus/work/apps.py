"""Room: work."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.work"
