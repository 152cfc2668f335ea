"""Room: bench."""

from django.apps import AppConfig


class BenchConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.bench"
