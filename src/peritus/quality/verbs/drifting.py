"""Raise an alarm about an expert, and answer it: a person decides, with a reason."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.errors import require
from peritus.quality.drift import Watch, alarms_seen_by, open_alarms, watches_in
from peritus.quality.errors import AlarmClosed
from peritus.quality.models import DriftAlarm
from peritus.quality.rules import ALARM_RULE, ENGINE_RULE, may_answer_alarm, may_derive
from peritus.work.verbs import pause_expert


@verb
def raise_alarm(
    engagement_id: int, expert_id: int, question: str, *, by: User, key: str
) -> DriftAlarm | None:
    """Raise an alarm where the known answers say so and none is open.

    Nothing else follows: no slot is withheld before a person decides.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    require(may_derive(by), ENGINE_RULE)
    if earlier := earlier_result():
        found: DriftAlarm = earlier
        return found
    mine = DriftAlarm.objects.filter(engagement=engagement, expert=expert_id, question=question)
    watch = watches_in(engagement_id, expert_id=expert_id).get((expert_id, question))
    if watch is None or watch.alarm.at is None or open_alarms().filter(pk__in=mine).exists():
        return None
    expert = Expert.objects.get(pk=expert_id)
    alarm = DriftAlarm.objects.create(
        uid=uid_of(engagement.uid, "alarm", expert.handle, question, mine.count() + 1),
        organisation_id=engagement.organisation_id,
        engagement=engagement,
        expert=expert,
        question=question,
        raised_at=now(),
        **_evidence(watch),
    )
    record(
        "drift.alarmed",
        about=alarm,
        engagement=engagement,
        data={"expert": expert.uid, "question": question, "right": alarm.fell_right,
              "n": alarm.fell_n},
    )  # fmt: skip
    return alarm


def _evidence(watch: Watch) -> dict[str, object]:
    return {
        "reference_right": watch.reference_right,
        "reference_n": watch.reference_n,
        "reference": watch.reference,
        "watched": watch.alarm.at,
        "since": watch.fell[0].known_at,
        "fell_right": sum(each.right for each in watch.fell),
        "fell_n": len(watch.fell),
    }


@verb
def answer_alarm(alarm_id: int, act: str, *, reason: str, by: User, key: str) -> DriftAlarm:
    """Answer an alarm: pause the expert, agree on retraining, or dismiss it.

    The expert is watched afresh from now on. Raises AlarmClosed when it has its
    answer, or lacks a reason; PauseRefused where pausing is not possible.
    """
    alarm = alarms_seen_by(by).select_for_update(of=("self",)).get(pk=alarm_id)
    require(may_answer_alarm(by, alarm.engagement), ALARM_RULE)
    if earlier := earlier_result():
        return earlier
    if blockers := _answer_blockers(alarm, act, reason):
        raise AlarmClosed(blockers)
    if act == DriftAlarm.Act.PAUSED:
        pause_expert(alarm.engagement_id, alarm.expert_id, reason=reason, by=by, key=key)
    alarm.act, alarm.reason, alarm.acted_by, alarm.acted_at = act, reason.strip(), by, now()
    alarm.save(update_fields=["act", "reason", "acted_by", "acted_at"])
    record(
        "drift.answered",
        about=alarm,
        engagement=alarm.engagement,
        data={"act": act, "expert": alarm.expert.uid},
    )
    return alarm


def _answer_blockers(alarm: DriftAlarm, act: str, reason: str) -> list[str]:
    blockers = []
    if alarm.act:
        said = alarm.get_act_display()
        blockers.append(f"This alarm was answered at {alarm.acted_at:%Y-%m-%d %H:%M} UTC: {said}.")
    if act not in DriftAlarm.Act.values:
        known = ", ".join(DriftAlarm.Act.values)
        blockers.append(f"An alarm is answered by one of {known}; {act[:40]!r} came.")
    if not reason.strip():
        blockers.append("Write the reason: an alarm is evidence, the decision is yours.")
    return blockers
