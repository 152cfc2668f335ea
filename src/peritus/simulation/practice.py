"""Leave some slots to a person: a small trial engagement beside the sample."""

from __future__ import annotations

from peritus.engagements.models import Engagement
from peritus.engagements.verbs import open_engagement, open_lot, publish_pack_guideline
from peritus.journal.pump import pump
from peritus.model_experts.answering import answer_waiting_slots
from peritus.model_experts.queries import availability
from peritus.quality.verbs import set_quality_plan
from peritus.simulation.published import import_rows, record_published
from peritus.simulation.sample import SampleRun
from peritus.work.verbs import draft_staffing, publish_staffing

CODE, LOT, PERSON = "trial", "practice", "expert"


def open_practice(run: SampleRun) -> Engagement | None:
    """Open ten items for the person to judge beside one published source.

    Disagreements go to the quality lead, audits to a second person: all the
    pages where people work have something to show.
    """
    rows = run.sample.practice() if run.sample.practice else []
    if not rows:
        return None
    manager, people = run.cast.people["manager"], run.cast.people
    engagement = open_engagement(
        run.cast.client.pk,
        CODE,
        title="Trial lot with you",
        pack=run.pack.name,
        manager_id=manager.pk,
        quality_lead_id=people["quality"].pk,
        honesty=list(run.sample.honesty),
        specimen=True,
        by=manager,
        key="trial:open",
    )
    publish_pack_guideline(engagement.pk, by=manager, key="trial:guideline")
    open_lot(engagement.pk, LOT, title="Ten pairs for you", by=manager, key="trial:lot")
    import_rows(engagement, rows, name="trial", by=manager, key="trial:items")
    plan = run.pack.plan
    set_quality_plan(
        engagement.pk,
        promise=plan.promise,
        confidence=plan.confidence,
        looks=[len(rows)],
        rule=plan.rule,
        measure=plan.measure,
        adjudicator_id=run.cast.experts["quality"].pk,
        auditor_id=run.cast.experts["auditor"].pk,
        by=manager,
        key="trial:plan",
    )
    _staff(run, engagement, [row["key"] for row in rows])
    return engagement


def _staff(run: SampleRun, engagement: Engagement, keys: list[str]) -> None:
    manager = run.cast.people["manager"]
    judges = [each.handle for each in run.sample.experts if each.work == "judge"]
    for handle in judges:
        expert, key = run.cast.experts[handle], f"trial:answers:{handle}"
        record_published(engagement, expert, run.sample, handle=handle, by=manager, key=key)
    lot = engagement.lots.get(code=LOT)
    able = {**availability(lot), PERSON: keys}
    draft = draft_staffing(lot.pk, able, by=manager, key="trial:draft")
    publish_staffing(draft.pk, by=manager, key="trial:publish")
    for handle in judges:
        answer_waiting_slots(run.cast.experts[handle], after_each=run.progress.step)
    pump(until_idle=True)
