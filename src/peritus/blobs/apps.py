"""Room: blobs."""

from django.apps import AppConfig


class BlobsConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.blobs"
