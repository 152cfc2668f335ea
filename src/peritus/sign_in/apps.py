"""Room: sign_in."""

from django.apps import AppConfig


class SignInConfig(AppConfig):
    """The room as Django loads it."""

    name = "peritus.sign_in"
