"""The provider's own training engagement: its tests are lots like any other."""

from __future__ import annotations

from peritus.accounts.models import Organisation, User
from peritus.catalogue.packs import GoldAnswer
from peritus.catalogue.qualifications import QualificationSpec
from peritus.catalogue.registry import pack_named
from peritus.engagements.models import Lot
from peritus.engagements.verbs import open_engagement, open_lot, publish_pack_guideline
from peritus.quality.verbs import record_gold
from peritus.simulation.published import import_rows

PACK, LOT = "kpo_quiz", "onboarding"


def open_training(provider: Organisation, people: dict[str, User]) -> Lot:
    """Open the training engagement with the onboarding quiz; a repeat changes nothing."""
    manager, pack = people["manager"], pack_named(PACK)
    engagement = open_engagement(
        provider.pk,
        "training",
        title="Training of our experts",
        pack=PACK,
        manager_id=manager.pk,
        quality_lead_id=people["quality"].pk,
        by=manager,
        key="training:open",
    )
    publish_pack_guideline(engagement.pk, by=manager, key="training:guideline")
    lot = open_lot(engagement.pk, LOT, title=pack.title, by=manager, key="training:lot")
    rows = pack.item_rows() if pack.item_rows else []
    import_rows(engagement, rows, name="quiz", by=manager, key="training:items")
    if pack.qualification:
        gold = _answer_key(pack.qualification, pack.questions[0].code)
        record_gold(engagement.pk, gold, weighs=True, by=manager, key="training:gold")
    return lot


def _answer_key(spec: QualificationSpec, question: str) -> list[GoldAnswer]:
    return [
        GoldAnswer(key, question, answer, spec.explanations[key], direct=True)
        for key, answer in spec.key.items()
    ]
