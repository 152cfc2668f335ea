"""Engagements and what is in them; parents of one client share its organisation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from peritus.accounts.models import Organisation
from peritus.catalogue.packs import ItemContent
from peritus.engagements.models import (
    Engagement,
    GuidelineVersion,
    Item,
    Lot,
    Party,
    Question,
    Restriction,
    RosterEntry,
    RosterStep,
    Wall,
)
from peritus.engagements.verbs import keep_content
from peritus.journal.canonical import sha256
from tests.factories.accounts import number, organisation, uid, user
from tests.factories.bench import expert

START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def engagement(**changes: Any) -> Engagement:
    n = number()
    given = {
        "uid": uid(),
        "code": f"engagement-{n}",
        "title": f"Engagement {n}",
        "pack": "kpo_quiz",
        "opened_at": START,
    } | changes
    given["organisation"] = given.get("organisation") or organisation()
    given["manager"] = given.get("manager") or user()
    given["quality_lead"] = given.get("quality_lead") or user()
    return Engagement.objects.create(**given)


def _in_engagement(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with an engagement, and the client that it is with."""
    client: Organisation | None = changes.pop("organisation", None)
    parent = changes.pop("engagement", None) or engagement(organisation=client)
    owner = client or parent.organisation
    return {"uid": uid(), "engagement": parent, "organisation": owner} | changes


def party(**changes: Any) -> Party:
    return Party.objects.create(**{"name": f"Party {number()}"} | _in_engagement(changes))


def wall(**changes: Any) -> Wall:
    given = {"reason": "Advises a competitor.", "raised_at": START} | _in_engagement(changes)
    given["expert"] = given.get("expert") or expert()
    return Wall.objects.create(**given)


def roster_entry(**changes: Any) -> RosterEntry:
    """Return an entry on which everything is still missing."""
    given = {"entered_at": START} | _in_engagement(changes)
    given["expert"] = given.get("expert") or expert()
    return RosterEntry.objects.create(**given)


def roster_step(entry: RosterEntry, step: str, **changes: Any) -> RosterStep:
    given = {
        "uid": uid(),
        "organisation": entry.organisation,
        "engagement": entry.engagement,
        "reference": "Ada Quill",
        "recorded_by": entry.expert.user,
        "recorded_at": START,
    }
    return RosterStep.objects.create(entry=entry, step=step, **given | changes)


def restriction(**changes: Any) -> Restriction:
    given = {
        "kind": Restriction.Kind.LOCATION,
        "only": "DE",
        "basis": "Data processing agreement, clause 4",
        "reason": "Personal data stays in the country.",
        "set_at": START,
    }
    return Restriction.objects.create(**given | _in_engagement(changes))


def guideline_version(**changes: Any) -> GuidelineVersion:
    given = {"text": "## The question\n\nRead the item, then answer."} | _in_engagement(changes)
    given.setdefault("number", given["engagement"].guideline_versions.count() + 1)
    given.setdefault("title", f"Guideline {given['number']}")
    given.setdefault("digest", sha256(given["text"].encode()))
    given.setdefault("published_at", START)
    return GuidelineVersion.objects.create(**given)


def question(**changes: Any) -> Question:
    """Return a yes-or-no question, the next of its guideline version."""
    client: Organisation | None = changes.pop("organisation", None)
    version = changes.pop("guideline_version", None) or guideline_version(organisation=client)
    n = number()
    given = {
        "uid": uid(),
        "organisation": client or version.organisation,
        "guideline_version": version,
        "place": version.questions.count() + 1,
        "code": f"question-{n}",
        "kind": "choice",
        "text": f"Does statement {n} hold?",
        "options": [["yes", "Yes"], ["no", "No"]],
        "section": "The question",
    }
    return Question.objects.create(**given | changes)


def lot(**changes: Any) -> Lot:
    n = number()
    given = {"code": f"lot-{n}", "title": f"Lot {n}"} | _in_engagement(changes)
    given.setdefault("place", given["engagement"].lots.count() + 1)
    return Lot.objects.create(**given)


def item(**changes: Any) -> Item:
    """Return an item whose content is stored, so that it can be read back."""
    client: Organisation | None = changes.pop("organisation", None)
    course: Engagement | None = changes.pop("engagement", None)
    parent = changes.pop("lot", None) or lot(organisation=client, engagement=course)
    n = number()
    given = {
        "uid": uid(),
        "organisation": client or parent.organisation,
        "engagement": course or parent.engagement,
        "lot": parent,
        "key": f"item-{n}",
        "title": f"Item {n}",
    } | changes
    given.setdefault("fields", {"key": given["key"], "text": given["title"]})
    if "content" not in given:
        content = ItemContent(given["title"], (("Text", given["title"]),))
        given["content"] = keep_content(given["organisation"].pk, content)
    return Item.objects.create(**given)
