"""Who may screen a process, and when it can be screened."""

from __future__ import annotations

from collections.abc import Mapping

from peritus.accounts.models import Role, User
from peritus.accounts.rules import has_role_in, may_set_up
from peritus.screening.advice import answer_blockers
from peritus.screening.models import Screening

LONGEST_PROCESS = Screening._meta.get_field("process").max_length or 0


def may_screen(user: User, organisation_id: int) -> bool:
    """Let the client itself ask, or a manager of the provider for it."""
    return may_set_up(user) or has_role_in(user, Role.CLIENT, organisation_id)


def screening_blockers(process: str, answers: Mapping[str, int]) -> list[str]:
    """Say why no advice can be given, for the page and the error alike."""
    blockers = answer_blockers(answers)
    if not 0 < len(process.strip()) <= LONGEST_PROCESS:
        blockers.append(
            f"Name the process in 1 to {LONGEST_PROCESS} characters; {len(process)} came."
        )
    return blockers
