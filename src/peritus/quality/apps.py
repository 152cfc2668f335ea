"""Room: quality."""

from django.apps import AppConfig


class QualityConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.quality"
