"""Room: accounts."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    """Gather the rules of all rooms; put policies on tables of client data."""

    name = "peritus.accounts"

    def ready(self) -> None:
        """Read the rules of every room, so that the one table of them is whole.

        Listen for migrations, whichever room's: a new table needs its policy.
        """
        from peritus.accounts.policies import install_policies  # needs loaded apps

        autodiscover_modules("rules")
        post_migrate.connect(install_policies, sender=self)
