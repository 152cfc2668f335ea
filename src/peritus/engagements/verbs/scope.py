"""Open engagements, publish guidelines, add items: what is asked of whom about what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from peritus.accounts.models import User
from peritus.blobs.store import keep
from peritus.catalogue.identity import uid_of
from peritus.catalogue.packs import GuidelineSpec, ItemContent
from peritus.catalogue.registry import pack_named
from peritus.engagements.errors import EngagementNotOpened, ItemsRefused, LotRefused
from peritus.engagements.models import Engagement, GuidelineVersion, Item, Lot, Question
from peritus.engagements.queries import engagements_seen_by, lots_seen_by, pack_of
from peritus.engagements.rules import MANAGE, OPEN_ENGAGEMENT
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import canonical, digest, sha256
from peritus.journal.clock import now

MOST_ROWS = 10_000


@verb
def open_engagement(
    organisation_id: int,
    code: str,
    *,
    title: str,
    pack: str,
    manager_id: int,
    quality_lead_id: int,
    honesty: Sequence[str] = (),
    specimen: bool = False,
    by: User,
    key: str,
) -> Engagement:
    """Open an engagement with a client on a pack, before anything is agreed.

    ``honesty`` are lines that every page and file of it carries.
    """
    OPEN_ENGAGEMENT.require(by)
    if earlier := earlier_result():
        return earlier
    if manager_id == quality_lead_id:
        raise EngagementNotOpened(["Manager and quality lead must be two people."])
    engagement = Engagement(
        organisation_id=organisation_id,
        code=code,
        title=title,
        pack=pack,
        manager_id=manager_id,
        quality_lead_id=quality_lead_id,
        honesty=list(honesty),
        specimen=specimen,
        required_qualification=pack_named(pack).requires_qualification,
        opened_at=now(),
    )
    engagement.uid = uid_of(engagement.organisation.uid, code)
    engagement.save(force_insert=True)
    record("engagement.opened", about=engagement, engagement=engagement, data={"pack": pack})
    return engagement


@verb
def publish_guideline(
    engagement_id: int, text: str, *, title: str, by: User, key: str
) -> GuidelineVersion:
    """Publish the next guideline version with the pack's questions.

    Versions are immutable: a change is the next version.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    number = engagement.guideline_versions.count() + 1
    version = GuidelineVersion.objects.create(
        uid=uid_of(engagement.uid, "guideline", number),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        number=number,
        title=title,
        text=text,
        digest=sha256(text.encode()),
        published_at=now(),
    )
    _ask_questions(version)
    record(
        "guideline.published",
        about=version,
        engagement=engagement,
        data={"number": number, "digest": version.digest},
    )
    return version


def _ask_questions(version: GuidelineVersion) -> None:
    for place, spec in enumerate(pack_of(version.engagement).questions, start=1):
        Question.objects.create(
            uid=uid_of(version.uid, "question", spec.code),
            organisation_id=version.organisation_id,
            guideline_version=version,
            place=place,
            code=spec.code,
            kind=spec.kind,
            text=spec.text,
            options=[[option.code, option.label] for option in spec.options],
            section=spec.section,
        )


@verb
def publish_pack_guideline(engagement_id: int, *, by: User, key: str) -> GuidelineVersion:
    """Publish the pack's own guideline text as the next version."""
    engagement = engagements_seen_by(by).get(pk=engagement_id)
    spec: GuidelineSpec = pack_of(engagement).guideline
    return publish_guideline(engagement_id, spec.text, title=spec.title, by=by, key=key)


@verb
def open_lot(engagement_id: int, code: str, *, title: str, by: User, key: str) -> Lot:
    """Open a lot: items that will be delivered together."""
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    lot = Lot.objects.create(
        uid=uid_of(engagement.uid, "lot", code),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        code=code,
        title=title,
        place=engagement.lots.count() + 1,
    )
    record("lot.opened", about=lot, engagement=engagement, subject=lot.uid)
    return lot


@verb
def set_due(lot_id: int, due_on: date | None, *, by: User, key: str) -> Lot:
    """Say on which day a lot is to be judged at the latest, or that no day is agreed.

    Raises LotRefused for a day that is over.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    MANAGE.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    if due_on is not None and due_on < now().date():
        raise LotRefused([f"{due_on} is over; today is {now().date()}."])
    lot.due_on = due_on
    lot.save(update_fields=["due_on"])
    said = {"due_on": due_on}
    record("lot.due_set", about=lot, engagement=lot.engagement, subject=lot.uid, data=said)
    return lot


@verb
def add_items(lot_id: int, rows: Sequence[Mapping[str, str]], *, by: User, key: str) -> Lot:
    """Add checked rows to a lot as items, all or none; one event for all.

    A row has the pack's columns, a ``key`` unique in the engagement and may
    have a ``family``. Raises ItemsRefused for an unchecked or known row.
    """
    lot = lots_seen_by(by).select_for_update(of=("self",)).get(pk=lot_id)
    MANAGE.require(by, lot.engagement)
    if earlier := earlier_result():
        return earlier
    if len(rows) > MOST_ROWS:
        raise ItemsRefused([f"At most {MOST_ROWS} rows at once; {len(rows)} came."])
    if blockers := _row_blockers(lot, rows):
        raise ItemsRefused(blockers[:20])
    items = Item.objects.bulk_create(_item(lot, row) for row in rows)
    record(
        "items.added",
        about=lot,
        engagement=lot.engagement,
        subject=lot.uid,
        data={
            "count": len(items),
            "digest": digest([[item.key, item.content] for item in items]),
        },
    )
    return lot


def _row_blockers(lot: Lot, rows: Sequence[Mapping[str, str]]) -> list[str]:
    shape = pack_of(lot.engagement).items
    known = set(lot.engagement.items.values_list("key", flat=True))
    blockers = []
    for row in rows:
        blockers += shape.blockers(row)
        if row["key"] in known:
            blockers.append(f"Item {row['key']} stands in this engagement already.")
        known.add(row["key"])
    return blockers


def _item(lot: Lot, row: Mapping[str, str]) -> Item:
    content = pack_of(lot.engagement).items.content(row)
    return Item(
        uid=uid_of(lot.engagement.uid, "item", row["key"]),
        organisation_id=lot.organisation_id,
        engagement_id=lot.engagement_id,
        lot=lot,
        key=row["key"],
        title=content.title,
        fields=dict(row),
        family=row.get("family", ""),
        content=keep_content(lot.organisation_id, content),
    )


def keep_content(organisation_id: int, content: ItemContent) -> str:
    """Store an item's content, long texts apart, and return its SHA-256."""
    texts = [
        [text.title, keep(organisation_id, text.text.encode(), "text/plain")]
        for text in content.attachments
    ]
    whole = {"title": content.title, "facts": content.facts, "attachments": texts}
    return keep(organisation_id, canonical(whole), "application/json")
