"""Room: web."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.web"
