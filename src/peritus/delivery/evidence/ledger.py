"""The entries of the ledger that concern a frozen lot."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from peritus.billing.models import InvoiceLine, Posting
from peritus.delivery.frozen import FreezeFacts
from peritus.quality.annexes import shown_name
from peritus.quality.models import Acceptance, Audit, Certificate
from peritus.work.models import Judgment


def ledger(facts: FreezeFacts) -> dict[str, object]:
    """Return the entries caused by the lot's judgments, audits, freeze and bill."""
    entries: dict[str, dict[str, object]] = {}
    for posting in _postings(facts):
        entry = entries.setdefault(str(posting.entry), _entry(posting))
        sides: list[dict[str, object]] = entry["sides"]  # type: ignore[assignment]
        sides.append(_side(facts, posting))
    return {"entries": list(entries.values())}


def _postings(facts: FreezeFacts) -> QuerySet[Posting]:
    """Return whole entries, also the sides whose fact lies elsewhere."""
    freeze = facts.freeze
    caused = Q(fact_uid__in=[freeze.uid, freeze.lot.uid])
    for rows in (
        Judgment.objects.filter(item__lot=freeze.lot),
        Audit.objects.filter(freeze=freeze),
        Certificate.objects.filter(freeze=freeze),
        Acceptance.objects.filter(freeze=freeze),
        InvoiceLine.objects.filter(freeze=freeze),
    ):
        caused |= Q(fact_uid__in=rows.values("uid"))
    here = Posting.objects.filter(
        organisation=freeze.organisation_id, engagement=freeze.engagement_id
    )
    # Two queries: in one, PostgreSQL compares every posting with every other under its policy.
    own = here.filter(caused).order_by().values_list("entry", flat=True)
    whole = here.filter(entry__in=list(own.distinct()))
    return whole.select_related("expert").order_by("entry", "account", "uid")


def _entry(posting: Posting) -> dict[str, object]:
    return {
        "entry": posting.entry,
        "fact": {"type": posting.fact_type, "uid": posting.fact_uid},
        "posted_at": posting.posted_at,
        "sides": [],
    }


def _side(facts: FreezeFacts, posting: Posting) -> dict[str, object]:
    expert = posting.expert
    return {
        "account": posting.account,
        "amount": posting.amount,
        "currency": posting.currency,
        "expert": shown_name(facts.engagement, expert) if expert else None,
        "memo": posting.memo,
    }
