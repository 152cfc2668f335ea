"""Register organisations and people, and give them roles."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from peritus.accounts.errors import OrganisationNotOpened
from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.accounts.rules import may_set_up
from peritus.catalogue.identity import PERITUS, uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.errors import require
from peritus.journal.models import ParkedEvent
from peritus.journal.pump import replay_parked

SET_UP_RULE = "Only a manager of the provider registers organisations and people."


@verb
def register_organisation(slug: str, name: str, *, kind: str, by: User, key: str) -> Organisation:
    """Register a client, or the one provider."""
    require(may_set_up(by), SET_UP_RULE)
    if earlier := earlier_result():
        return earlier
    if Organisation.objects.filter(slug=slug).exists():
        raise OrganisationNotOpened([f"An organisation {slug!r} exists; choose another name."])
    organisation = Organisation.objects.create(
        uid=uid_of(PERITUS, slug), slug=slug, name=name, kind=kind
    )
    record("organisation.registered", about=organisation, data={"kind": kind})
    return organisation


@verb
def register_person(
    handle: str, *, name: str, email: str, password_hash: str = "", by: User, key: str
) -> User:
    """Register somebody who acts; without a password nobody can sign in as them.

    ``handle`` gives the stable id under which the journal knows the person.
    """
    require(may_set_up(by), SET_UP_RULE)
    if earlier := earlier_result():
        return earlier
    user = User.objects.create(
        uid=uid_of(PERITUS, "person", handle),
        name=name,
        email=email.lower(),
        password=password_hash or make_password(None),
    )
    record("person.registered", about=user)
    return user


@verb
def grant_role(user_id: int, organisation_id: int, role: str, *, by: User, key: str) -> Membership:
    """Give a person a role in an organisation; a repeat changes nothing."""
    require(may_set_up(by), SET_UP_RULE)
    if earlier := earlier_result():
        return earlier
    user = User.objects.get(pk=user_id)
    organisation = Organisation.objects.get(pk=organisation_id)
    membership, _ = Membership.objects.get_or_create(
        user=user,
        organisation=organisation,
        role=Role(role),
        defaults={"uid": uid_of(organisation.uid, user.uid, role)},
    )
    record("role.granted", about=membership, data={"role": role, "organisation": organisation.uid})
    return membership


@verb
def replay_parked_event(parked_id: int, *, by: User, key: str) -> ParkedEvent:
    """Let a parked event's subscription try again, after its cause was mended.

    Whatever it raises stays raised, and the event stays parked.
    """
    require(may_set_up(by), "Only a manager of the provider replays parked events.")
    parked = ParkedEvent.objects.select_for_update(of=("self",)).get(pk=parked_id)
    if parked.replayed_at is not None:
        return parked
    parked = replay_parked(parked_id)
    record("event.replayed", about=parked, data={"subscription": parked.subscription})
    return parked
