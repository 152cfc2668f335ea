"""Room: journal."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class JournalConfig(AppConfig):
    """Put the append-only triggers back after each migration; tell transactions what they see."""

    name = "peritus.journal"

    def ready(self) -> None:
        """Listen for migrations: an altered table on SQLite loses its triggers."""
        from peritus.journal.sight import tell_each_transaction  # needs loaded apps
        from peritus.journal.triggers import install_triggers  # needs loaded apps

        post_migrate.connect(install_triggers, sender=self)
        connection_created.connect(tell_each_transaction)
