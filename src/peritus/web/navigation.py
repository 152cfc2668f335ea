"""What each role finds at the left, and where it lands; in the order shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from peritus.accounts.models import Role


class Entry(NamedTuple):
    """One place of a role; ``also`` are addresses that belong to it."""

    label: str
    address: str
    also: tuple[str, ...] = ()


QUESTIONS = Entry("Questions", "inquiries", ("inquiry",))
SCREENINGS = Entry("Screenings", "screenings", ("screening",))
CERTIFICATES = Entry("Certificates", "certificates", ("certificate", "evidence_check"))
PROPOSALS = Entry("Guideline changes", "proposals", ("proposal", "propose", "guideline"))
INVOICES = Entry("Invoices", "invoices", ("invoice", "invoice_line"))
SAVINGS = Entry("Costs and savings", "savings", ("saving",))
STAFFINGS = Entry("Staffing", "staffings", ("staffing", "staff", "draft_staffing"))
WORKBENCH = Entry("Workbench", "workbench", ("desk_guideline",))
APPEALS = Entry("Appeals", "appeals", ("appeal",))
BENCH = Entry(
    "Bench", "bench",
    (
        "bench_expert", "fields", "import_bench", "describe_expert", "claim_credential",
        "name_fields", "set_calendar", "agree_pay", "end_pay",
        "verify_credential", "revoke_credential",
    ),
)  # fmt: skip
PEOPLE = Entry("People", "people", ("person", "holds"))
ADJUDICATIONS = Entry("Adjudications", "adjudications")

OF_WORK = (
    "engagement", "lot", "decision", "comparison", "calibration", "round", "expert_standings",
    "expert_standing", "gold", "quality_plan", "roster", "admission", "set_requirement",
)  # fmt: skip

ENTRIES: Final[Mapping[str, tuple[Entry, ...]]] = {
    Role.CLIENT: (
        Entry("Home", "client_home", OF_WORK),
        QUESTIONS._replace(label="Questions to me"),
        CERTIFICATES,
        PROPOSALS,
        INVOICES,
        SAVINGS,
        SCREENINGS,
        Entry("Legal holds", "holds"),
    ),
    Role.MANAGER: (
        Entry("Portfolio", "portfolio", OF_WORK),
        Entry("Board", "board"),
        STAFFINGS,
        Entry("Shifts", "shifts"),
        APPEALS,
        QUESTIONS,
        PROPOSALS,
        CERTIFICATES,
        INVOICES,
        SCREENINGS,
        BENCH,
        PEOPLE,
    ),
    Role.QUALITY: (
        Entry("Release", "release", OF_WORK),
        Entry("Board", "board"),
        STAFFINGS,
        APPEALS,
        QUESTIONS,
        CERTIFICATES,
        PROPOSALS,
        BENCH,
        ADJUDICATIONS,
        WORKBENCH,
    ),
    Role.FINANCE: (
        Entry("Close", "close", ("books", *OF_WORK)),
        INVOICES,
        SAVINGS,
        CERTIFICATES,
        BENCH,
    ),
    Role.EXPERT: (
        Entry("Today", "today", ("qualify", "round")),
        WORKBENCH,
        ADJUDICATIONS,
        Entry("My record", "own_results"),
        Entry("Before I work", "own_rosters"),
        Entry("To sign", "signatures", ("signature",)),
        Entry("My credentials", "own_bench", ("claim_own", "name_own_fields", "set_own_calendar")),
    ),
}


def entries_of(role: str) -> tuple[Entry, ...]:
    """Return a role's places."""
    return ENTRIES.get(role, ())


def start_of(role: str) -> str:
    """Return the address at which a role lands after signing in."""
    entries = entries_of(role)
    return entries[0].address if entries else "roles"
