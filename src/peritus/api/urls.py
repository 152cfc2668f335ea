"""Addresses of the API, whole; the workspace puts them beside its own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path, re_path

import peritus
from peritus.api.refusals import HANDLERS, Api, not_found
from peritus.api.roles import CALLERS, SessionOfCaller, TokenOfCaller
from peritus.api.routes import router

api = Api(
    title="Peritus",
    version=peritus.__version__,
    description="Read what you may see, lease slots and submit judgments. Bring a "
    "token, made in the workspace under “Sign-in and security”, as Authorization: Bearer; or sign "
    "in as in the workspace, where a write brings the session's CSRF token as X-CSRFToken. Shares "
    "are 0 to 1, money is text, times carry their zone.",
    docs_url=None,  # its page needs a third party's script
    openapi_url=None,  # served below, under a name that stands in the table of roles
    auth=[TokenOfCaller(), SessionOfCaller()],
    urls_namespace="peritus-api",
)
for kind, handler in HANDLERS.items():
    api.add_exception_handler(kind, handler)
api.add_router("/api", router)


def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Return the schema of the API."""
    return JsonResponse(api.get_openapi_schema())


def unknown(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001 - Django passes it
    """Refuse an address that is none, in the shape of every refusal."""
    return not_found(request, LookupError(request.path))


urlpatterns = [
    *(call for call in api.urls[0] if getattr(call, "name", "") in CALLERS),  # not ninja's root
    path("api/openapi.json", openapi, name="api_openapi"),
    re_path("^api/(?P<rest>.*)$", unknown, name="api_unknown"),
]
