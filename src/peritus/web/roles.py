"""Who may open which address: one table, and what is not in it is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from peritus.accounts.models import Role

ANYONE: Final = frozenset({"anyone"})  # without signing in
EVERYBODY: Final = frozenset(map(str, Role))  # any role, signed in
CLIENT, MANAGER, EXPERT = str(Role.CLIENT), str(Role.MANAGER), str(Role.EXPERT)
QUALITY, FINANCE = str(Role.QUALITY), str(Role.FINANCE)
DESK: Final = frozenset({CLIENT, MANAGER, QUALITY, FINANCE})  # who sees engagements
AT_WORK: Final = frozenset({EXPERT, QUALITY})  # who may be on the bench
AT_DESK: Final = AT_WORK | {CLIENT}  # a client's lead judges in a calibration round
AT_ROUNDS: Final = frozenset({CLIENT, MANAGER, QUALITY})  # who calibrates a lot

PUBLIC: Final[Mapping[str, frozenset[str]]] = {
    "sign_in": ANYONE,
    "second_step": ANYONE,
    "sign_out": ANYONE,
    "theme": ANYONE,
    "styleguide": ANYONE,
    "check_certificate": ANYONE,
    "welcome": ANYONE,
    "home": EVERYBODY,
    "role": EVERYBODY,
    "roles": EVERYBODY,
    "search": EVERYBODY,
    "inbox": EVERYBODY,
    "read_notice": EVERYBODY,
}

# One's own sign-in.
SECURITY: Final[Mapping[str, frozenset[str]]] = {
    "security": EVERYBODY,
    "set_up_second_factor": EVERYBODY,
    "renew_recovery_codes": EVERYBODY,
    "turn_off_second_factor": EVERYBODY,
    "change_password": EVERYBODY,
    "end_session": EVERYBODY,
    "end_other_sessions": EVERYBODY,
    "tokens": EVERYBODY,
    "make_token": EVERYBODY,
    "revoke_token": EVERYBODY,
}
# What whoever must have a second factor opens before it is set up.
SETTING_UP: Final = frozenset({"set_up_second_factor"})

READING: Final[Mapping[str, frozenset[str]]] = {
    "client_home": frozenset({CLIENT}),
    "engagement": DESK,
    "lot": DESK,
    "lot_bound": DESK,
    "comparison": DESK,
    "accept_lot": frozenset({CLIENT}),
    "certify_lot": frozenset({QUALITY}),
    "decision": DESK,
    "certificates": DESK,
    "certificate": DESK,
    "evidence_check": DESK,
    "file": DESK,
    "guideline": DESK,
    "quality_plan": DESK,
    "set_plan": frozenset({MANAGER}),
    "proposals": DESK,
    "proposal": DESK,
    "propose": frozenset({MANAGER, QUALITY}),
    "price_proposal": frozenset({MANAGER}),
    "publish_proposal": frozenset({MANAGER}),
    "inquiries": frozenset({CLIENT, MANAGER, QUALITY}),
    "inquiry": frozenset({CLIENT, MANAGER, QUALITY}),
    "answer_inquiry": frozenset({CLIENT, MANAGER, QUALITY}),
    "screenings": frozenset({CLIENT, MANAGER}),
    "screening": frozenset({CLIENT, MANAGER}),
}

RUNNING: Final[Mapping[str, frozenset[str]]] = {
    "portfolio": frozenset({MANAGER}),
    "board": frozenset({MANAGER, QUALITY}),
    "staffings": frozenset({MANAGER, QUALITY}),
    "staffing": frozenset({MANAGER, QUALITY}),
    "staff": frozenset({MANAGER}),
    "shifts": frozenset({MANAGER}),
    "release": frozenset({QUALITY}),
}

LEADERS: Final = frozenset({MANAGER, QUALITY})  # who checks experts, and answers to them

CHECKING: Final[Mapping[str, frozenset[str]]] = {
    "appeals": LEADERS,
    "appeal": LEADERS,
    "decide_appeal": LEADERS,
    "ask_second": LEADERS,
    "expert_standings": LEADERS,
    "expert_standing": LEADERS,
    "answer_alarm": frozenset({MANAGER}),
    "gold": LEADERS,
    "add_gold": LEADERS,
    "retire_gold": LEADERS,
}

ACTS: Final[Mapping[str, frozenset[str]]] = {
    "make_nonce": frozenset({CLIENT}),
    "commit_nonce": frozenset({CLIENT}),
    "reveal_nonce": frozenset({CLIENT}),
    "open_census": frozenset({QUALITY}),
    "end_census": frozenset({QUALITY}),
    "freeze_lot": frozenset({QUALITY}),
    "record_plan": frozenset({QUALITY}),
    "draw_audits": frozenset({QUALITY}),
    "set_due": frozenset({MANAGER}),
    "draft_staffing": frozenset({MANAGER}),
    "redraft": frozenset({MANAGER}),
    "restaff": frozenset({MANAGER}),
    "publish_staffing": frozenset({MANAGER}),
    "raise_wall": frozenset({MANAGER}),
    "restrict": frozenset({MANAGER}),
    "clear_conflict": frozenset({MANAGER}),
    "name_party": frozenset({MANAGER}),
}

ROUNDS: Final[Mapping[str, frozenset[str]]] = {
    "calibration": AT_ROUNDS,
    "round": AT_ROUNDS | {EXPERT},
    "open_round": frozenset({MANAGER}),
    "waive_round": frozenset({MANAGER}),
    "end_judging": frozenset({MANAGER}),
    "settle_disagreement": frozenset({MANAGER, QUALITY}),
    "close_round": frozenset({MANAGER}),
}

PEOPLE: Final[Mapping[str, frozenset[str]]] = {
    "people": frozenset({MANAGER}),
    "invite": frozenset({MANAGER}),
    "new_link": frozenset({MANAGER}),
    "person": frozenset({MANAGER}),
    "erase_person": frozenset({MANAGER}),
    "reset_second_factor": frozenset({MANAGER}),
    "holds": frozenset({MANAGER, CLIENT}),
    "place_hold": frozenset({MANAGER, CLIENT}),
    "lift_hold": frozenset({MANAGER, CLIENT}),
}

# What experts can do on proof, and how long that lasts.
BENCH: Final[Mapping[str, frozenset[str]]] = {
    "bench": LEADERS | {FINANCE},
    "import_bench": frozenset({MANAGER}),
    "bench_expert": LEADERS | {FINANCE},
    "models": LEADERS | {FINANCE},
    "model": LEADERS | {FINANCE},
    "describe_expert": frozenset({MANAGER}),
    "claim_credential": frozenset({MANAGER}),
    "verify_credential": LEADERS,
    "revoke_credential": LEADERS,
    "grant_attempts": LEADERS,
    "own_bench": AT_WORK,
    "claim_own": AT_WORK,
    "name_fields": frozenset({MANAGER}),
    "name_own_fields": AT_WORK,
    "set_calendar": frozenset({MANAGER}),
    "set_own_calendar": AT_WORK,
    "agree_pay": frozenset({MANAGER}),
    "end_pay": frozenset({MANAGER}),
    "fields": LEADERS | {FINANCE},
    "take_own_fields": frozenset({MANAGER}),
    "admission": LEADERS,
    "set_requirement": frozenset({MANAGER}),
}

ROSTER: Final[Mapping[str, frozenset[str]]] = {
    "roster": frozenset({CLIENT, MANAGER, QUALITY}),
    "own_rosters": AT_WORK,
    "keep_roster": frozenset({MANAGER}),
    "enter_roster": frozenset({MANAGER}),
    "roster_step": frozenset({CLIENT, MANAGER}) | AT_WORK,
    "leave_roster": frozenset({MANAGER}),
    "name_supervisor": frozenset({MANAGER}),
    "signatures": AT_WORK,
    "signature": AT_WORK,
    "sign_deliverable": AT_WORK,
}

MONEY: Final[Mapping[str, frozenset[str]]] = {
    "invoices": frozenset({CLIENT, MANAGER, FINANCE}),
    "invoice": frozenset({CLIENT, MANAGER, FINANCE}),
    "invoice_line": frozenset({CLIENT, MANAGER, FINANCE}),
    "savings": frozenset({CLIENT, MANAGER, FINANCE}),
    "saving": frozenset({CLIENT, MANAGER, FINANCE}),
    "saving_table": frozenset({CLIENT, MANAGER, FINANCE}),
    "close": frozenset({FINANCE}),
    "books": frozenset({FINANCE}),
}

WORKING: Final[Mapping[str, frozenset[str]]] = {
    "today": AT_WORK,
    "workbench": AT_DESK,
    "start_work": AT_DESK,
    "answer_item": AT_DESK,
    "skip_item": AT_DESK,
    "hold_longer": AT_DESK,
    "undo_answer": AT_DESK,
    "desk_guideline": AT_DESK,
    "qualify": AT_WORK,
    "start_test": AT_WORK,
    "own_results": AT_WORK,
    "appeal_own_answer": AT_WORK,
    "adjudications": AT_WORK,
    "start_adjudication": AT_WORK,
}

# Whoever is signed in gets as far as the API, which then refuses roles itself, in
# its own shape and by its own table (peritus.api.roles), where nobody is the default.
API: Final[Mapping[str, frozenset[str]]] = {
    "api_engagements": EVERYBODY,
    "api_lots": EVERYBODY,
    "api_lot": EVERYBODY,
    "api_decisions": EVERYBODY,
    "api_certificate": EVERYBODY,
    "api_invoice": EVERYBODY,
    "api_next_assignment": EVERYBODY,
    "api_judgment": EVERYBODY,
    "api_openapi": EVERYBODY,
    "api_unknown": EVERYBODY,
}

ROLES: Final[Mapping[str, frozenset[str]]] = {
    **PUBLIC, **SECURITY, **READING, **RUNNING, **CHECKING, **ACTS, **ROUNDS, **ROSTER, **PEOPLE,
    **BENCH, **MONEY, **WORKING, **API,
}  # fmt: skip


def roles_for(address: str) -> frozenset[str]:
    """Return who may open an address; nobody, if the table does not name it."""
    return ROLES.get(address, frozenset())
