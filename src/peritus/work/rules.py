"""Who may do what with slots, leases and inquiries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from peritus.accounts.models import User
from peritus.catalogue.kinds import kind_named
from peritus.engagements.models import Engagement, Question
from peritus.engagements.queries import options_of
from peritus.engagements.rules import may_manage
from peritus.work.models import Assignment, Inquiry


def may_open_slots(user: User, engagement: Engagement) -> bool:
    """The manager staffs; the engine opens what the quality plan wants."""
    return may_manage(user, engagement)


def may_answer_inquiry(user: User, inquiry: Inquiry) -> bool:
    """Only whoever owns the inquiry answers it."""
    return user.pk == inquiry.owner_id


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


def lease_blockers(assignment: Assignment, fence: int) -> list[str]:
    """Say why a lease no longer lets its holder submit.

    A lease past its time still counts while nobody else has taken the slot:
    nothing that was typed is lost for a late minute.
    """
    if assignment.state != Assignment.State.ACTIVE:
        return [f"This lease is {assignment.get_state_display().lower()} already."]
    if fence != assignment.fence or assignment.fence != assignment.slot.fence:
        return [
            f"This item went back at {assignment.expires_at:%H:%M} UTC and was given to "
            "somebody else."
        ]
    return []
