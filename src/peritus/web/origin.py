"""From where a request came, and by which browser."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the address of the browser, as the outermost proxy of our own saw it.

    Each proxy appends whom it heard; what stands further left anybody can write.
    """
    seen = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
    heard = [*filter(None, seen), str(request.META.get("REMOTE_ADDR", ""))]
    return heard[max(-1 - settings.PROXIES, -len(heard))]


# In this order: most browsers name those before them too.
_BROWSERS: Final = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS: Final = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Mac OS X", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(request: HttpRequest) -> str:
    """Return browser and system in two words, as a person would know them again."""
    said = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in said), "Another browser")
    system = next((f" on {name}" for mark, name in _SYSTEMS if mark in said), "")
    return browser + system
