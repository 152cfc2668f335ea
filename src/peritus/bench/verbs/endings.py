"""Say that something of an expert runs out soon, once for each time that it is said."""

from __future__ import annotations

from peritus.accounts.models import User
from peritus.bench.errors import EndingNotNoted
from peritus.bench.models import Credential, Qualification
from peritus.bench.overviews import credentials_ending, qualifications_ending
from peritus.bench.rules import NOTE_ENDING, ending_blockers
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.clock import now


@verb
def note_credential_ending(credential_id: int, days: int, *, by: User, key: str) -> Credential:
    """Note that a credential which counts runs out within so many days.

    Raises EndingNotNoted where it does not, or was renewed; whoever must know is
    told by a reaction.
    """
    credential = Credential.objects.select_for_update(of=("self",)).get(pk=credential_id)
    NOTE_ENDING.require(by)
    if earlier := earlier_result():
        return earlier
    renewed = not credentials_ending().filter(pk=credential.pk).exists()
    left = (credential.expires - now().date()).days if credential.expires else None
    if blockers := ending_blockers(credential, left, days, renewed=renewed):
        raise EndingNotNoted(blockers)
    said = {"expert": credential.expert.uid, "days": days}
    record("credential.ending", about=credential, data=said)
    return credential


@verb
def note_qualification_ending(
    qualification_id: int, days: int, *, by: User, key: str
) -> Qualification:
    """Note that a passed test lapses within so many days. Raises EndingNotNoted."""
    test = Qualification.objects.select_for_update(of=("self",)).get(pk=qualification_id)
    NOTE_ENDING.require(by)
    if earlier := earlier_result():
        return earlier
    again = not qualifications_ending().filter(pk=test.pk).exists()
    left = (test.expires_at.date() - now().date()).days
    if blockers := ending_blockers(test, left, days, renewed=again):
        raise EndingNotNoted(blockers)
    record("qualification.ending", about=test, data={"expert": test.expert.uid, "days": days})
    return test
