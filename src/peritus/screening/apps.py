"""Room: screening."""

from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.screening"
