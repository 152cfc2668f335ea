"""Take in published answers, so that their experts can submit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from peritus.accounts.models import User
from peritus.bench.models import Expert
from peritus.catalogue.identity import uid_of
from peritus.catalogue.kinds import kind_named
from peritus.engagements.models import Engagement, Question
from peritus.engagements.queries import (
    current_guideline,
    engagements_seen_by,
    options_of,
    questions_of,
)
from peritus.engagements.rules import MANAGE
from peritus.intake.models import ImportRun
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.canonical import canonical, sha256
from peritus.journal.clock import now
from peritus.model_experts.models import RecordedAnswer


@verb
def record_answers(
    engagement_id: int,
    expert_id: int,
    rows: Sequence[Mapping[str, str]],
    *,
    file_name: str,
    by: User,
    key: str,
) -> ImportRun:
    """Take in what an expert has published; bad rows are listed, the rest goes in.

    A row has ``key`` (of the item), ``question``, ``answer`` ("" for no
    answer) and ``reason``. A repeated row changes nothing.
    """
    engagement = engagements_seen_by(by).select_for_update(of=("self",)).get(pk=engagement_id)
    MANAGE.require(by, engagement)
    if earlier := earlier_result():
        return earlier
    expert = Expert.objects.get(pk=expert_id)
    reading = _Reading(engagement, expert)
    for number, row in enumerate(rows, start=1):
        reading.read(number, row)
    RecordedAnswer.objects.bulk_create(reading.accepted)
    run = reading.run(file_name, sha256(canonical(list(rows))))
    run.save(force_insert=True)
    record(
        "answers.recorded",
        about=run,
        engagement=engagement,
        data={
            "accepted": run.accepted,
            "expert": expert.uid,
            "rejected": run.rejected,
            "sha256": run.sha256,
        },
    )
    return run


class _Reading:
    """One pass over rows of answers: what goes in, what is known, what is refused."""

    def __init__(self, engagement: Engagement, expert: Expert) -> None:
        self.engagement, self.expert = engagement, expert
        self.items = dict(engagement.items.values_list("key", "pk"))
        self.item_uids = dict(engagement.items.values_list("key", "uid"))
        self.questions = {q.code: q for q in questions_of(current_guideline(engagement))}
        known = RecordedAnswer.objects.filter(engagement=engagement, expert=expert)
        self.known = {
            (item, question): answer
            for item, question, answer in known.values_list("item_id", "question", "answer")
        }
        self.accepted: list[RecordedAnswer] = []
        self.unchanged = 0
        self.rejects: list[list[object]] = []

    def read(self, number: int, row: Mapping[str, str]) -> None:
        """Put a row where it belongs."""
        if reasons := self._blockers(row):
            self.rejects.append([number, " ".join(reasons), dict(row)])
            return
        place, answer = (self.items[row["key"]], row["question"]), row.get("answer", "")
        if place not in self.known:
            self.known[place] = answer
            self.accepted.append(self._answer(row))
        elif self.known[place] == answer:
            self.unchanged += 1
        else:
            reason = f"{self.known[place]!r} is on record for this item already."
            self.rejects.append([number, reason, dict(row)])

    def _blockers(self, row: Mapping[str, str]) -> list[str]:
        if row.get("key") not in self.items:
            return [f"There is no item {row.get('key', '')!r} in this engagement."]
        question = self.questions.get(row.get("question", ""))
        if question is None:
            return [f"There is no question {row.get('question', '')!r}."]
        return self._answer_blockers(question, row.get("answer", ""))

    @staticmethod
    def _answer_blockers(question: Question, answer: str) -> list[str]:
        if not answer:
            return []
        return kind_named(question.kind).blockers(answer, options_of(question))

    def _answer(self, row: Mapping[str, str]) -> RecordedAnswer:
        return RecordedAnswer(
            uid=uid_of(self.item_uids[row["key"]], self.expert.handle, row["question"]),
            organisation_id=self.engagement.organisation_id,
            engagement=self.engagement,
            item_id=self.items[row["key"]],
            expert=self.expert,
            question=row["question"],
            answer=row.get("answer", ""),
            reason=row.get("reason", ""),
        )

    def run(self, file_name: str, digest: str) -> ImportRun:
        """Return the run: rows in = accepted + unchanged + rejected."""
        number = ImportRun.objects.filter(engagement=self.engagement).count() + 1
        return ImportRun(
            uid=uid_of(self.engagement.uid, "import", number),
            organisation_id=self.engagement.organisation_id,
            engagement=self.engagement,
            file_name=file_name,
            sha256=digest,
            accepted=len(self.accepted),
            unchanged=self.unchanged,
            rejected=len(self.rejects),
            rejects=self.rejects,
            imported_at=now(),
        )
