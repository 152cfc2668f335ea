"""Register organisations and people, and give them roles."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from peritus.accounts.errors import KeyNotRevocable, OrganisationNotOpened, PersonNotRegistered
from peritus.accounts.models import Membership, Organisation, Role, User
from peritus.accounts.rules import KEEP_KEYS, REPLAY, SET_UP, person_blockers
from peritus.catalogue.identity import PERITUS, uid_of
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.keys import change_key
from peritus.journal.models import ParkedEvent, SigningKey
from peritus.journal.personal import personal
from peritus.journal.pump import replay_parked


@verb
def register_organisation(slug: str, name: str, *, kind: str, by: User, key: str) -> Organisation:
    """Register a client, or the one provider."""
    SET_UP.require(by)
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
@personal("email", "name")
def register_person(
    handle: str, *, name: str, email: str, password_hash: str = "", by: User, key: str
) -> User:
    """Register somebody who acts; without a password nobody can sign in as them.

    ``handle`` gives the stable id under which the journal knows the person.
    Raises PersonNotRegistered for an address that is none or is known.
    """
    SET_UP.require(by)
    if earlier := earlier_result():
        return earlier
    if blockers := person_blockers(name, email):
        raise PersonNotRegistered(blockers)
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
    SET_UP.require(by)
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
    REPLAY.require(by)
    parked = ParkedEvent.objects.select_for_update(of=("self",)).get(pk=parked_id)
    if parked.replayed_at is not None:
        return parked
    parked = replay_parked(parked_id)
    record("event.replayed", about=parked, data={"subscription": parked.subscription})
    return parked


@verb
def rotate_signing_key(*, by: User, key: str) -> SigningKey:
    """Make the next signing key; the standing one vouches for it, if any stands.

    Heads that were signed before keep their key. Raises KeyUnusable.
    """
    KEEP_KEYS.require(by)
    if earlier := earlier_result():
        return earlier
    made = change_key().key
    record("signing_key.made", about=made, data={"key": made.public})
    return made


@verb
def revoke_signing_key(fingerprint: str, *, because: str, by: User, key: str) -> SigningKey:
    """Let a signing key sign no more, and say why: what it signed after is not believed.

    Raises KeyNotRevocable for an unknown or revoked key, or without a reason.
    """
    KEEP_KEYS.require(by)
    if earlier := earlier_result():
        return earlier
    found = SigningKey.objects.select_for_update().filter(fingerprint=fingerprint).first()
    blockers = [] if because.strip() else ["Write why: whoever checks a signature reads it."]
    if found is None:
        blockers.append(f"No signing key {fingerprint[:16]!r} is registered here.")
    elif found.revoked_at:
        blockers.append(f"{found} was revoked {found.revoked_at:%Y-%m-%d %H:%M} UTC.")
    if blockers or found is None:
        raise KeyNotRevocable(blockers)
    found.revoked_at, found.revoked_because = now(), because.strip()
    found.save(update_fields=["revoked_at", "revoked_because"])
    record("signing_key.revoked", about=found, data={"key": found.public})
    return found
