"""Room: privacy."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.privacy"
