"""Read the auditor's answers at the planned looks, and say what follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from peritus.algorithms.certification import ErrorSequence, Verdict
from peritus.delivery.figures import level_percent, percent
from peritus.file_audits.errors import AuditRefused
from peritus.file_audits.record import AuditRecord, LookRead
from peritus.file_audits.workbook import Filled, FilledRow, choice_none_of

MOST_NAMED = 10


@dataclass(frozen=True)
class Outcome:
    """Where an audit stands after its last complete look.

    ``answers`` are the auditor's up to that look, in the order of the draw,
    ``differing`` counts those that differ from the frozen decision. ``answered``
    is how many stand in the workbook without a gap, and ``later_differing``
    how many of those beyond the look differ; None while the audit goes on,
    when the next look shall be the first to tell. ``upper`` is the sequence's
    bound, a number of decisions, true at every look.
    """

    verdict: Verdict
    looks: tuple[LookRead, ...]
    answers: tuple[str, ...]
    differing: int
    answered: int
    upper: int
    next_look: int | None
    later_differing: int | None
    auditor: str

    @property
    def sampled(self) -> int:
        """Return how many audits were read."""
        return len(self.answers)


def outcome_of(
    filled: Filled, record: AuditRecord, earlier: Sequence[LookRead], *, at: datetime
) -> Outcome:
    """Read a filled workbook up to its last complete look.

    A look that an earlier run read keeps its time. The first look that ends
    the audit, ends it: what was answered beyond it changes nothing.
    Raises AuditRefused for a workbook of another audit, rows that are not
    those drawn, an answer that is none of the choices, and an answer that was
    changed after a look had read it.
    """
    if filled.record_digest != record.digest:
        raise AuditRefused(
            "The workbook cites another record (sheet 'Read me', 'Record, SHA-256'): "
            f"{filled.record_digest[:16] or 'none'}…, wanted was {record.digest[:16]}…. "
            "Fill in the workbook that belongs to this folder."
        )
    given = _answers(filled, record)
    _refuse_changed(given, earlier, filled)
    answered = next((at_ for at_, answer in enumerate(given) if not answer), len(given))
    wrong = [
        answer != record.decisions[item] for answer, item in zip(given, record.sample, strict=True)
    ]
    times = {each.sampled: each.read_at for each in earlier}
    looks, verdict = _looks_of(record, given[:answered], wrong, times, at)
    sampled = looks[-1].sampled if looks else 0
    sequence = ErrorSequence(record.plan.population, confidence=record.plan.confidence)
    sequence.update(wrong[:sampled])
    ended = verdict is not Verdict.CONTINUE
    return Outcome(
        verdict=verdict,
        looks=tuple(looks),
        answers=tuple(given[:sampled]),
        differing=sum(wrong[:sampled]),
        answered=answered,
        upper=round(sequence.upper * record.plan.population),
        next_look=None if ended else next(look for look in record.plan.looks if look > sampled),
        later_differing=sum(wrong[sampled:answered]) if ended else None,
        auditor=filled.auditor,
    )


def gap_of(filled: Filled, record: AuditRecord) -> str:
    """Say which answers stand below an empty one, and so are not read yet."""
    given = _answers(filled, record)
    answered = next((at for at, answer in enumerate(given) if not answer), len(given))
    beyond = sum(map(bool, given[answered:]))
    if not beyond:
        return ""
    return (
        f"{beyond} answers stand below No. {answered + 1} ({record.sample[answered]!r}), which is "
        "empty; they are not read until it is answered."
    )


def _looks_of(
    record: AuditRecord,
    given: Sequence[str],
    wrong: Sequence[bool],
    times: Mapping[int, datetime],
    at: datetime,
) -> tuple[list[LookRead], Verdict]:
    """Return the complete looks up to the first that ends the audit, and what it says."""
    looks, verdict = [], Verdict.CONTINUE
    for look in record.plan.looks:
        if look > len(given) or verdict is not Verdict.CONTINUE:
            break
        verdict = record.plan.verdict(look, sum(wrong[:look]))
        looks.append(LookRead(look, tuple(given[:look]), times.get(look, at)))
    return looks, verdict


# What came back


def _answers(filled: Filled, record: AuditRecord) -> list[str]:
    """Return the answer to each drawn item, "" where there is none yet."""
    drawn = {(str(place), item): place - 1 for place, item in enumerate(record.sample, start=1)}
    spelled = _spellings(record)
    answers: dict[int, str] = {}
    faults: list[str] = []
    for row in filled.rows:
        place = drawn.get((row.place, row.item))
        if place is None:
            faults.append(_not_drawn(row, record))
        elif place in answers:
            faults.append(f"Row {row.number}: No. {row.place} ({row.item!r}) is there twice.")
        else:
            answers[place] = spelled.get(row.answer.casefold(), row.answer)
            if row.answer and answers[place] not in spelled.values():
                faults.append(_not_a_choice(row, filled, record))
    missing = [place for place in range(len(record.sample)) if place not in answers]
    if missing and not faults:
        faults.append(
            f"The row of No. {missing[0] + 1} ({record.sample[missing[0]]!r}) is missing."
        )
    if faults:
        more = [f"… and {len(faults) - MOST_NAMED} more."] if len(faults) > MOST_NAMED else []
        raise AuditRefused(*faults[:MOST_NAMED], *more)
    return [answers[place] for place in range(len(record.sample))]


def _spellings(record: AuditRecord) -> dict[str, str]:
    """Return the choices by how they may be typed; in any case, unless two share it."""
    choices = [*record.labels, choice_none_of(record.labels)]
    folded = [choice.casefold() for choice in choices]
    apart = {
        fold: choice
        for fold, choice in zip(folded, choices, strict=True)
        if folded.count(fold) == 1
    }
    return apart | {choice: choice for choice in choices if choice.casefold() not in apart}


def _not_drawn(row: FilledRow, record: AuditRecord) -> str:
    wanted = ""
    if row.place.isdigit() and 0 < int(row.place) <= len(record.sample):
        wanted = f"; drawn as No. {row.place} was {record.sample[int(row.place) - 1]!r}"
    return (
        f"Row {row.number} of sheet 'Audit' has No. {row.place or '(empty)'}, item "
        f"{row.item[:60]!r}{wanted}. Restore the columns No. and Item."
    )


def _not_a_choice(row: FilledRow, filled: Filled, record: AuditRecord) -> str:
    choices = ", ".join(map(repr, [*record.labels, choice_none_of(record.labels)][:12]))
    return (
        f"Cell {filled.answer_column}{row.number} holds {row.answer[:60]!r}, which is none of the "
        f"choices: {choices}. Choose one of them."
    )


def _refuse_changed(given: Sequence[str], earlier: Sequence[LookRead], filled: Filled) -> None:
    numbers = {row.place: row.number for row in filled.rows}
    for look in earlier[-1:]:
        changed = [at for at, answer in enumerate(look.answers) if given[at] != answer]
        if changed:
            first = changed[0]
            cell = f"{filled.answer_column}{numbers[str(first + 1)]}"
            raise AuditRefused(
                f"{len(changed)} answers were changed after the look at {look.sampled} had "
                f"read them; the first is cell {cell}: {look.answers[first]!r} was read, "
                f"{given[first] or 'nothing'!r} stands there now. Restore them: the plan's "
                "limits hold for answers given once."
            )


# In words


def claim_sentence(outcome: Outcome, record: AuditRecord) -> str:
    """State what may be claimed about the decisions, in one sentence."""
    plan = record.plan
    confidence = f"({level_percent(plan.confidence)} confidence)"
    if outcome.verdict is Verdict.CERTIFIED:
        return (
            f"At most {plan.tolerated:,} of {plan.population:,} decisions differ from the "
            f"auditor's {confidence}."
        )
    if not outcome.sampled:
        return f"Nothing can be said yet about the {plan.population:,} decisions."
    share = percent(outcome.upper / plan.population)
    return (
        f"Between {outcome.differing:,} and {outcome.upper:,} of {plan.population:,} decisions "
        f"differ from the auditor's, at most {share} {confidence}, true at every look."
    )


def reason_sentence(outcome: Outcome, record: AuditRecord) -> str:
    """Say why the verdict is what it is, and what comes next."""
    plan = record.plan
    found = f"{outcome.differing:,} of {outcome.sampled:,} audited decisions differ"
    if outcome.verdict is Verdict.CERTIFIED:
        limit = plan.max_errors[plan.looks.index(outcome.sampled)]
        return f"{found}; the plan certifies at this look with at most {limit:,}."
    promised = f"Promised was at most {plan.tolerated:,} ({percent(plan.tolerance)})."
    if outcome.verdict is Verdict.SPENT:
        return (
            f"{found}; the plan certifies with at most {plan.max_errors[-1]:,} of "
            f"{plan.looks[-1]:,}, so it cannot certify any more. {promised}"
        )
    missing = (outcome.next_look or 0) - outcome.answered
    more = f"{missing:,} more answers are wanted for it." if missing > 0 else ""
    so_far = f"{found}, too many for this look." if outcome.sampled else "No look is complete yet."
    return " ".join(filter(None, (so_far, f"The next look is at {outcome.next_look:,}.", more)))
