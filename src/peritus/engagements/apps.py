"""Room: engagements."""

from django.apps import AppConfig


class EngagementsConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.engagements"
