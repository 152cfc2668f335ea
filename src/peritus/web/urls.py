"""Addresses of the workspace."""

urlpatterns: list = []
