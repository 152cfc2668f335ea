"""One shape for every refusal, and the statuses that the schema promises."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from peritus.api.roles import SCOPES, TokenOfCaller
from peritus.api.schemas import Refusal
from peritus.journal.errors import Blocked, KeyUsedDifferently, NotAllowed
from peritus.work.errors import AnswersRefused, LeaseLost

log = logging.getLogger("peritus.api")

NOT_FOUND = "Nothing is here, or nothing that you may see."
SIGN_IN = "Sign in first: the API wants a token, or the session of the workspace."
FAILED = "We failed; what was asked was not done. Ask with the reference."


def refusal(
    status: HTTPStatus, error: str, *, rule: str = "", blockers: Sequence[str] = ()
) -> JsonResponse:
    """Return the one shape in which nothing is done."""
    reference = secrets.token_hex(4)
    log.info("refused, reference %s: %s %s", reference, status.value, error)
    said: dict[str, object] = {"error": error, "reference": reference}
    if rule:
        said["rule"] = rule
    if blockers:
        said["blockers"] = list(blockers)
    return JsonResponse(said, status=status)


def not_allowed(_request: HttpRequest, error: NotAllowed) -> HttpResponse:
    """Say which rule refuses."""
    return refusal(HTTPStatus.FORBIDDEN, str(error), rule=str(error))


def not_found(_request: HttpRequest, _error: Exception) -> HttpResponse:
    """Say the same for what is hidden and what never was."""
    return refusal(HTTPStatus.NOT_FOUND, NOT_FOUND)


def in_the_way(_request: HttpRequest, error: Blocked) -> HttpResponse:
    """List everything that stands in the way."""
    return refusal(HTTPStatus.CONFLICT, str(error), blockers=error.blockers)


def answers_refused(_request: HttpRequest, error: AnswersRefused) -> HttpResponse:
    """List every answer that does not fit its question."""
    return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), blockers=error.blockers)


def too_late(_request: HttpRequest, error: LeaseLost | KeyUsedDifferently) -> HttpResponse:
    """Say that the lease or the key stands for something else by now."""
    return refusal(HTTPStatus.CONFLICT, str(error), blockers=[str(error)])


def does_not_fit(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Say where what was sent is not what the schema wants."""
    blockers = [
        f"{'.'.join(str(step) for step in each['loc'][1:])}: {each['msg']}" for each in error.errors
    ]
    return refusal(HTTPStatus.UNPROCESSABLE_ENTITY, " ".join(blockers), blockers=blockers)


def sign_in_first(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    """Say that nobody is signed in."""
    return refusal(HTTPStatus.UNAUTHORIZED, SIGN_IN)


def malformed(_request: HttpRequest, error: HttpError) -> HttpResponse:
    """Say what is wrong with the request itself: its body, or its CSRF token."""
    status = HTTPStatus(error.status_code)
    if status == HTTPStatus.FORBIDDEN:
        return refusal(status, str(error), rule="A write brings the CSRF token of its session.")
    return refusal(status, str(error), blockers=[str(error)])


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say that we failed, and under which reference it was written down."""
    reference = secrets.token_hex(4)
    log.error("call failed, reference %s: %s", reference, request.path, exc_info=error)
    said = {"error": FAILED, "reference": reference}
    return JsonResponse(said, status=HTTPStatus.INTERNAL_SERVER_ERROR)


HANDLERS: dict[type[Exception], Any] = {
    NotAllowed: not_allowed,
    ObjectDoesNotExist: not_found,
    Http404: not_found,
    Blocked: in_the_way,
    AnswersRefused: answers_refused,
    LeaseLost: too_late,
    KeyUsedDifferently: too_late,
    ValidationError: does_not_fit,
    AuthenticationError: sign_in_first,
    HttpError: malformed,
    Exception: failed,
}

ALWAYS = (401, 403, 500)
WHERE_NAMED = (404, 422)  # a path or query names something
WHEN_WRITING = (400, 404, 409, 413, 422)


class Api(NinjaAPI):
    """The API, whose schema names its refusals too."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """Return the schema with every status in which a call can be refused."""
        schema = super().get_openapi_schema(path_prefix=path_prefix or "", path_params=path_params)
        for calls in schema["paths"].values():
            for method, call in calls.items():
                _name_scope(call)
                for status in refusals_of(method, call):
                    call["responses"].setdefault(status, REFUSED)
        schema["components"]["schemas"]["Refusal"] = Refusal.model_json_schema()
        return schema


def _name_scope(call: dict[str, Any]) -> None:
    """Say in a call's schema what a token must be for (OpenAPI 3.1, security requirement)."""
    for way in call["security"]:
        if TokenOfCaller.__name__ in way:
            address = call["operationId"].replace("peritus_api_routes", "api")
            way[TokenOfCaller.__name__] = [str(SCOPES[address])]


REFUSED = {
    "description": "Refused: nothing was done.",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
}


def refusals_of(method: str, call: dict[str, Any]) -> list[int]:
    """Return the statuses in which a call can be refused."""
    named = WHERE_NAMED if call["parameters"] else ()
    writing = WHEN_WRITING if method == "post" else ()
    return sorted({*ALWAYS, *named, *writing})
