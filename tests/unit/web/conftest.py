"""One engagement from judgment to invoice, and somebody for each role in it."""

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from peritus.accounts.models import Organisation, Role
from peritus.bench.models import Expert
from peritus.billing.models import InvoiceLine
from peritus.work.models import Slot
from tests.factories import accounts, bench, billing, engagements, privacy, quality, work

SECRET = "Project Nightjar"  # stands in titles that nobody else may read


def people_of(client: Organisation):
    """Return one person for each role; all but the client's work at the provider."""
    return {
        str(role): accounts.member(role, organisation=client if role == Role.CLIENT else None)
        for role in Role
    }


def judged_item(lot, answers=("yes", "yes"), **changes):
    """Return an item with judgments by published sources, and its decision."""
    item = engagements.item(lot=lot, **changes)
    sources = [
        bench.expert(kind=Expert.Kind.SOURCE, name=f"Source of {item.key} {n}") for n in (1, 2)
    ]
    judgments = [
        work.judgment(
            slot=work.slot(item=item, purpose=Slot.Purpose.FIRST),
            expert=source,
            answers={"question": answer},
            reason=f"Because of clause {place}.",
        )
        for place, (source, answer) in enumerate(zip(sources, answers, strict=True))
    ]
    quality.decision(item=item, judgments=[str(each.uid) for each in judgments])
    return item


def certified_lot(engagement, people, *, size=2, differing=()):
    """Return a lot that was frozen, audited to the last item, signed and billed."""
    lot = engagements.lot(engagement=engagement, title=f"{SECRET} lot")
    for _ in range(size):
        judged_item(lot, title=f"{SECRET} item")
    freeze = quality.freeze(lot=lot)
    quality.freeze_plan(freeze=freeze)
    quality.draw(freeze=freeze)
    for place in range(size):
        quality.audit(freeze=freeze, differs=place in differing)
    if not differing:
        quality.certificate(freeze=freeze)
    billing.invoice_line(freeze=freeze)
    return lot


def whole_engagement(**changes):
    """Return everything of one engagement: people, lots, papers, money."""
    client = accounts.organisation(name=f"{SECRET} client")
    people = people_of(client)
    engagement = engagements.engagement(
        organisation=client, manager=people["manager"], quality_lead=people["quality"],
        title=f"{SECRET} engagement", honesty=["This is made up.", "It proves nothing."], **changes,
    )  # fmt: skip
    version = engagements.guideline_version(engagement=engagement)
    engagements.question(guideline_version=version, code="question")
    quality.quality_plan(engagement=engagement)
    billing.agreed_terms(engagement=engagement)
    billing.baseline(engagement=engagement)
    lot = certified_lot(engagement, people)
    red = certified_lot(engagement, people, differing=(0,))
    inquiry = work.inquiry(engagement=engagement, owner=people["client"], title=f"{SECRET} doubt")
    work.inquiry_item(inquiry=inquiry, item=lot.items.first())
    engagements.party(engagement=engagement, name=f"{SECRET} party")
    privacy.hold(engagement=engagement, reason=f"{SECRET} dispute", placed_by=people["client"])
    return SimpleNamespace(
        client=client, people=people, engagement=engagement, version=version, lot=lot, red=red,
        item=lot.items.first(), freeze=lot.freezes.get(), certificate=lot.freezes.get().certificate,
        line=InvoiceLine.objects.get(freeze__lot=lot), inquiry=inquiry,
        proposal=quality.guideline_proposal(replaces=version, title=f"{SECRET} change"),
        staffing=work.staffing(lot=lot, pairs=[["nobody", "item"]]),
    )  # fmt: skip


def queries_of(client, address, *arguments):
    """Return how many queries a page takes; the second time, when all is warm."""
    client.get(reverse(address, args=arguments))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse(address, args=arguments))
    assert page.status_code == 200
    return len(queries)


@pytest.fixture
def scene(db):
    """The whole engagement."""
    return whole_engagement()
