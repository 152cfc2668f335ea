"""Find engagements and what is in them, as far as a user may see."""

from __future__ import annotations

import json

from django.db.models import Exists, Q, QuerySet

from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.blobs.store import content_of
from peritus.catalogue.kinds import Option
from peritus.catalogue.packs import Attachment, ItemContent, Pack
from peritus.catalogue.registry import pack_named
from peritus.engagements.models import (
    Engagement,
    GuidelineVersion,
    Item,
    Lot,
    Question,
    RosterEntry,
)


def engagements_seen_by(user: User) -> QuerySet[Engagement]:
    """Return the engagements a user works on, buys, or keeps the books of.

    Experts see none here: what they see, they see through a lease.
    """
    if user.is_engine:
        return Engagement.objects.all()
    client_of = Membership.objects.filter(user=user, role=Role.CLIENT).values("organisation")
    keeps_books = Membership.objects.filter(
        user=user, role=Role.FINANCE, organisation__kind=Organisation.Kind.PROVIDER
    )
    return Engagement.objects.filter(
        Q(organisation__in=client_of) | Q(manager=user) | Q(quality_lead=user) | Exists(keeps_books)
    )


def lots_seen_by(user: User) -> QuerySet[Lot]:
    """Return the lots of the engagements that the user sees."""
    return Lot.objects.filter(engagement__in=engagements_seen_by(user))


def items_seen_by(user: User) -> QuerySet[Item]:
    """Return the items of the engagements that the user sees."""
    return Item.objects.filter(engagement__in=engagements_seen_by(user))


def roster_seen_by(user: User) -> QuerySet[RosterEntry]:
    """Return who is on the rosters that a user may look up: one's engagements', and oneself."""
    seen = Q(engagement__in=engagements_seen_by(user)) | Q(expert__user=user)
    return RosterEntry.objects.filter(seen).select_related("expert", "engagement")


def pack_of(engagement: Engagement) -> Pack:
    """Return the pack that the engagement runs on."""
    return pack_named(engagement.pack)


def current_guideline(engagement: Engagement) -> GuidelineVersion:
    """Return the published guideline version with the highest number."""
    return GuidelineVersion.objects.filter(engagement=engagement).latest("number")


def questions_of(version: GuidelineVersion) -> list[Question]:
    """Return the questions of a guideline version in their order."""
    return list(Question.objects.filter(guideline_version=version).order_by("place"))


def questions_in_force(engagement: Engagement) -> QuerySet[Question]:
    """Return what the guideline with the highest number asks; nothing while none is published."""
    latest = engagement.guideline_versions.order_by("-number").values("pk")[:1]
    return Question.objects.filter(guideline_version__in=latest).order_by("place")


def options_of(question: Question) -> tuple[Option, ...]:
    """Return what may be answered, in the order of the keys."""
    return tuple(Option(code, label) for code, label in question.options)


def content_of_item(item: Item) -> ItemContent:
    """Read an item's content, texts included, and check its digests."""
    stored = json.loads(content_of(item.organisation_id, item.content))
    return ItemContent(
        title=stored["title"],
        facts=tuple((name, value) for name, value in stored["facts"]),
        attachments=tuple(
            Attachment(title, content_of(item.organisation_id, sha256).decode())
            for title, sha256 in stored["attachments"]
        ),
    )
