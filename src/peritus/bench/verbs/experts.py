"""Bring experts to the bench, and describe them."""

from __future__ import annotations

from decimal import Decimal

from peritus.accounts.models import User
from peritus.bench.errors import ExpertNotDescribed, ExpertNotRegistered
from peritus.bench.models import Expert
from peritus.bench.queries import experts_seen_by
from peritus.bench.rules import (
    REGISTER_EXPERT,
    description_blockers,
    expert_blockers,
    model_blockers,
)
from peritus.catalogue.identity import PERITUS, uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.personal import personal


@verb
@personal("name")
def register_expert(
    handle: str,
    *,
    user_id: int,
    name: str,
    kind: str,
    origin: str = "",
    derivation: str = "",
    licence: str = "",
    data_region: str = "",
    made_from_id: int | None = None,
    on_trial: bool = False,
    by: User,
    key: str,
) -> Expert:
    """Bring a person, a model or a published source to the bench.

    ``origin`` says where a source comes from, ``derivation`` who made it of
    what. Of a model: where items go to be read, whose judgments it was fitted on,
    and whether it may only suggest until it is admitted. Raises
    ExpertNotRegistered, also for a handle or account in use.
    """
    REGISTER_EXPERT.require(by)
    if earlier := earlier_result():
        return earlier
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    blockers = expert_blockers(handle, kind, origin, licence) + _taken(handle, user)
    blockers += model_blockers(kind, data_region, special=made_from_id is not None or on_trial)
    if blockers:
        raise ExpertNotRegistered(blockers)
    expert = Expert.objects.create(
        uid=uid_of(PERITUS, "expert", handle),
        user=user,
        handle=handle,
        name=name,
        kind=kind,
        origin=origin,
        derivation=derivation,
        licence=licence,
        data_region=data_region,
        made_from_id=made_from_id,
        on_trial=on_trial,
    )
    record("expert.registered", about=expert, data={"kind": kind})
    return expert


def _taken(handle: str, user: User) -> list[str]:
    blockers = []
    if Expert.objects.filter(handle=handle).exists():
        blockers.append(f"An expert {handle!r} is on the bench; choose another handle.")
    if other := Expert.objects.filter(user=user).first():
        blockers.append(f"The account acts as {other.handle!r} already; one account, one expert.")
    return blockers


@verb
@personal("country", "nationality", "team")
def describe_expert(
    expert_id: int,
    *,
    country: str = "",
    nationality: str = "",
    team: str = "",
    weekly_hours: Decimal | None = None,
    at_once: int | None = None,
    by: User,
    key: str,
) -> Expert:
    """Say where an expert works, of which nationality and team, and how much they take on.

    All at once, in the place of what stood; what restricts engagements holds from
    this moment. Raises ExpertNotDescribed.
    """
    expert = experts_seen_by(by).select_for_update(of=("self",)).get(pk=expert_id)
    REGISTER_EXPERT.require(by)
    if earlier := earlier_result():
        return earlier
    if blockers := description_blockers(country, nationality, team, weekly_hours, at_once):
        raise ExpertNotDescribed(blockers)
    expert.country, expert.nationality, expert.team = country, nationality, team.strip()
    expert.weekly_hours, expert.at_once, expert.described_at = weekly_hours, at_once, now()
    expert.save(update_fields=[*DESCRIBED, "described_at"])
    record("expert.described", about=expert)
    return expert


DESCRIBED = ("country", "nationality", "team", "weekly_hours", "at_once")
