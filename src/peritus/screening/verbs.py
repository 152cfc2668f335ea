"""Screen processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from peritus.accounts.models import User
from peritus.algorithms.economics import CostModel
from peritus.catalogue.identity import uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.screening.advice import advise
from peritus.screening.costs import assumed_costs, yearly_saving
from peritus.screening.errors import ProcessNotScreened
from peritus.screening.models import Screening
from peritus.screening.queries import organisations_seen_by
from peritus.screening.rules import SCREEN, screening_blockers


@verb
def screen_process(
    organisation_id: int,
    process: str,
    answers: Mapping[str, int],
    *,
    costs: CostModel | None = None,
    by: User,
    key: str,
) -> Screening:
    """Advise whether a process should go out, with what it would save a year.

    Without ``costs`` they are assumed from the answers, and marked so.
    """
    seen = organisations_seen_by(by).select_for_update(of=("self",))
    organisation = seen.get(pk=organisation_id)
    SCREEN.require(by, organisation)
    if earlier := earlier_result():
        return earlier
    if blockers := screening_blockers(process, answers):
        raise ProcessNotScreened(blockers)
    advice, model = advise(answers), costs or assumed_costs(answers)
    times = Screening.objects.filter(organisation=organisation, process=process).count()
    uid = uid_of(organisation.uid, "screening", process, times + 1)
    saving = yearly_saving(model, uid)
    screening = Screening.objects.create(
        uid=uid,
        organisation=organisation,
        process=process,
        answers=dict(answers),
        advice=advice.course,
        because=advice.because,
        reasons=advice.reasons,
        would_flip=advice.would_flip,
        costs=asdict(model),
        costs_assumed=costs is None,
        saving=saving.value,
        saving_low=saving.low,
        saving_high=saving.high,
        asked_by=by,
        asked_at=now(),
    )
    record(
        "process.screened",
        about=screening,
        data={"advice": advice.course, "organisation": organisation.uid},
    )
    return screening
