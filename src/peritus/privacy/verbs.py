"""Erase who somebody was; place legal holds, which come before that, and lift them."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from peritus.accounts.models import Organisation, User
from peritus.bench.models import Credential, Expert
from peritus.catalogue.identity import uid_of
from peritus.engagements.models import Engagement
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now
from peritus.journal.personal import forget
from peritus.notices.models import Notice
from peritus.privacy.errors import HoldRefused, NotErased
from peritus.privacy.models import Hold
from peritus.privacy.queries import (
    erasure_blockers,
    holdable_by,
    holds_seen_by,
    people_seen_by,
)
from peritus.privacy.rules import ERASE, PLACE_HOLD, ground_blockers, reason_blockers
from peritus.sign_in.models import ApiToken, SecondFactor, Session

ERASED = "Erased person"
ERASED_TEXT = "erased"


@verb
def erase_person(user_id: int, ground: str, *, by: User, key: str) -> User:
    """Erase who a person was, for ever; what they did stays, by nobody's name.

    Name, address and password go, what they claimed of themselves on the bench, and
    the salts under which the journal committed to it: its chain stays whole, and
    says that something was erased, by whom and on which ground. Raises NotErased
    while a legal hold stands, and while they are needed.
    """
    person = people_seen_by(by).select_for_update(of=("self",)).get(pk=user_id)
    ERASE.require(by)
    if earlier := earlier_result():
        return earlier
    if blockers := [*ground_blockers(ground), *erasure_blockers(person, by)]:
        raise NotErased(blockers)
    credentials = Credential.objects.filter(expert__user=person)
    uids = [person.uid, *credentials.values_list("uid", flat=True)]
    uids += Expert.objects.filter(user=person).values_list("uid", flat=True)
    _erase_account(person)
    Expert.objects.filter(user=person).update(
        name=ERASED, origin="", derivation="", country="", nationality="", team="",
        time_zone="", week_hours=[], leave=[], holidays="",
    )  # fmt: skip
    Expert.fields.through.objects.filter(expert__user=person).delete()
    credentials.update(
        title=ERASED_TEXT,
        issuer=ERASED_TEXT,
        jurisdiction="",
        number="",
        field="",
        revoked_because="",
    )
    Notice.objects.filter(user=person).delete()
    record("person.erased", about=person, data={"forgotten": forget(uids), "ground": ground})
    return person


def _erase_account(person: User) -> None:
    person.name = ERASED
    person.email = f"{person.uid}@erased.invalid"
    person.password = make_password(None)
    person.is_active = False  # whoever is signed in as them is signed out
    person.erased_at = now()
    person.save()
    SecondFactor.objects.filter(user=person).delete()
    Session.objects.filter(user=person).delete()
    ApiToken.objects.filter(user=person).delete()


@verb
def place_hold(
    organisation_id: int,
    *,
    reason: str,
    engagement_id: int | None = None,
    person_id: int | None = None,
    by: User,
    key: str,
) -> Hold:
    """Let nothing be erased of an organisation, of one of its engagements, or of one person."""
    organisations = holdable_by(by).select_for_update(of=("self",))
    organisation = organisations.get(pk=organisation_id)
    PLACE_HOLD.require(by, organisation)
    if earlier := earlier_result():
        return earlier
    engagement = _engagement_of(organisation, engagement_id)
    person = people_seen_by(by).get(pk=person_id) if person_id else None
    blockers = reason_blockers(reason)
    if engagement and person:
        blockers.append("A hold is on an engagement or on a person; place two.")
    if blockers:
        raise HoldRefused(blockers)
    number = Hold.objects.filter(organisation=organisation).count() + 1
    hold = Hold.objects.create(
        uid=uid_of(organisation.uid, "hold", number),
        organisation=organisation,
        engagement=engagement,
        person=person,
        reason=reason.strip(),
        placed_by=by,
        placed_at=now(),
    )
    record("hold.placed", about=hold, engagement=engagement, data=_said(hold))
    return hold


def _engagement_of(organisation: Organisation, engagement_id: int | None) -> Engagement | None:
    if engagement_id is None:
        return None
    return Engagement.objects.get(pk=engagement_id, organisation=organisation)


def _said(hold: Hold) -> dict[str, object]:
    return {
        "organisation": hold.organisation.uid,
        "person": hold.person.uid if hold.person else None,
    }


@verb
def lift_hold(hold_id: int, reason: str, *, by: User, key: str) -> Hold:
    """End a legal hold. Raises HoldRefused without a reason, or where it has ended."""
    hold = holds_seen_by(by).select_for_update(of=("self",)).get(pk=hold_id)
    PLACE_HOLD.require(by, hold.organisation)
    if earlier := earlier_result():
        return earlier
    blockers = reason_blockers(reason)
    if hold.lifted_at is not None:
        blockers.append(f"{hold} was lifted on {hold.lifted_at:%Y-%m-%d} already.")
    if blockers:
        raise HoldRefused(blockers)
    hold.lifted_by, hold.lifted_at, hold.lifted_because = by, now(), reason.strip()
    hold.save(update_fields=["lifted_by", "lifted_at", "lifted_because"])
    record("hold.lifted", about=hold, engagement=hold.engagement, data=_said(hold))
    return hold
