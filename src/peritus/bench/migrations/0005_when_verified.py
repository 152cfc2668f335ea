"""Write down when credentials were verified and revoked: the journal knows."""

from datetime import UTC, datetime, time
from typing import Any

from django.db import migrations


def fill(apps: Any, _schema: object) -> None:  # noqa: ANN401 - Django's signature
    credentials = apps.get_model("bench", "Credential").objects
    events = apps.get_model("journal", "Event").objects
    acts = {"verified_at": "credential.verified", "revoked_at": "credential.revoked"}
    for field, kind in acts.items():
        times = dict(events.filter(kind=kind).values_list("about_uid", "at"))
        rows = credentials.exclude(state="claimed").filter(**{field: None})
        for credential in rows.iterator(500):
            known = times.get(credential.uid)
            if known is None and field == "verified_at" and credential.state == "verified":
                known = datetime.combine(credential.issued, time(), UTC)
            if known is not None:
                credentials.filter(pk=credential.pk).update(**{field: known})


class Migration(migrations.Migration):
    dependencies = [
        ("bench", "0004_places_and_kinds"),
        ("journal", "0001_initial"),
    ]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
