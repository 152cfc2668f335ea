"""Room: notices."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.notices"
