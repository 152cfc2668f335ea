"""Room: intake."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.intake"
