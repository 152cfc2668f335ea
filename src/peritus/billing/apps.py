"""Room: billing."""

from django.apps import AppConfig


class BillingConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.billing"
