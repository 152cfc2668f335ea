"""Raise an alarm about an expert, and answer it: a person decides, with a reason."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.catalogue.identity import uid_of
from peritus.engagements.queries import engagements_seen_by
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.quality.drift import alarms_seen_by, open_alarms, watches_in
from peritus.quality.errors import AlarmClosed
from peritus.quality.floor import shortfalls_in
from peritus.quality.models import DriftAlarm
from peritus.quality.rules import ANSWER_ALARM, DERIVE
from peritus.work.queries import pauses_for_review, standing_pauses
from peritus.work.verbs import pause_expert, pause_for_review, resume_expert

LOOKING = (
    "Your answers are held against known ones, and your engagement manager looks at them first: "
    "until then you get no new items here. This is no verdict."
)
"""What a paused expert reads: no counts, since a count that moves gives gold away."""


@verb
def raise_alarm(
    engagement_id: int, expert_id: int, question: str, *, by: User, key: str
) -> DriftAlarm | None:
    """Raise an alarm where the known answers say so and none is open.

    Nothing else follows: no slot is withheld before a person decides.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    DERIVE.require(by)
    if earlier := earlier_result():
        found: DriftAlarm = earlier
        return found
    watch = watches_in(engagement_id, expert_id=expert_id).get((expert_id, question))
    waits = _is_open(engagement_id, expert_id, question, DriftAlarm.Cause.DRIFT)
    if waits or watch is None or watch.alarm.at is None:
        return None
    fell = watch.fell
    return _raised(
        DriftAlarm(
            engagement=engagement,
            expert_id=expert_id,
            question=question,
            reference_right=watch.reference_right,
            reference_n=watch.reference_n,
            reference=watch.reference,
            watched=watch.alarm.at,
            since=fell[0].known_at,
            fell_right=sum(each.right for each in fell),
            fell_n=len(fell),
        )
    )


@verb
def raise_floor_alarm(
    engagement_id: int, expert_id: int, question: str, *, by: User, key: str
) -> DriftAlarm | None:
    """Put an expert before the manager whose accuracy on gold is surely below the floor.

    Where the plan says so, they get no new slots until the manager has
    answered; else nothing else follows. One such alarm is open at a time.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    DERIVE.require(by)
    if earlier := earlier_result():
        found: DriftAlarm = earlier
        return found
    short = shortfalls_in(engagement_id, expert_id=expert_id).get((expert_id, question))
    if short is None or _is_open(engagement_id, expert_id, question, DriftAlarm.Cause.FLOOR):
        return None
    alarm = _raised(
        DriftAlarm(
            engagement=engagement,
            expert_id=expert_id,
            question=question,
            cause=DriftAlarm.Cause.FLOOR,
            reference_right=0,
            reference_n=0,
            reference=short.floor,
            watched=short.n,
            since=short.since,
            fell_right=short.right,
            fell_n=short.n,
            upper=short.upper,
        )
    )
    paused = standing_pauses().filter(engagement=engagement, expert=expert_id).exists()
    if engagement.quality_plan.terms.pause_at_once and not paused:
        pause_for_review(engagement.pk, expert_id, reason=LOOKING, by=by, key=key)
    return alarm


def _is_open(engagement_id: int, expert_id: int, question: str, cause: str) -> bool:
    about = {"engagement": engagement_id, "expert": expert_id, "question": question}
    return open_alarms().filter(cause=cause, **about).exists()


def _raised(alarm: DriftAlarm) -> DriftAlarm:
    """Store an alarm under the next number of its cause, and record it."""
    engagement, expert = alarm.engagement, alarm.expert
    before = DriftAlarm.objects.filter(
        engagement=engagement, expert=expert, question=alarm.question, cause=alarm.cause
    ).count()
    names = {DriftAlarm.Cause.DRIFT: "alarm", DriftAlarm.Cause.FLOOR: "floor-alarm"}
    name = names[DriftAlarm.Cause(alarm.cause)]
    alarm.uid = uid_of(engagement.uid, name, expert.handle, alarm.question, before + 1)
    alarm.organisation_id, alarm.raised_at = engagement.organisation_id, now()
    alarm.save(force_insert=True)
    record(
        "drift.alarmed",
        about=alarm,
        engagement=engagement,
        data={
            "cause": alarm.cause,
            "expert": expert.uid,
            "n": alarm.fell_n,
            "question": alarm.question,
            "right": alarm.fell_right,
        },
    )
    return alarm


@verb
def answer_alarm(alarm_id: int, act: str, *, reason: str, by: User, key: str) -> DriftAlarm:
    """Answer an alarm: pause the expert, agree on retraining, or dismiss it.

    The expert is watched afresh from now on. A pause that stood until this answer
    becomes the manager's own, or ends with the last alarm that it stood for.
    Raises AlarmClosed when it has its answer, or lacks a reason; PauseRefused
    where pausing is not possible.
    """
    alarm = alarms_seen_by(by).select_for_update(of=("self",)).get(pk=alarm_id)
    ANSWER_ALARM.require(by, alarm.engagement)
    if earlier := earlier_result():
        return earlier
    if blockers := _answer_blockers(alarm, act, reason):
        raise AlarmClosed(blockers)
    alarm.act, alarm.reason, alarm.acted_by, alarm.acted_at = act, reason.strip(), by, now()
    alarm.save(update_fields=["act", "reason", "acted_by", "acted_at"])
    _end_review(alarm, by, key)
    if act == DriftAlarm.Act.PAUSED:
        pause_expert(alarm.engagement_id, alarm.expert_id, reason=reason, by=by, key=key)
    record(
        "drift.answered",
        about=alarm,
        engagement=alarm.engagement,
        data={"act": act, "expert": alarm.expert.uid},
    )
    return alarm


def _end_review(alarm: DriftAlarm, by: User, key: str) -> None:
    """End the pause that stood until the manager looked, unless another alarm still asks for it."""
    about = {"engagement": alarm.engagement_id, "expert": alarm.expert_id}
    waits = open_alarms().filter(cause=DriftAlarm.Cause.FLOOR, **about).exists()
    pause = pauses_for_review().filter(**about).first()
    if pause is not None and (alarm.act == DriftAlarm.Act.PAUSED or not waits):
        said = f"The manager has looked: {alarm.get_act_display().lower()}."
        resume_expert(pause.pk, reason=said, by=by, key=key)


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
