"""Record what experts show: tests, and skill measured on answers that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from peritus.accounts.models import User
from peritus.bench.errors import ResultNotRecorded
from peritus.bench.models import Admission, Expert, Qualification, Skill
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import KEEP_SKILLS, RECORD_RESULT, result_blockers, validity_blockers
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import digest
from peritus.journal.clock import now


@verb
def record_qualification(
    expert_id: int,
    *,
    name: str,
    right: int,
    asked: int,
    passed: bool,
    valid_until: datetime,
    by: User,
    key: str,
) -> Qualification:
    """Record how an expert did in a test; a passed one counts until ``valid_until``."""
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    RECORD_RESULT.require(by, expert)
    if earlier := earlier_result():
        return earlier
    at = now()
    if blockers := result_blockers(right, asked) + validity_blockers(valid_until, at):
        raise ResultNotRecorded(blockers)
    attempt = expert.qualifications.filter(name=name).count() + 1
    qualification = Qualification.objects.create(
        uid=uid_of(expert.uid, "qualification", name, attempt),
        expert=expert,
        name=name,
        right=right,
        asked=asked,
        passed=passed,
        granted_at=at,
        expires_at=valid_until,
    )
    record(
        "qualification.recorded",
        about=qualification,
        data={"expert": expert.uid, "passed": passed, "right": right, "asked": asked},
    )
    return qualification


@dataclass(frozen=True)
class AdmissionTested:
    """What the test of a model came to; ``results`` by question, as they are kept."""

    passed: bool
    judges: int
    items: int
    epsilon: float
    results: Sequence[Mapping[str, object]]


@verb
def record_admission(
    expert_id: int, pack: str, tested: AdmissionTested, *, by: User, key: str
) -> Admission:
    """Record whether a model may answer for experts of a pack; it ends what stood.

    Raises ResultNotRecorded for whoever is not on trial.
    """
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    RECORD_RESULT.require(by, expert)
    if earlier := earlier_result():
        return earlier
    if not expert.on_trial:
        raise ResultNotRecorded([f"{expert} is not on trial: nothing is to be admitted."])
    at, number = now(), expert.admissions.filter(pack=pack).count() + 1
    expert.admissions.filter(pack=pack, ended_at=None).update(ended_at=at)
    admission = Admission.objects.create(
        uid=uid_of(expert.uid, "admission", pack, number),
        expert=expert,
        pack=pack,
        passed=tested.passed,
        judges=tested.judges,
        items=tested.items,
        epsilon=tested.epsilon,
        results=list(tested.results),
        tested_by=by,
        tested_at=at,
    )
    said = {
        "digest": digest(admission.results), "expert": expert.uid, "items": tested.items,
        "judges": tested.judges, "pack": pack, "passed": tested.passed,
    }  # fmt: skip
    record("model.admitted" if tested.passed else "model.not_admitted", about=admission, data=said)
    return admission


@dataclass(frozen=True)
class SkillMeasured:
    """What was measured of an expert on a question; shares from 0 to 1."""

    expert_id: int
    question: str
    right: int
    measured: int
    share: float
    low: float
    high: float
    measured_at: datetime


@verb
def record_skills(pack: str, measured: Sequence[SkillMeasured], *, by: User, key: str) -> int:
    """Set what has been measured in a pack so far; return how many skills changed.

    Derived from facts: the rows replace the earlier ones, those not named are
    taken away, and nothing is recorded where nothing changed.
    """
    KEEP_SKILLS.require(by)
    if earlier_result():
        return 0
    if blockers := [each for row in measured for each in result_blockers(row.right, row.measured)]:
        raise ResultNotRecorded(blockers)
    old = {(each.expert_id, each.question): each for each in Skill.objects.filter(pack=pack)}
    named = {(row.expert_id, row.question) for row in measured}
    gone = [skill.pk for place, skill in old.items() if place not in named]
    changed = [row for row in measured if _differs(old.get((row.expert_id, row.question)), row)]
    if not changed and not gone:
        return 0
    Skill.objects.filter(pk__in=gone).delete()
    for row in changed:
        _keep_skill(pack, row)
    rows = [[row.expert_id, row.question, row.right, row.measured] for row in measured]
    record(
        "skills.measured", about=by, data={"pack": pack, "count": len(rows), "digest": digest(rows)}
    )
    return len(changed) + len(gone)


FIELDS = ("right", "measured", "share", "low", "high", "measured_at")


def _differs(skill: Skill | None, row: SkillMeasured) -> bool:
    return skill is None or any(getattr(skill, name) != getattr(row, name) for name in FIELDS)


def _keep_skill(pack: str, row: SkillMeasured) -> None:
    expert = Expert.objects.get(pk=row.expert_id)
    values = {name: getattr(row, name) for name in FIELDS}
    Skill.objects.update_or_create(
        expert=expert,
        pack=pack,
        question=row.question,
        defaults={"uid": uid_of(expert.uid, "skill", pack, row.question), **values},
    )
