"""Room: api."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.api"
