"""Two clients' engagements, each from judgment to invoice, on an API client."""

from types import SimpleNamespace

import pytest

from peritus.accounts.models import Role
from peritus.billing.models import InvoiceLine
from tests.factories import accounts, billing, engagements, quality, work


def whole_engagement(name):
    """Return an engagement with a certified, billed lot; every title carries the name."""
    house = accounts.organisation(name=f"{name} client")
    people = {
        str(role): accounts.member(role, organisation=house if role == Role.CLIENT else None)
        for role in Role
    }
    engagement = engagements.engagement(
        organisation=house,
        manager=people["manager"],
        quality_lead=people["quality"],
        title=f"{name} engagement",
        code=name.lower(),
        honesty=["This is made up."],
    )
    lot = engagements.lot(engagement=engagement, title=f"{name} lot")
    for number in range(3):
        item = engagements.item(lot=lot, key=f"{name}-{number}", title=f"{name} item")
        given = work.judgment(slot=work.slot(item=item), answers={"question": "yes"})
        quality.decision(item=item, judgments=[str(given.uid)])
    freeze = quality.freeze(lot=lot)
    quality.freeze_plan(freeze=freeze)
    quality.draw(freeze=freeze)
    for _ in range(3):
        quality.audit(freeze=freeze, differs=False)
    certificate = quality.certificate(freeze=freeze)
    billing.invoice_line(freeze=freeze)
    line = InvoiceLine.objects.get(freeze=freeze)
    return SimpleNamespace(
        people=people, engagement=engagement, lot=lot, freeze=freeze, certificate=certificate,
        line=line, invoice=line.invoice, house=house,
    )  # fmt: skip


@pytest.fixture
def ours(db):
    return whole_engagement("Heron")


@pytest.fixture
def theirs(db):
    return whole_engagement("Nightjar")


def readings(scene):
    """Return the address of everything that can be read of an engagement."""
    return [
        f"/api/engagements/{scene.engagement.code}/lots",
        f"/api/engagements/{scene.engagement.uid}/lots",
        f"/api/lots/{scene.lot.uid}",
        f"/api/freezes/{scene.freeze.uid}/decisions",
        f"/api/certificates/{scene.certificate.number}",
        f"/api/invoices/{scene.invoice.number}",
    ]
