"""Room: web."""

from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class WebConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.web"

    def ready(self) -> None:
        """Make the folder of collected files: WhiteNoise warns where there is none."""
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
