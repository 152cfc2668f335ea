"""Who a person is to an engagement, and who may shape one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peritus.accounts.models import User
from peritus.accounts.rules import CLIENT, ENGINE, PROVIDERS_MANAGER, Relation, rule
from peritus.bench.rules import COUNTRY, EXPERT, LONGEST_TEAM
from peritus.engagements.models import Engagement, Restriction, RosterEntry, RosterStep, Wall

MOST_REASON = 300
MOST_AFFILIATES, LONGEST_NAME = 500, 200
OF_LAW = (Wall.Kind.LOCATION, Wall.Kind.EXPORT)


def _engagement(about: Any) -> Engagement:  # noqa: ANN401 - whatever belongs to one
    found: Engagement = about if isinstance(about, Engagement) else about.engagement
    return found


def _is_supervisor(user: User, about: Any) -> bool:  # noqa: ANN401 - whatever belongs to one
    supervisor = _engagement(about).supervisor
    return supervisor is not None and user.pk == supervisor.user_id


MANAGER = Relation(
    "the engagement's manager", lambda user, about: user.pk == _engagement(about).manager_id
)
LEAD = Relation(
    "the engagement's quality lead",
    lambda user, about: user.pk == _engagement(about).quality_lead_id,
)

SUPERVISOR = Relation("the professional who supervises the engagement", _is_supervisor)

OPEN_ENGAGEMENT = rule(
    "open_engagement", "Open an engagement", ENGINE, PROVIDERS_MANAGER,
    refusal="Only a manager of the provider opens engagements.",
)  # fmt: skip
MANAGE = rule(
    "manage", "Run an engagement: its questions, guideline, lots, items, models and walls",
    ENGINE, MANAGER,
    refusal="Only the engagement's manager does this.",
)  # fmt: skip

JOIN = rule(
    "join_roster", "Sign, declare and confirm what work in an engagement asks for", EXPERT, MANAGER,
    refusal="The expert concerned does this, or the engagement's manager with what they signed.",
)  # fmt: skip
APPROVE = rule(
    "approve_expert", "Let an expert work on one's matters", CLIENT,
    refusal="Only the client approves who works on its matters.",
)  # fmt: skip


def wall_blockers(reason: str, kind: str, basis: str) -> list[str]:
    """Say what a wall lacks: whoever reads it later must know why it stands."""
    blockers = []
    if not 0 < len(reason.strip()) <= MOST_REASON:
        blockers.append(f"A wall needs its reason in at most {MOST_REASON} characters.")
    if kind not in Wall.Kind.values:
        blockers.append(f"A wall is one of {', '.join(Wall.Kind.values)}; {kind[:40]!r} came.")
    if kind in OF_LAW and not basis.strip():
        blockers.append("A wall for location or export control names the law or contract.")
    if len(basis) > MOST_REASON:
        blockers.append(f"The law or contract takes at most {MOST_REASON} characters.")
    return blockers


def basis_blockers(basis: str) -> list[str]:
    """Say why a law or contract is not named so."""
    if 0 < len(basis.strip()) <= MOST_REASON:
        return []
    return [f"Name the law or contract that allows it in at most {MOST_REASON} characters."]


MOST_LET_IN = 250


def restriction_blockers(kind: str, only: Sequence[str], reason: str, basis: str) -> list[str]:
    """Say why an engagement cannot be restricted so."""
    if kind not in Restriction.Kind.values:
        wanted = ", ".join(Restriction.Kind.values)
        return [f"A restriction is one of {wanted}; {kind[:40]!r} came."]
    blockers = wall_blockers(reason, kind, basis)
    if not 0 < len(only) <= MOST_LET_IN:
        blockers.append(f"Name 1 to {MOST_LET_IN} that are let in; {len(only)} came.")
    for value in only:
        if kind != Restriction.Kind.TEAM and not COUNTRY.fullmatch(value.strip()):
            blockers.append(f"A country is two capital letters such as DE; {value[:20]!r} came.")
        elif not 0 < len(value.strip()) <= LONGEST_TEAM:
            blockers.append(f"A team's name has 1 to {LONGEST_TEAM} characters.")
    return blockers


def clearance_blockers(reason: str, names: Sequence[str]) -> list[str]:
    """Say what a clearance lacks."""
    blockers = []
    if not 0 < len(reason.strip()) <= MOST_REASON:
        blockers.append(f"Write why this is no conflict in at most {MOST_REASON} characters.")
    if not names:
        blockers.append("No name of this engagement was found with this expert.")
    return blockers


def name_blockers(name: str, affiliates: Sequence[str]) -> list[str]:
    """Say why a party cannot be named so."""
    if len(affiliates) > MOST_AFFILIATES:
        return [f"At most {MOST_AFFILIATES} affiliates; {len(affiliates)} came."]
    if all(0 < len(each.strip()) <= LONGEST_NAME for each in (name, *affiliates)):
        return []
    return [f"Every name has 1 to {LONGEST_NAME} characters."]


def step_blockers(entry: RosterEntry, step: str, reference: str) -> list[str]:
    """Say why a step cannot be recorded on an entry of the roster."""
    if step not in RosterStep.Step.values:
        wanted = ", ".join(RosterStep.Step.values)
        return [f"A step of the roster is one of {wanted}; {step[:20]!r} came."]
    blockers = []
    if entry.left_at:
        blockers.append(f"They left on {entry.left_at:%Y-%m-%d}; enter them anew.")
    if known := entry.steps.filter(step=step).first():
        since = f"{known.recorded_at:%Y-%m-%d %H:%M} UTC"
        blockers.append(f"{known.get_step_display()} is on record since {since}.")
    if not 0 < len(reference.strip()) <= MOST_REASON:
        blockers.append(
            f"Say what it rests on in at most {MOST_REASON} characters: a name that was typed, a "
            "document, a version."
        )
    return blockers


def leaving_blockers(entry: RosterEntry, because: str) -> list[str]:
    """Say why an entry of the roster cannot be ended."""
    blockers = []
    if entry.left_at:
        blockers.append(f"They left on {entry.left_at:%Y-%m-%d} already.")
    if not 0 < len(because.strip()) <= MOST_REASON:
        blockers.append(f"Write why they leave in at most {MOST_REASON} characters.")
    return blockers
