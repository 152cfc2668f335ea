"""Who may do what with slots, leases and inquiries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from peritus.accounts.rules import ENGINE, Relation, rule
from peritus.catalogue.kinds import kind_named
from peritus.engagements.models import Question
from peritus.engagements.queries import options_of
from peritus.engagements.rules import MANAGER
from peritus.work.models import Assignment, Skip, Slot

FINAL = (
    Slot.Purpose.AUDIT, Slot.Purpose.CENSUS, Slot.Purpose.QUALIFICATION, Slot.Purpose.CALIBRATION,
)  # fmt: skip
MOST_REASON = 300

OWNER = Relation("who was asked", lambda user, about: user.pk == about.owner_id)

OPEN_SLOTS = rule(
    "open_slots", "Open slots of a lot", ENGINE, MANAGER,
    refusal="The engagement's manager opens slots.",
)  # fmt: skip
WITHDRAW_SLOTS = rule(
    "withdraw_slots", "Withdraw slots that nobody has begun", ENGINE, MANAGER,
    refusal="The engagement's manager withdraws slots.",
)  # fmt: skip
STAFF = rule(
    "staff", "Staff a lot, and publish its staffing", ENGINE, MANAGER,
    refusal="The engagement's manager staffs its lots.",
)  # fmt: skip
REOPEN = rule(
    "reopen", "Have items judged anew", ENGINE, MANAGER,
    refusal="The engagement's manager reopens items.",
)  # fmt: skip
HOLD = rule(
    "hold_production", "Hold production back, and let it go", ENGINE, MANAGER,
    refusal="The engagement's manager holds its production back and lets it go.",
)  # fmt: skip
OPEN_INQUIRY = rule(
    "open_inquiry", "Ask about an item", ENGINE, MANAGER,
    refusal="The engagement's manager opens inquiries.",
)  # fmt: skip
ANSWER_INQUIRY = rule(
    "answer_inquiry", "Answer an inquiry", OWNER,
    refusal="Only whoever was asked answers an inquiry.",
)  # fmt: skip
PAUSE = rule(
    "pause", "Pause an expert and let them go on", MANAGER,
    refusal="The engagement's manager pauses and resumes its experts.",
)  # fmt: skip
PAUSE_FOR_REVIEW = rule(
    "pause_for_review", "Withhold slots from an expert until the manager has looked", ENGINE,
    refusal="The program itself does this, where the manager's plan says so.",
)  # fmt: skip


def pause_blockers(reason: str) -> list[str]:
    """Say what a pause or its end lacks: the expert reads the reason."""
    if 0 < len(reason.strip()) <= MOST_REASON:
        return []
    return [f"Write the reason in at most {MOST_REASON} characters; the expert reads it."]


def answer_blockers(questions: Sequence[Question], answers: Mapping[str, object]) -> list[str]:
    """Say why answers do not fit the questions, for page and error alike."""
    known = {question.code for question in questions}
    blockers = [f"There is no question {code!r}." for code in answers if code not in known]
    for question in questions:
        if question.code not in answers:
            blockers.append(f"{question.text} needs an answer.")
        else:
            kind = kind_named(question.kind)
            blockers += kind.blockers(answers[question.code], options_of(question))
    return blockers


def effort_blockers(confidence: int | None, seconds: int | None) -> list[str]:
    """Say why what was told beside the answers cannot be."""
    blockers = []
    if confidence is not None and not 1 <= confidence <= 5:
        blockers.append(f"Confidence is 1 to 5; {confidence} came.")
    if seconds is not None and seconds < 0:
        blockers.append(f"Active time is not negative; {seconds} seconds came.")
    return blockers


def skip_blockers(reason: str) -> list[str]:
    """Say why a slot cannot be given back for this reason."""
    if reason in Skip.Reason.values:
        return []
    return [f"A reason is one of {', '.join(Skip.Reason.values)}; {reason[:40]!r} came."]


def undo_blockers(purpose: str, *, stands: bool, barred: Sequence[str] = ()) -> list[str]:
    """Say why a judgment cannot be taken back.

    Checks, tests and calibrations stand: whoever could answer again could wait
    for the verdict, or for what others said, and steer it.
    """
    blockers = []
    if not stands:
        blockers.append("This answer was taken back or replaced already.")
    if purpose in FINAL:
        blockers.append("An answer in a check, a test or a calibration stands once it is given.")
    return blockers + [f"{each} Your answer stands." for each in barred]


def reason_blockers(purpose: str, reason: str) -> list[str]:
    """Say what is missing where an answer needs its reason: an adjudication does."""
    if purpose == Slot.Purpose.ADJUDICATION and not reason.strip():
        return ["An adjudication needs its reason: write why this answer is right."]
    return []


def lease_blockers(assignment: Assignment, fence: int, *, barred: Sequence[str] = ()) -> list[str]:
    """Say why a lease no longer lets its holder submit.

    A lease past its time still counts while nobody else has taken the slot:
    nothing that was typed is lost for a late minute.
    """
    if barred:
        return [f"{each} Your answer cannot be taken." for each in barred]
    if assignment.state != Assignment.State.ACTIVE:
        return [f"This lease is {assignment.get_state_display().lower()} already."]
    if fence != assignment.fence or assignment.fence != assignment.slot.fence:
        went_back = f"{assignment.expires_at:%H:%M} UTC"
        return [f"This item went back at {went_back} and was given to somebody else."]
    return []
