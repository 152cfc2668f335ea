"""Room: accounts."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.accounts"
