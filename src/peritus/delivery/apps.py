"""Room: delivery."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.delivery"
