"""Room: model_experts."""

from django.apps import AppConfig


class ModelExpertsConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.model_experts"
