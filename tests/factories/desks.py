"""A lot with items that wait on somebody's workbench, and the provider's quiz."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from peritus.accounts.models import Role
from peritus.accounts.queries import engine
from peritus.bench.models import Expert
from peritus.catalogue.packs import Attachment, ItemContent
from peritus.catalogue.registry import pack_named
from peritus.engagements.models import Engagement, Item, Lot
from peritus.engagements.verbs import keep_content
from peritus.work.models import Slot
from peritus.work.verbs import lease_next_slot, submit_judgment
from tests.factories import accounts, bench, engagements, quality, work

TEXT = "\n\n".join(
    f"{n}. Redistribution and use in source and binary forms, with or without modification,\n"
    "are permitted provided that the following conditions are met by whoever distributes\n"
    "the work or anything that is based on the work."
    for n in range(1, 40)
)
GUIDELINE = """# Compatibility

## Scope
Say whether a component may go in.

## The question
Answer *yes* when both licences can be kept.

- **Inbound**: the component's licence.
- **Outbound**: the product's licence.

## Silence
Skip what the guideline does not settle.
"""


def person_on_bench(role: Role = Role.EXPERT, **changes: Any) -> Expert:
    """Return an expert whose user may open the workbench."""
    user = accounts.member(role, **changes)
    return bench.expert(user=user, name=user.name)


def asked_lot(size: int = 3, *, texts: bool = True, **changes: Any) -> Lot:
    """Return a lot of licence pairs with a published guideline and one question."""
    course: Engagement = engagements.engagement(
        title="Licences of a product", honesty=["Not legal advice."], **changes
    )
    version = engagements.guideline_version(
        engagement=course, title="Licence compatibility", text=GUIDELINE
    )
    engagements.question(
        guideline_version=version,
        code="compatible",
        text="May a component under the inbound licence go into the product?",
        options=[["yes", "Yes, it may"], ["no", "No, it may not"]],
    )
    lot = engagements.lot(engagement=course, title="Weak copyleft")
    for n in range(1, size + 1):
        _pair(lot, n, texts=texts)
    return lot


def _pair(lot: Lot, n: int, *, texts: bool) -> Item:
    title = f"MPL-2.{n} into MIT"
    content = ItemContent(
        title,
        (("Inbound licence (component)", f"MPL-2.{n}"), ("Outbound licence (product)", "MIT")),
        (Attachment(f"MPL-2.{n}", TEXT), Attachment("MIT", TEXT)) if texts else (),
    )
    return engagements.item(
        lot=lot,
        uid=UUID(int=accounts.number()),  # rising: items are served in the order of their uids
        key=f"{lot.code}-{n}",
        title=title,
        content=keep_content(lot.organisation_id, content),
    )


def slots_for(lot: Lot, expert: Expert | None, purpose: str = Slot.Purpose.FIRST) -> list[Slot]:
    """Open a slot of that purpose on every item of a lot."""
    return [
        work.slot(item=item, purpose=purpose, reserved_for=expert)
        for item in lot.items.order_by("key")
    ]


def answered_by(expert: Expert, lot: Lot, answer: str, reason: str = "") -> None:
    """Let an expert answer every item of a lot through the verbs."""
    for slot in slots_for(lot, expert):
        held = lease_next_slot(lot_id=lot.pk, by=expert.user, key=f"lease:{slot.uid}")
        submit_judgment(
            held.pk,
            held.fence,
            {"compatible": answer},
            reason=reason,
            by=expert.user,
            key=f"answer:{slot.uid}",
        )


def training_lot() -> Lot:
    """Return the provider's onboarding quiz with its known answers."""
    engine()  # reactions act in its name
    pack = pack_named("kpo_quiz")
    course = engagements.engagement(organisation=accounts.provider(), title="Training")
    version = engagements.guideline_version(engagement=course, text=pack.guideline.text)
    spec = pack.questions[0]
    engagements.question(
        guideline_version=version,
        code=spec.code,
        text=spec.text,
        options=[[each.code, each.label] for each in spec.options],
        section=spec.section,
    )
    lot = engagements.lot(engagement=course, title=pack.title)
    for row in pack.item_rows() if pack.item_rows else []:
        content = pack.items.content(row)
        item = engagements.item(
            lot=lot,
            key=row["key"],
            title=content.title,
            fields=row,
            content=keep_content(lot.organisation_id, content),
        )
        answer = pack.qualification.key[row["key"]] if pack.qualification else ""
        quality.gold(item=item, question=spec.code, answer=answer, weighs=True)
    return lot
