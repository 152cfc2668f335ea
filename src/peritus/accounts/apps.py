"""Room: accounts."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.accounts"

    def ready(self) -> None:
        """Read the rules of every room, so that the one table of them is whole."""
        autodiscover_modules("rules")
