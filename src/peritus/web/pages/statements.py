"""A certificate in the hands of anybody: its signed line read, and whether it stands."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from peritus.delivery.codes import drawn
from peritus.delivery.statements import Statement, opened_statement, statement_of
from peritus.journal.models import SigningKey
from peritus.journal.sight import seeing_everything
from peritus.quality.models import Certificate
from peritus.quality.touching import suspension_of

TEXT = "s"  # name in the address, short for the code


def code_of(request: HttpRequest, certificate: Certificate) -> dict[str, str]:
    """Return a certificate's statement, the address that checks it, and its QR code as SVG."""
    text = statement_of(certificate)
    address = request.build_absolute_uri(f"{reverse('check_certificate')}?{TEXT}={text}")
    return {"text": text, "address": address, "svg": _drawn(address, certificate.number)}


@lru_cache(maxsize=256)
def _drawn(address: str, number: str) -> str:
    """Draw a code, once for each address: it takes longer than the rest of the page."""
    return drawn(address, f"QR code of certificate {number}", error="l")


@require_safe
def check_certificate(request: HttpRequest) -> HttpResponse:
    """Check a statement for whoever holds it; it shows nothing that the text does not say."""
    text = request.GET.get(TEXT, "")
    context: dict[str, object] = {"text": text}
    if text:
        opened = opened_statement(text)
        context |= {"opened": opened, "standing": _standing(opened)}
        if opened.said:
            context["signed_at"] = datetime.fromisoformat(opened.said["signed_at"])
    return render(request, "public/statement.html", context)


def _standing(opened: Statement) -> tuple[str, str]:
    """Return tone and words of what this installation knows of a statement."""
    if fault := opened.fault or _fault_of_key(opened.said["key"]):
        return "bad", fault
    with seeing_everything():  # whoever holds the text is nobody here, and names what they hold
        return _standing_of(opened)


def _standing_of(opened: Statement) -> tuple[str, str]:
    certificates = Certificate.objects.filter(number=opened.said["number"])
    found = certificates.filter(freeze__digest=opened.said["freeze"]).first()
    if found is None:
        return "bad", "This installation knows no such certificate."
    if suspension := suspension_of(found.freeze):
        when = f"{suspension.suspended_at:%Y-%m-%d}"
        return "warn", f"Suspended since {when}: a guideline changed; nothing is claimed for now."
    later = found.freeze.lot.freezes.filter(number__gt=found.freeze.number)
    if later.filter(certificate__isnull=False).exists():
        return "warn", "Replaced: the lot was frozen and certified anew since."
    return "good", "It stands, as it was signed."


def _fault_of_key(public: str) -> str:
    key = SigningKey.objects.filter(public=public).first()
    if key is None:
        return "Signed by a key that is not this installation's: ask whoever gave it to you."
    if key.revoked_at:
        return f"Its key was revoked on {key.revoked_at:%Y-%m-%d}: {key.revoked_because}"
    return ""
