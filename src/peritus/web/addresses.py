"""From where a request came."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the address of the browser, as the outermost proxy of our own saw it.

    Each proxy appends whom it heard; what stands further left anybody can write.
    """
    seen = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
    heard = [*filter(None, seen), str(request.META.get("REMOTE_ADDR", ""))]
    return heard[max(-1 - settings.PROXIES, -len(heard))]
