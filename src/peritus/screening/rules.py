"""Who may screen a process, and when it can be screened."""

from __future__ import annotations

from collections.abc import Mapping

from peritus.accounts.rules import CLIENT, ENGINE, PROVIDERS_MANAGER, rule
from peritus.screening.advice import answer_blockers
from peritus.screening.models import Screening

LONGEST_PROCESS = Screening._meta.get_field("process").max_length or 0

SCREEN = rule(
    "screen", "Screen a process", ENGINE, PROVIDERS_MANAGER, CLIENT,
    refusal="The client or a manager of the provider screens processes.",
)  # fmt: skip


def screening_blockers(process: str, answers: Mapping[str, int]) -> list[str]:
    """Say why no advice can be given, for the page and the error alike."""
    blockers = answer_blockers(answers)
    if not 0 < len(process.strip()) <= LONGEST_PROCESS:
        blockers.append(
            f"Name the process in 1 to {LONGEST_PROCESS} characters; {len(process)} came."
        )
    return blockers
