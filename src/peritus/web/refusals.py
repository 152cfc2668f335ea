"""Pages that say what was refused, why, and who can change it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

log = logging.getLogger("peritus.web")


def denied(request: HttpRequest, rule: str) -> HttpResponse:
    """Say which rule refuses."""
    return render(request, "refusals/403.html", {"rule": rule}, status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Say that nothing is here; the same for what is hidden and what never was."""
    return render(request, "refusals/404.html", status=HTTPStatus.NOT_FOUND)


def in_the_way(
    request: HttpRequest, blockers: Sequence[str], status: HTTPStatus = HTTPStatus.CONFLICT
) -> HttpResponse:
    """List everything that stands in the way."""
    found = {"blockers": list(blockers), "back": request.headers.get("Referer", "")}
    return render(request, "refusals/409.html", found, status=status)


def failed(request: HttpRequest) -> HttpResponse:
    """Say that we failed, what is safe, and under which reference it was written down."""
    reference = secrets.token_hex(4)
    said = "page failed, reference %s: %s %s"
    # Django calls this while it handles the exception, so there is one to show.
    log.error(said, reference, request.method, request.path, exc_info=True)  # noqa: LOG014
    text = render_to_string("refusals/500.html", {"reference": reference})
    return HttpResponse(text, status=HTTPStatus.INTERNAL_SERVER_ERROR)
