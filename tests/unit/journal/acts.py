"""Verbs that the journal's tests act with; they belong to no room."""

from peritus.accounts.models import Organisation
from peritus.engagements.models import Engagement
from peritus.journal.acts import earlier_result, record, verb
from peritus.journal.errors import PeritusError


@verb
def rename(organisation_id, name, *, by, key):
    organisation = Organisation.objects.get(pk=organisation_id)
    if earlier := earlier_result():
        return earlier
    organisation.name = name
    organisation.save()
    record("organisation.renamed", about=organisation, data={"name": name})
    return organisation


@verb
def note(engagement_id, text, *, subject=None, by, key):
    engagement = Engagement.objects.get(pk=engagement_id)
    if earlier := earlier_result():
        return earlier
    record("note.taken", about=engagement, engagement=engagement, subject=subject, data={"t": text})
    return engagement


@verb
def rename_then_fail(organisation_id, *, by, key):
    rename(organisation_id, "inner", by=by, key=f"{key}:inner")
    raise ValueError("after the change")


@verb
def rename_then_refuse(organisation_id, engagement_id, *, by, key):
    organisation = rename(organisation_id, "inner", by=by, key=f"{key}:inner")
    engagement = Engagement.objects.get(pk=engagement_id)
    no = PeritusError("not now")
    raise no.on_record("note.refused", about=organisation, engagement=engagement, data={"why": "x"})
